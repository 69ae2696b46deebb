"""How tight and how separate clusters are, from the rows alone.

Used by TrainModel (progress lines) and EvaluateModel. Equal to scikit-learn's where both exist; NaN where fewer than
two clusters, or one per row, leave nothing to compare. Noise (label -1) belongs to no cluster: leave it out before.
Agreement with known labels stands in steps.metrics.agreement.
Cost: silhouette compares every pair of rows, so callers pass a sample (`sampled`) of a large table.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from steps.metrics.distances import distance_blocks
from steps.metrics.weighted import Floats, Indices, ones

NOISE = -1
SILHOUETTE_ROWS = 5_000
Matrix = NDArray[np.floating]


def sampled(rows: int, limit: int, seed: int) -> Indices:
    """Ascending positions of at most ``limit`` of n rows, drawn without replacement."""
    if rows <= limit:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, size=limit, replace=False))


def silhouette(matrix: Matrix, labels: Indices, *, seed: int = 0, limit: int = SILHOUETTE_ROWS) -> float:
    """Mean silhouette of at most ``limit`` rows that are no noise, in [-1, 1]."""
    clustered = np.flatnonzero(labels != NOISE)
    chosen = clustered[sampled(len(clustered), limit, seed)]
    values = silhouette_rows(matrix[chosen], labels[chosen])
    return float(values.mean()) if len(values) else float("nan")


def silhouette_rows(matrix: Matrix, labels: Indices) -> Floats:
    """(n,) silhouettes: (b - a) / max(a, b), 0 for a row alone in its cluster; all NaN where undefined.

    a is the mean distance to the rest of a row's own cluster, b to the nearest other cluster.

    Source: Rousseeuw (1987).
    """
    names, own = np.unique(labels, return_inverse=True)
    if not 2 <= len(names) < len(labels):
        return np.full(len(labels), np.nan)
    sizes = np.bincount(own).astype(np.float64)
    members = (own[:, None] == np.arange(len(names))).astype(np.float64)
    values = np.zeros(len(labels))
    for rows, distances in distance_blocks(matrix):
        mine = own[rows]
        sums = distances @ members
        within = sums[np.arange(len(mine)), mine] / np.maximum(sizes[mine] - 1, 1)
        between = sums / sizes
        between[np.arange(len(mine)), mine] = np.inf
        nearest = between.min(axis=1)
        wider = np.maximum(within, nearest)
        counts = (sizes[mine] > 1) & (wider > 0)
        values[rows] = np.where(counts, (nearest - within) / np.where(wider > 0, wider, 1.0), 0.0)
    return values


def separation(
    matrix: Matrix, labels: Indices, weights: Floats | None = None, *, population: int | None = None
) -> dict[str, Floats]:
    """davies_bouldin (>= 0, lower is better) and calinski_harabasz (>= 0, higher is better).

    Args:
        matrix: (n, features).
        labels: (n,) cluster of each row.
        weights: (b, n) row weights; one row of ones if absent.
        population: the number of rows that these are a sample of; calinski_harabasz grows with it.

    Source: Davies and Bouldin (1979); Calinski and Harabasz (1974).
    """
    if weights is None:
        weights = ones(len(labels))
    names, own = np.unique(labels, return_inverse=True)
    order = np.argsort(own, kind="stable")
    x, own = np.asarray(matrix, dtype=np.float64)[order], own[order]
    starts = np.searchsorted(own, np.arange(len(names)))
    results = [_separation(x, own, starts, row[order], population) for row in weights]
    both = np.asarray(results, dtype=np.float64).reshape(len(weights), 2)
    return {"davies_bouldin": both[:, 0], "calinski_harabasz": both[:, 1]}


def squared_distances(matrix: Matrix, labels: Indices, centres: Floats | None = None) -> Floats:
    """(n,) squared distances to the own cluster's centre; their mean is the inertia per row.

    Args:
        centres: (clusters, features) by label; the clusters' means where absent.
    """
    x = np.asarray(matrix, dtype=np.float64)
    if centres is None:
        own = np.unique(labels, return_inverse=True)[1]
        order = np.argsort(own, kind="stable")
        starts = np.flatnonzero(np.diff(own[order], prepend=-1))
        centres = np.add.reduceat(x[order], starts, axis=0) / np.bincount(own)[:, None] if len(x) else x
    else:
        own = labels
    squares: Floats = np.square(x - centres[own]).sum(axis=1)
    return squares


def _separation(
    x: Floats, own: Indices, starts: Indices, weights: Floats, population: int | None
) -> tuple[float, float]:
    total = weights.sum()
    sizes = np.add.reduceat(weights, starts) if len(starts) else np.zeros(0)
    alive = sizes > 0
    clusters = int(alive.sum())
    if not 2 <= clusters < total:
        return float("nan"), float("nan")
    sums = np.add.reduceat(x * weights[:, None], starts, axis=0)
    centres = sums / np.where(alive, sizes, 1.0)[:, None]
    squares = np.square(x - centres[own]).sum(axis=1)
    spread = (np.add.reduceat(weights * np.sqrt(squares), starts) / np.where(alive, sizes, 1.0))[alive]
    within = float(weights @ squares)
    between = float(sizes @ np.square(centres - sums.sum(axis=0) / total).sum(axis=1))
    rows = total if population is None else population
    ratio = 1.0 if within <= 1e-14 * between else between * (rows - clusters) / (within * (clusters - 1))
    return _davies_bouldin(centres[alive], spread), ratio


def _davies_bouldin(centres: Floats, spread: Floats) -> float:
    apart = np.concatenate([block for _, block in distance_blocks(centres)])
    if np.allclose(spread, 0) or np.allclose(apart, 0):
        return 0.0
    apart[apart <= 1e-7 * apart.max()] = np.inf  # centres that coincide are left out; rounding must not part them
    return float(((spread[:, None] + spread) / apart).max(axis=1).mean())
