"""Fits K-Means, on all rows at each step or on mini-batches.

Part of train_sklearn. Cost: the training part is held as Float32; choosing the number of clusters adds a second.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np

from contracts.errors import ConfigError
from steps.estimators.sklearn_model import SklearnModel
from steps.training.clustering import choose_clusters
from steps.training.fitting import FitRequest, Fitted

SMALL = 100_000  # cells below which one thread is faster than several


def fit_kmeans(request: FitRequest) -> Fitted:
    """K-Means with the given or the best number of clusters.

    Raises:
        ConfigError: more clusters than different rows.
        DataError: too few different rows to choose a number.
    """
    from threadpoolctl import threadpool_limits

    x = request.data.train.matrix()
    given = dict(request.hyperparameters)
    clusters = given.pop("n_clusters", None)
    facts: dict[str, Any] = {}
    if clusters is None:
        choice = choose_clusters(x, request.seed)
        clusters, facts = choice.clusters, choice.facts()
    elif clusters > (different := _different(x, clusters)):
        raise ConfigError(
            f"hyperparameters.n_clusters is {clusters}, but the training part holds {different} different row(s); "
            "choose fewer clusters."
        )
    model = _model(clusters, given, request.seed)
    with threadpool_limits(1) if x.size <= SMALL else nullcontext():
        model.fit(x)
    sizes = np.bincount(model.labels_, minlength=clusters).tolist()
    facts |= {"n_clusters": clusters, "cluster_sizes": sizes, "iterations": int(model.n_iter_)}
    return Fitted(SklearnModel(model), facts=facts)


def _model(clusters: int, given: dict[str, Any], seed: int) -> Any:
    from sklearn.cluster import KMeans, MiniBatchKMeans

    batch = given.pop("batch_size", None)
    settings = {"n_init": 10, "max_iter": 300, "tol": 1e-4} | given
    if batch is None:
        return KMeans(clusters, random_state=seed, **settings)
    settings.pop("algorithm", None)  # mini-batches have one way only
    return MiniBatchKMeans(clusters, batch_size=batch, random_state=seed, **settings)


def _different(x: Any, enough: int) -> int:
    """The number of different rows, or ``enough`` as soon as there are so many; the first rows usually tell."""
    for rows in (10 * enough, len(x)):
        count = len(np.unique(x[:rows], axis=0))
        if count >= enough:
            return enough
    return count
