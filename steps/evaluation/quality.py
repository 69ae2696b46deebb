"""Members of SageMaker's model-quality groups beyond the catalogue's metrics.

Between an evaluation and contracts.evaluation_report, which lays out the catalogue's metrics itself. Undefined numbers
are the text "NaN", as in SageMaker's own reports.
Cost: curves are thinned, so areas computed from them differ a little from ``auc``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from contracts.metric_plugins import find_metric
from steps.evaluation.evaluation import Measured
from steps.metrics.ranking import precision_recall_curve, roc_curve
from steps.metrics.weighted import Floats, Indices

CURVE_POINTS = 200
MAX_WHOLE_MATRIX = 50
"""Classes up to which a confusion matrix is written with its zeros."""


def classification_details(
    actual: Indices, probabilities: Floats, confusion: Floats, classes: Sequence[str]
) -> dict[str, Any]:
    """Confusion matrix, and the curves of a binary problem whose rows are of both classes."""
    binary = len(classes) == 2
    # In SageMaker's own reports binary matrices are keyed "0" and "1"; class names stand beside the group.
    keys = [str(index) for index in range(len(classes))] if binary else list(classes)
    details: dict[str, Any] = {"confusion_matrix": _confusion(confusion, keys)}
    if binary and 0 < int((actual == 1).sum()) < len(actual):
        false_rate, true_rate = _thinned(*roc_curve(actual == 1, probabilities[:, 1]))
        precision, recall = _thinned(*precision_recall_curve(actual == 1, probabilities[:, 1]))
        details["receiver_operating_characteristic_curve"] = {
            "false_positive_rates": false_rate,
            "true_positive_rates": true_rate,
        }
        details["precision_recall_curve"] = {"precisions": precision, "recalls": recall}
    return details


def other_metrics(metrics: Mapping[str, Measured]) -> dict[str, Any]:
    """Measured metrics that the catalogue does not judge by (mse)."""
    return {name: measured(item) for name, item in metrics.items() if find_metric(name) is None}


def measured(item: Measured) -> dict[str, float | str]:
    """{"value": x, "standard_deviation": y}, "NaN" where undefined."""
    return {"value": number(item.value), "standard_deviation": number(item.deviation)}


def number(value: float) -> float | str:
    """A JSON number, or "NaN"."""
    return value if math.isfinite(value) else "NaN"


def _confusion(confusion: Floats, keys: Sequence[str]) -> dict[str, dict[str, int]]:
    whole = len(keys) <= MAX_WHOLE_MATRIX
    return {
        actual: {predicted: int(count) for predicted, count in zip(keys, row, strict=True) if whole or count}
        for actual, row in zip(keys, confusion, strict=True)
    }


def _thinned(first: Floats, second: Floats) -> tuple[list[float], list[float]]:
    """At most CURVE_POINTS points of a curve, rounded."""
    chosen = np.unique(np.linspace(0, len(first) - 1, min(len(first), CURVE_POINTS)).round().astype(np.int64))
    return first[chosen].round(6).tolist(), second[chosen].round(6).tolist()
