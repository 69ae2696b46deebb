"""Sums and means over weighted rows: the arithmetic that all metrics share.

A weight says how often a row counts; (b, n) weights are b bootstrap replicas at once. Cost: b x n numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def ones(rows: int) -> Floats:
    """(1, rows): every row counts once."""
    return np.ones((1, rows))


def mean(values: Floats, weights: Floats) -> Floats:
    """(b,) weighted means of (n,) values; NaN where nothing weighs."""
    total = weights.sum(axis=1)
    means: Floats = np.divide(weights @ values, total, out=np.full(len(weights), np.nan), where=total > 0)
    return means


def sums_by(groups: Indices, weights: Floats, size: int) -> Floats:
    """(b, size) sums of the weights of the rows in each group.

    Args:
        groups: (n,) numbers from 0 to size - 1.
        weights: (b, n).
    """
    draws, rows = weights.shape
    cells = np.broadcast_to(groups, (draws, rows)) + np.arange(draws)[:, None] * size
    sums: Floats = np.bincount(cells.ravel(), weights.ravel(), minlength=draws * size).reshape(draws, size)  # type: ignore[assignment]
    return sums


def ratio(numerator: NDArray[np.generic], denominator: NDArray[np.generic]) -> Floats:
    """Quotients; 0 where the denominator is 0."""
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    return np.divide(top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom > 0)
