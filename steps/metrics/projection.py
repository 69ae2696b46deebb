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
        nearest = np.argsort(after, axis=1, kind="stable")[:, :neighbours]
        ranks = np.empty_like(nearest, shape=before.shape)
        np.put_along_axis(ranks, np.argsort(before, axis=1, kind="stable"), np.arange(1, rows + 1)[None, :], axis=1)
        excess = np.take_along_axis(ranks, nearest, axis=1) - neighbours
        lost = np.maximum(excess, 0).sum(axis=1)
        values[chosen] = 1.0 - lost * 2.0 / (neighbours * (2.0 * rows - 3.0 * neighbours - 1.0))
    return values
