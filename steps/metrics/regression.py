"""Regression metrics over weighted rows, so that one call serves the value and its bootstrap.

Used by TrainModel (progress lines) and EvaluateModel (the verdict). Equal to scikit-learn's, but for r2 of a target
that does not vary, which is NaN here.
Cost: mape explodes where the target is 0, as scikit-learn's does; the median sorts the rows.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from steps.metrics.weighted import Floats, ones

NAMES = ("mse", "rmse", "mae", "mape", "r2", "median_absolute_error")
_EPSILON = float(np.finfo(np.float64).eps)


def regression_metrics(
    actual: Floats, predicted: Floats, weights: Floats | None = None, *, wanted: Collection[str] = NAMES
) -> dict[str, Floats]:
    """mse, rmse, mae, median_absolute_error and mape (a fraction; all >= 0), and r2 (at most 1).

    Args:
        actual: (n,) values.
        predicted: (n,) values.
        weights: (b, n) row weights; one row of ones if absent.
        wanted: the median, which costs most, is left out where it is not among these.

    Returns:
        Name to (b,) values; NaN where not defined.
    """
    if weights is None:
        weights = ones(len(actual))
    if not len(actual):
        return {name: np.full(len(weights), np.nan) for name in NAMES}
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite error is an answer
        values = _moments(actual, predicted, weights)
        if "median_absolute_error" in wanted:
            values["median_absolute_error"] = weighted_median(np.abs(actual - predicted), weights)
    return values


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """(b,) medians of (n,) values whose rows count (b, n) times; of two middle ones the mean."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[:, order], axis=1)
    half = reached[:, -1:] / 2
    lower = np.argmax(reached >= half * (1 - _EPSILON), axis=1)
    upper = np.argmax(reached > half * (1 + _EPSILON), axis=1)
    medians: Floats = (values[order[lower]] + values[order[upper]]) / 2
    return medians


def _moments(actual: Floats, predicted: Floats, weights: Floats) -> dict[str, Floats]:
    error = actual - predicted
    centred = actual - actual.mean()  # keeps the sum of squares below from losing its digits
    terms = np.stack(
        [error**2, np.abs(error), np.abs(error) / np.maximum(np.abs(actual), _EPSILON), centred, centred**2]
    )
    mse, mae, mape, mean, square = (weights @ terms.T / weights.sum(axis=1, keepdims=True)).T
    variance = square - mean**2
    varies = variance > _EPSILON * np.maximum(square, 1e-300)
    r2 = np.where(varies, 1.0 - mse / np.where(varies, variance, 1.0), np.nan)
    return {"mse": mse, "rmse": np.sqrt(mse), "mae": mae, "mape": mape, "r2": r2}
