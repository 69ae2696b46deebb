"""Fits projections to fewer dimensions: PCA and t-SNE.

Part of train_sklearn. t-SNE has no rule for new rows; its model keeps the rows and blends their coordinates.
Cost: t-SNE takes about a minute for SAMPLE_ROWS rows, so of more rows a sample of that size is embedded.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np

from contracts.errors import ConfigError, DataError
from steps.estimators.neighbours import build
from steps.estimators.sklearn_model import SklearnModel
from steps.training.fitting import FitRequest, Fitted
from steps.training.sampling import sample_matrix

EXPLAINED = 0.95
SAMPLE_ROWS = 10_000
LEAST_ROWS = 4
FEW_ROWS = 1_000  # below, one thread is faster than several


def fit_pca(request: FitRequest) -> Fitted:
    """Principal components: as many as asked for, or as explain 95 % of the variance.

    Raises:
        ConfigError: more components than rows or features, or a fraction with the randomized solver.
    """
    from sklearn.decomposition import PCA

    given = dict(request.hyperparameters)
    components = given.pop("n_components", None)
    x = request.data.train.matrix().astype(np.float64)
    asked = EXPLAINED if components is None else components
    if isinstance(asked, int) and asked > min(x.shape):
        raise ConfigError(
            f"hyperparameters.n_components is {asked}, but {x.shape[0]} rows with {x.shape[1]} features have at most "
            f"{min(x.shape)} components; choose fewer, or a fraction of the variance such as 0.95."
        )
    if isinstance(asked, float) and given.get("svd_solver") == "randomized":
        raise ConfigError(
            "hyperparameters.svd_solver 'randomized' needs the number of components; set n_components to an integer, "
            "or svd_solver to auto."
        )
    if isinstance(asked, float) and not np.ptp(x, axis=0).any():
        raise DataError("All rows of the training part are equal; there is no variance to explain.")
    model = PCA(n_components=asked, random_state=request.seed, **given).fit(x)
    shares = model.explained_variance_ratio_
    facts: dict[str, Any] = {
        "n_components": len(shares),
        "explained_variance_ratio": [round(float(share), 6) for share in shares],
        "explained_variance": round(float(shares.sum()), 6),
    }
    return Fitted(SklearnModel(model), facts=facts)


def fit_tsne(request: FitRequest) -> Fitted:
    """Coordinates of the training rows, or of a sample of them.

    Raises:
        DataError: fewer than four rows.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    given = dict(request.hyperparameters)
    if request.data.train.rows < LEAST_ROWS:
        raise DataError(f"t-SNE needs {LEAST_ROWS} rows or more, the training part has {request.data.train.rows}.")
    x = sample_matrix(request.data.train, SAMPLE_ROWS, request.seed)
    perplexity = min(float(given.pop("perplexity", 30.0)), (len(x) - 1) / 3)
    dimensions = int(given.pop("n_components", 2))
    init = given.pop("init", "pca")
    if init == "pca" and min(x.shape) < dimensions:
        init = "random"  # there are not as many principal components
    model = TSNE(
        dimensions, perplexity=perplexity, init=init, random_state=request.seed, n_jobs=-1, **given
    )  # learning_rate, early_exaggeration, max_iter, metric: scikit-learn's defaults are the catalogue's
    with threadpool_limits(1) if len(x) <= FEW_ROWS else nullcontext():
        coordinates = model.fit_transform(x).astype(np.float64)
    facts: dict[str, Any] = {
        "perplexity": perplexity,
        "init": init,
        "kl_divergence": round(float(model.kl_divergence_), 6),
        "iterations": int(model.n_iter_),
        "rows_embedded": len(x),
    }
    return Fitted(build(x, coordinates=coordinates, metric=given.get("metric", "euclidean")), facts=facts)
