"""Chooses the reach of DBSCAN from the data: the eps whose clusters last longest.

Between train_sklearn and DBSCAN. The k-distance curve gives the range of sensible reaches. Along it, rows join into
clusters; a number of clusters that stays the same over a long stretch (on a logarithmic scale) is structure, one that
changes at every step is not. Where no stretch holds two clusters, the knee of the curve is the answer.
Cost: quadratic time, linear memory (one spanning tree): four seconds for 10,000 rows with 60 features; callers sample.

Source: Ester et al. (1996), DBSCAN and the k-distance curve; Campello et al. (2013), mutual reachability;
Satopaa et al. (2011), the knee.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
STEPS = 80
LEAST_SHARE = 0.02  # of all rows, that a cluster must hold to count
MOST_OUTSIDE = 0.3  # of all rows, outside such clusters


@dataclass(frozen=True, slots=True)
class Reach:
    """The chosen eps and the rule that chose it."""

    eps: float
    rule: str


@dataclass(frozen=True, slots=True)
class Density:
    """How rows of one data set reach each other, for every eps at once.

    Attributes:
        core: (n,) eps from which on a row is a core point.
        border: (n,) eps from which on a row is in reach of a core point other than itself.
        attached: (n,) that core point.
        lengths: (n - 1,) edges of the minimum spanning tree under mutual reachability, ascending.
        starts, ends: (n - 1,) their ends.
    """

    core: Floats
    border: Floats
    attached: Indices
    lengths: Floats
    starts: Indices
    ends: Indices


def default_min_samples(rows: int, features: int) -> int:
    """Twice the number of features, at least 4; at most 20, and a tenth of the rows, so that small sets have cores."""
    return max(2, min(max(4, 2 * features), 20, rows // 10))


def choose_eps(x: NDArray[np.float32], min_samples: int, metric: str) -> Reach:
    """The reach for these rows.

    Args:
        x: (n, features), n >= 2.
        metric: euclidean, manhattan or chebyshev.
    """
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    points = np.asarray(x, dtype=np.float64)
    nearest = NearestNeighbors(n_neighbors=min(min_samples, len(points)), metric=metric, n_jobs=-1).fit(points)
    core: Floats = nearest.kneighbors(points)[0][:, -1]
    curve = np.sort(core)
    positive = curve[curve > 0]
    if not len(positive):
        return Reach(1e-6, "every row has enough equal rows")
    low = max(float(np.percentile(curve, 20)), float(positive[0]))
    grid = np.geomspace(low, 1.5 * float(curve[-1]), STEPS)
    with threadpool_limits(1):  # many small products: waking threads for each takes longer than the product
        density = _density(points, core, metric)
    eps = _longest_stretch(grid, *_clusters_along(grid, density))
    if eps is not None:
        return Reach(eps, "longest stretch of the k-distance curve with the same clusters")
    return Reach(max(_knee(curve), float(positive[0])), "knee of the k-distance curve")


def _knee(curve: Floats) -> float:
    """Where the sorted curve lies farthest below the line between its ends."""
    height = (curve - curve[0]) / max(float(curve[-1] - curve[0]), float(np.finfo(np.float64).tiny))
    return float(curve[int(np.argmax(np.linspace(0.0, 1.0, len(curve)) - height))])


def _longest_stretch(grid: Floats, counts: Indices, outside: Floats) -> float | None:
    """Of the stretches with one number of clusters, two or more, the longest; in it the first eps with least noise."""
    changes = np.flatnonzero(np.diff(counts)) + 1
    longest, eps = 0.0, None
    for first, last in zip(np.r_[0, changes], np.r_[changes, len(counts)], strict=True):
        missed = outside[first:last]
        length = float((1.0 - missed).sum())
        if counts[first] >= 2 and missed.min() <= MOST_OUTSIDE and length > longest:
            longest, eps = length, float(grid[first + int(np.argmax(missed <= missed.min() + 0.001))])
    return eps


def _clusters_along(grid: Floats, density: Density) -> tuple[Indices, Floats]:
    """For each eps of the grid: DBSCAN's clusters that count, and the share of rows outside them."""
    n = len(density.core)
    root = list(range(n))

    def find(item: int) -> int:
        while root[item] != item:
            root[item] = root[root[item]]
            item = root[item]
        return item

    counts, outside = np.zeros(len(grid), dtype=np.int64), np.ones(len(grid))
    done = 0
    for step, eps in enumerate(grid):
        until = int(np.searchsorted(density.lengths, eps, side="right"))
        for start, end in zip(density.starts[done:until].tolist(), density.ends[done:until].tolist(), strict=True):
            root[find(start)] = find(end)
        done = until
        at_border = np.where(density.border <= eps, density.attached, -1)
        member_of = np.where(density.core <= eps, np.arange(n), at_border)
        clusters = np.asarray([find(item) for item in member_of[member_of >= 0].tolist()], dtype=np.int64)
        sizes = np.bincount(clusters, minlength=1)
        large = sizes[sizes >= max(2.0, LEAST_SHARE * n)]
        counts[step], outside[step] = len(large), 1.0 - large.sum() / n
    return counts, outside


def _density(points: Floats, core: Floats, metric: str) -> Density:
    """One pass of Prim's algorithm; distances are computed row by row, so that no matrix of them is held."""
    n = len(points)
    squares = np.einsum("ij,ij->i", points, points)
    nearest, parent = np.full(n, np.inf), np.zeros(n, dtype=np.int64)
    border, attached = np.full(n, np.inf), np.zeros(n, dtype=np.int64)
    lengths, starts, ends = np.empty(n - 1), np.empty(n - 1, dtype=np.int64), np.empty(n - 1, dtype=np.int64)
    outside = np.ones(n, dtype=np.bool_)
    current = 0
    for edge in range(n):
        outside[current] = False
        if metric == "euclidean":
            distance = np.sqrt(np.maximum(squares + squares[current] - 2.0 * (points @ points[current]), 0.0))
        else:
            difference = np.abs(points - points[current])
            distance = difference.sum(axis=1) if metric == "manhattan" else difference.max(axis=1)
        as_border = np.maximum(distance, core[current])
        as_border[current] = np.inf
        closer = as_border < border
        border[closer], attached[closer] = as_border[closer], current
        if edge == n - 1:
            break
        reach = np.maximum(as_border, core)
        closer = outside & (reach < nearest)
        nearest[closer], parent[closer] = reach[closer], current
        current = int(np.where(outside, nearest, np.inf).argmin())
        lengths[edge], starts[edge], ends[edge] = nearest[current], parent[current], current
    order = np.argsort(lengths, kind="stable")
    return Density(core, border, attached, lengths[order], starts[order], ends[order])
