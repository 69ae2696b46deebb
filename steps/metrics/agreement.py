"""How well clusters agree with labels that are known: adjusted Rand index and normalised mutual information.

Used by EvaluateModel where an unsupervised data set has reference labels. Noise (-1) is a cluster like any other here.
Equal to scikit-learn's. Cost: one sort of the rows; a table of pairs that occur, never of all that could.
"""

from __future__ import annotations

import numpy as np

from steps.metrics.weighted import Floats, Indices, ones, ratio, sums_by

_EPSILON = float(np.finfo(np.float64).eps)


def agreement(reference: Indices, labels: Indices, weights: Floats | None = None) -> dict[str, Floats]:
    """ari, in [-1, 1] with 0 for chance, and nmi (arithmetic mean), in [0, 1]; NaN without rows.

    Args:
        reference: (n,) known labels.
        labels: (n,) cluster ids.
        weights: (b, n) row weights; one row of ones if absent.

    Source: Hubert and Arabie (1985); Strehl and Ghosh (2002).
    """
    if weights is None:
        weights = ones(len(labels))
    if not len(labels):
        return {name: np.full(len(weights), np.nan) for name in ("ari", "nmi")}
    first, second = np.unique(reference, return_inverse=True)[1], np.unique(labels, return_inverse=True)[1]
    pairs, cell = np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)
    row, column = pairs // (int(second.max()) + 1), pairs % (int(second.max()) + 1)
    cells = sums_by(cell, weights, len(pairs))
    rows = sums_by(row, cells, int(row.max()) + 1)
    columns = sums_by(column, cells, int(column.max()) + 1)
    return {
        "ari": _adjusted_rand(cells, rows[:, row], columns[:, column]),
        "nmi": _mutual_information(cells, rows, columns, row, column),
    }


def _adjusted_rand(cells: Floats, rows: Floats, columns: Floats) -> Floats:
    """From pairs of rows that are together in both, in one, in the other, in none (counted twice each)."""
    total = cells.sum(axis=1)
    squares = (cells**2).sum(axis=1)
    together = squares - total
    first_only = (cells * rows).sum(axis=1) - squares
    second_only = (cells * columns).sum(axis=1) - squares
    apart = total**2 - first_only - second_only - squares
    chance = (together + first_only) * (first_only + apart) + (together + second_only) * (second_only + apart)
    index = ratio(2 * (together * apart - first_only * second_only), chance)
    return np.where((first_only == 0) & (second_only == 0), 1.0, index)


def _mutual_information(cells: Floats, rows: Floats, columns: Floats, row: Indices, column: Indices) -> Floats:
    total = cells.sum(axis=1, keepdims=True)
    share, first, second = cells / total, rows / total, columns / total
    expected = first[:, row] * second[:, column]
    shared = (share * _log(ratio(share, expected))).sum(axis=1)
    entropy = -(first * _log(first)).sum(axis=1) - (second * _log(second)).sum(axis=1)
    single = ((rows > 0).sum(axis=1) == 1) & ((columns > 0).sum(axis=1) == 1)
    return np.where(single, 1.0, np.where(shared > _EPSILON, 2 * ratio(shared, entropy), 0.0))


def _log(values: Floats) -> Floats:
    return np.log(np.where(values > 0, values, 1.0))
