"""How much each row moves a metric that compares all pairs of rows: the metric without it, for every row at once.

Used for the spread of silhouette and trustworthiness, whose row values depend on each other: their plain spread would
be about half of the true one. A pseudo-value is n times the metric minus n - 1 times the metric without the row; the
standard error of their mean is the metric's.
Cost: a few passes over the rows x rows distances, block by block.

Source: Tukey (1958); Efron and Stein (1981).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from steps.metrics.distances import distance_blocks
from steps.metrics.projection import NEIGHBOURS, nearest_columns, ranks_of
from steps.metrics.weighted import Floats, Indices

Matrix = NDArray[np.floating]


def silhouettes_without_each(matrix: Matrix, labels: Indices) -> Floats:
    """(n,) mean silhouette of the other rows; NaN where it is not defined for them."""
    names, own, counts = np.unique(labels, return_inverse=True, return_counts=True)
    rows, sizes = len(labels), counts.astype(np.float64)
    left = len(names) - (sizes[own] == 1)
    defined = (left >= 2) & (left < rows - 1)
    if not defined.any():
        return np.full(rows, np.nan)
    members = (own[:, None] == np.arange(len(names))).astype(np.float64)
    totals = np.zeros(rows)
    for chosen, distances in distance_blocks(matrix):
        totals += _silhouettes(distances, distances @ members, own[chosen], own, sizes, chosen.start)
    without: Floats = np.where(defined, totals / max(1, rows - 1), np.nan)
    return without


def trustworthiness_without_each(matrix: Matrix, coordinates: Floats, *, neighbours: int = NEIGHBOURS) -> Floats:
    """(n,) trustworthiness of the other rows; NaN where there are too few for as many neighbours."""
    rows = len(matrix)
    neighbours = min(neighbours, (rows - 1) // 2)
    if neighbours < 1 or neighbours >= (rows - 1) / 2:
        return np.full(rows, np.nan)
    lost = np.zeros(rows)
    changes = np.zeros(rows)
    for (chosen, before), (_, after) in zip(distance_blocks(matrix), distance_blocks(coordinates), strict=True):
        own = np.arange(chosen.stop - chosen.start), np.arange(chosen.start, chosen.stop)
        before[own] = after[own] = np.inf
        lost[chosen], change = _excess(before, after, neighbours)
        changes += change
    others = rows - 1
    scale = 2.0 / (others * neighbours * (2.0 * others - 3.0 * neighbours - 1.0))
    without: Floats = 1.0 - scale * (lost.sum() - lost + changes)
    return without


def pseudo_values(whole: float, without_each: Floats) -> Floats:
    """(n,) values whose mean is about the metric and whose spread, divided by sqrt(n), is the metric's."""
    rows = len(without_each)
    values: Floats = rows * whole - (rows - 1) * without_each
    return values


def _silhouettes(
    distances: Floats, sums: Floats, mine: Indices, own: Indices, sizes: Floats, start: int
) -> Floats:  # fmt: skip
    """(n,) sums of the block's silhouettes without each of the n rows; a row does not count where it is left out.

    Args:
        distances: (r, n) of the block's rows to all.
        sums: (r, clusters) of those distances.
        mine: (r,) the block's clusters.
        own: (n,) all rows' clusters.
        start: position of the block's first row.
    """
    block = np.arange(len(mine))
    means = sums / sizes
    means[block, mine] = np.inf
    first = means.argmin(axis=1)
    nearest = means[block, first]
    means[block, first] = np.inf
    second = means.min(axis=1)
    same = mine[:, None] == own
    # A row of another cluster leaves: its cluster's mean changes, and may become or cease to be the nearest.
    rest = np.maximum(sizes[own] - 1, 1)
    moved = np.where(sizes[own] > 1, (sums[:, own] - distances) / rest, np.inf)
    beside = np.minimum(np.where(first[:, None] == own, second[:, None], nearest[:, None]), moved)
    between = np.where(same, nearest[:, None], beside)
    # A row of the own cluster leaves: the mean within changes.
    partners = sizes[mine]
    whole = sums[block, mine]
    within = np.where(
        same,
        (whole[:, None] - distances) / np.maximum(partners - 2, 1)[:, None],
        (whole / np.maximum(partners - 1, 1))[:, None],
    )
    wider = np.maximum(within, between)
    counts = (partners[:, None] - same > 1) & (wider > 0) & np.isfinite(wider)
    counts[block, np.arange(start, start + len(mine))] = False
    values = np.zeros(distances.shape)
    np.divide(between - np.where(counts, within, 0.0), wider, out=values, where=counts)
    total: Floats = values.sum(axis=0)
    return total


def _excess(before: Floats, after: Floats, neighbours: int) -> tuple[Floats, Floats]:
    """(r,) ranks lost by the block's rows, and (n,) by how much their sum changes without each of the n rows."""
    nearest = nearest_columns(after, neighbours + 1)
    found = ranks_of(before, nearest)
    mine, following = found[:, :neighbours], found[:, neighbours]
    changes = np.zeros(before.shape[1])
    for rank, column in zip(mine.T, nearest.T, strict=False):
        # Every row that was nearer before, and leaves, moves this neighbour up by one.
        far = np.flatnonzero(rank > neighbours)
        changes -= (before[far] < before[far, column[far]][:, None]).sum(axis=0)
        # The neighbour itself makes room for the following one.
        entering = np.maximum(following - (following > rank) - neighbours, 0)
        changes += np.bincount(column, entering - np.maximum(rank - neighbours, 0), minlength=len(changes))
    return np.maximum(mine - neighbours, 0).sum(axis=1).astype(np.float64), changes
