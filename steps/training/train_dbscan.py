"""Fits DBSCAN and keeps its core points, so that rows that were not there find their cluster too.

Part of train_sklearn. Equal rows are one row that counts several times, which changes nothing but the memory.
Cost: quadratic in rows at worst. Where eps is derived, at most SAMPLE_ROWS rows are clustered (density is a matter of
the sample, so a given eps is never used on one); where it is given, MAX_ROWS and MAX_PAIRS bound time and memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ConfigError, DataError
from steps.estimators.neighbours import build
from steps.estimators.protocol import Matrix
from steps.training.density import choose_eps, default_min_samples
from steps.training.fitting import FitRequest, Fitted
from steps.training.sampling import sample_matrix

SAMPLE_ROWS = 10_000
MAX_ROWS = 200_000
MAX_PAIRS = 100_000_000
_PROBES = 500


def fit_dbscan(request: FitRequest) -> Fitted:
    """Core points with their clusters, from 0.

    Raises:
        ConfigError: the given eps or min_samples find no cluster, or would need too much memory.
        DataError: fewer than two rows.
    """
    data, given = request.data.train, request.hyperparameters
    if data.rows < 2:
        raise DataError(f"DBSCAN needs two rows or more, the training part has {data.rows}.")
    eps = given.get("eps")
    metric = given.get("metric", "euclidean")
    if eps is not None and data.rows > MAX_ROWS:
        raise ConfigError(
            f"DBSCAN with a given eps takes at most {MAX_ROWS:,} rows, the training part has {data.rows:,}. Leave eps "
            f"out (it is derived, and {SAMPLE_ROWS:,} rows are clustered), or use kmeans with batch_size."
        )
    x = data.matrix() if eps is not None else sample_matrix(data, SAMPLE_ROWS, request.seed)
    min_samples = given.get("min_samples") or default_min_samples(*x.shape)
    rule = "given"
    if eps is None:
        eps, rule = (reach := choose_eps(x, min_samples, metric)).eps, reach.rule
    core, labels, noise = _cluster(x, eps, min_samples, metric)
    if not len(core):
        raise ConfigError(_nothing_found(x, eps, min_samples, metric))
    clusters = int(labels.max()) + 1
    if clusters == 1:
        print(f"note: DBSCAN found one cluster with eps {eps:.4g} and min_samples {min_samples}.", flush=True)
    facts: dict[str, Any] = {
        "eps": float(eps),
        "eps_rule": rule,
        "min_samples": int(min_samples),
        "n_clusters": clusters,
        "noise_share": round(noise, 6),
        "core_points": len(core),
        "rows_clustered": len(x),
    }
    return Fitted(build(core, labels=labels, eps=eps, metric=metric), facts=facts)


def _cluster(x: Matrix, eps: float, min_samples: int, metric: str) -> tuple[Matrix, NDArray[np.int64], float]:
    """(c, features) different core points, (c,) their clusters, and the share of rows that is noise."""
    from sklearn.cluster import DBSCAN

    different, counts = np.unique(x, axis=0, return_counts=True)
    _check_pairs(different, eps, metric)
    points = different.astype(np.float64)
    model = DBSCAN(eps=eps, min_samples=min_samples, metric=metric, n_jobs=-1).fit(points, sample_weight=counts)
    core = model.core_sample_indices_
    noise = float(counts[model.labels_ < 0].sum() / counts.sum())
    return different[core], model.labels_[core].astype(np.int64), noise


def _check_pairs(points: Matrix, eps: float, metric: str) -> None:
    """Refuse a reach so long that the lists of neighbours would not fit into memory."""
    from sklearn.neighbors import NearestNeighbors

    if len(points) ** 2 <= MAX_PAIRS:
        return
    probes = points[np.linspace(0, len(points) - 1, _PROBES).astype(np.int64)].astype(np.float64)
    index = NearestNeighbors(radius=eps, metric=metric, n_jobs=-1).fit(points.astype(np.float64))
    reached = float(np.mean([len(found) for found in index.radius_neighbors(probes, return_distance=False)]))
    if reached * len(points) > MAX_PAIRS:
        raise ConfigError(
            f"hyperparameters.eps {eps:g} reaches {reached / len(points):.0%} of all rows from a typical row, which "
            "needs more memory than DBSCAN may use. Choose a smaller eps, or leave it out to have it derived."
        )


def _nothing_found(x: Matrix, eps: float, min_samples: int, metric: str) -> str:
    sample = x[:: max(1, len(x) // SAMPLE_ROWS + 1)]
    text = f"DBSCAN found no cluster: with eps {eps:.4g}, no row has min_samples {min_samples} rows in reach."
    if min_samples >= len(sample):
        return f"{text} The training part has {len(x)} rows; choose a smaller min_samples."
    suggested = choose_eps(sample, min_samples, metric).eps
    return f"{text} The data suggests an eps of about {suggested:.4g}; set that, or leave eps out."
