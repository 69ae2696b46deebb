"""Puts scores into SageMaker's model-quality layout, which the Model Registry shows.

Between scoring and evaluation.json. Groups: ``binary_classification_metrics``,
``multiclass_classification_metrics``, ``regression_metrics``; undefined numbers are the text "NaN", as there.
Cost: the layout repeats numbers that stand under ``metrics`` already.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from steps.evaluation.scoring import ClassificationScores, Measured

BINARY, MULTICLASS, REGRESSION = (
    "binary_classification_metrics",
    "multiclass_classification_metrics",
    "regression_metrics",
)
_GROUP_KEYS = {"auc_roc": "auc"}


def classification_group(scores: ClassificationScores, classes: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Name and content of the group of a classification."""
    binary = len(classes) == 2
    group: dict[str, Any] = {
        _GROUP_KEYS.get(name, name): measured(value)
        for name, value in scores.metrics.items()
        if not (binary and name.startswith("weighted_"))
    }
    # In SageMaker's own reports binary matrices are keyed "0" and "1"; class names stand beside the group.
    keys = [str(index) for index in range(len(classes))] if binary else list(classes)
    group["confusion_matrix"] = {
        actual: {predicted: int(scores.confusion[i, j]) for j, predicted in enumerate(keys)}
        for i, actual in enumerate(keys)
    }
    if scores.curves is not None:
        group["receiver_operating_characteristic_curve"] = {
            "false_positive_rates": _rounded(scores.curves.false_positive_rate),
            "true_positive_rates": _rounded(scores.curves.true_positive_rate),
        }
        group["precision_recall_curve"] = {
            "precisions": _rounded(scores.curves.precision),
            "recalls": _rounded(scores.curves.recall),
        }
    return (BINARY if binary else MULTICLASS), group


def regression_group(metrics: Mapping[str, Measured]) -> tuple[str, dict[str, Any]]:
    """Name and content of the group of a regression."""
    return REGRESSION, {name: measured(value) for name, value in metrics.items()}


def measured(item: Measured) -> dict[str, float | str]:
    """{"value": x, "standard_deviation": y}, "NaN" where undefined."""
    return {"value": number(item.value), "standard_deviation": number(item.deviation)}


def number(value: float) -> float | str:
    """A JSON number, or "NaN"."""
    return value if math.isfinite(value) else "NaN"


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 6) for value in values]
