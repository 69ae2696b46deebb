"""Members of SageMaker's model-quality groups beyond the catalogue's metrics.

Between scoring and contracts.evaluation_report, which lays out the catalogue's metrics itself. Undefined numbers
are the text "NaN", as in SageMaker's own reports.
Cost: curves are thinned, so areas computed from them differ a little from ``auc``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.metrics import METRICS
from steps.evaluation.scoring import ClassificationScores, Measured


def classification_details(scores: ClassificationScores, classes: Sequence[str]) -> dict[str, Any]:
    """Confusion matrix, curves of a binary problem, weighted averages of one with more classes."""
    binary = len(classes) == 2
    details: dict[str, Any] = {} if binary else other_metrics(scores.metrics)
    # In SageMaker's own reports binary matrices are keyed "0" and "1"; class names stand beside the group.
    keys = [str(index) for index in range(len(classes))] if binary else list(classes)
    details["confusion_matrix"] = {
        actual: {predicted: int(scores.confusion[i, j]) for j, predicted in enumerate(keys)}
        for i, actual in enumerate(keys)
    }
    if scores.curves is not None:
        details["receiver_operating_characteristic_curve"] = {
            "false_positive_rates": _rounded(scores.curves.false_positive_rate),
            "true_positive_rates": _rounded(scores.curves.true_positive_rate),
        }
        details["precision_recall_curve"] = {
            "precisions": _rounded(scores.curves.precision),
            "recalls": _rounded(scores.curves.recall),
        }
    return details


def other_metrics(metrics: Mapping[str, Measured]) -> dict[str, Any]:
    """Measured metrics that the catalogue does not judge by (mse, weighted averages)."""
    return {name: measured(item) for name, item in metrics.items() if name not in METRICS}


def measured(item: Measured) -> dict[str, float | str]:
    """{"value": x, "standard_deviation": y}, "NaN" where undefined."""
    return {"value": number(item.value), "standard_deviation": number(item.deviation)}


def number(value: float) -> float | str:
    """A JSON number, or "NaN"."""
    return value if math.isfinite(value) else "NaN"


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 6) for value in values]
