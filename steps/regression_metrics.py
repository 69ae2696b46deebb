"""Regression metrics over weighted rows, so that one call serves the value and its bootstrap.

Used by TrainModel (progress lines) and EvaluateModel (the verdict). Equal to scikit-learn's.
Cost: mape explodes where the target is 0, as scikit-learn's does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_EPSILON = float(np.finfo(np.float64).eps)


def regression_metrics(actual: Floats, predicted: Floats, weights: Floats | None = None) -> dict[str, Floats]:
    """mse, rmse, mae and mape (a fraction; all >= 0), and r2 (at most 1; NaN if the target does not vary).

    Args:
        actual: (n,) values.
        predicted: (n,) values.
        weights: (b, n) row weights; one row of ones if absent.

    Returns:
        Name to (b,) values.
    """
    if weights is None:
        weights = np.ones((1, len(actual)))
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
