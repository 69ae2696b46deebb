"""What a projection keeps: variance, the rows themselves, and which rows are neighbours.

Used by TrainModel (progress lines) and EvaluateModel. Equal to scikit-learn's where both exist.
Cost: trustworthiness compares every pair of rows, so callers pass a sample of a large table.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from steps.metrics.distances import distance_blocks
from steps.metrics.weighted import Floats, mean, ones

TRUSTWORTHINESS_ROWS = 2_000
NEIGHBOURS = 5
Matrix = NDArray[np.floating]


def reconstruction_metrics(matrix: Matrix, reconstruction: Matrix, weights: Floats | None = None) -> dict[str, Floats]:
    """explained_variance (at most 1; NaN where nothing varies) and reconstruction_error (mean squared, per feature).

    Args:
        matrix: (n, features).
        reconstruction: (n, features) what the projection's coordinates give back.
        weights: (b, n) row weights; one row of ones if absent.
    """
    if weights is None:
        weights = ones(len(matrix))
    x = np.asarray(matrix, dtype=np.float64)
    lost = np.square(x - reconstruction).sum(axis=1)
    x = x - (x.mean(axis=0) if len(x) else 0.0)
    error = mean(lost, weights)
    total = weights.sum(axis=1, keepdims=True)
    centre = np.divide(weights @ x, total, out=np.zeros((len(weights), x.shape[1])), where=total > 0)
    varied = mean(np.square(x).sum(axis=1), weights) - np.square(centre).sum(axis=1)
    varies = varied > 1e-12 * np.maximum(np.abs(error), 1e-300)
    return {
        "explained_variance": np.where(varies, 1.0 - error / np.where(varies, varied, 1.0), np.nan),
        "reconstruction_error": error / max(1, x.shape[1]),
    }


def trustworthiness_rows(matrix: Matrix, coordinates: Floats, *, neighbours: int = NEIGHBOURS) -> Floats:
    """(n,) shares, whose mean is the trustworthiness, in [0, 1]; NaN for fewer than three rows.

    A row loses for each of its neighbours in the projection that was no neighbour before, by how far it was.
    ``neighbours`` is lowered where there are too few rows for it.

    Source: Venna and Kaski (2001).
    """
    rows = len(matrix)
    neighbours = min(neighbours, (rows - 1) // 2)
    if neighbours < 1:
        return np.full(rows, np.nan)
    values = np.empty(rows)
    for (chosen, before), (_, after) in zip(distance_blocks(matrix), distance_blocks(coordinates), strict=True):
        own = np.arange(chosen.stop - chosen.start), np.arange(chosen.start, chosen.stop)
        before[own] = after[own] = np.inf
        ranks = ranks_of(before, nearest_columns(after, neighbours))
        lost = np.maximum(ranks - neighbours, 0).sum(axis=1)
        values[chosen] = 1.0 - lost * 2.0 / (neighbours * (2.0 * rows - 3.0 * neighbours - 1.0))
    return values


def nearest_columns(distances: Floats, count: int) -> NDArray[np.int64]:
    """(r, count) columns of the smallest (r, n) distances, ascending."""
    found = np.argpartition(distances, count - 1, axis=1)[:, :count]
    order = np.argsort(np.take_along_axis(distances, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)


def ranks_of(distances: Floats, columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """(r, count) ranks, from 1, that the distances in some columns have in their row; equal ones share a rank."""
    values = np.take_along_axis(distances, columns, axis=1)
    return np.stack([(distances < value[:, None]).sum(axis=1) + 1 for value in values.T], axis=1)
