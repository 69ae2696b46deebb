"""What a model that ignores every feature would score: the line below which nothing was learned.

Used by EvaluateModel beside the model's own metrics. It knows the training part's target only.
Cost: none worth naming.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steps.classification_metrics import confusion_matrix, confusion_metrics
from steps.regression_metrics import regression_metrics


def dummy_classification(actual: NDArray[np.int64], statistics: Mapping[str, Any]) -> dict[str, float]:
    """Metrics of always answering the most frequent training class."""
    counts = np.asarray(statistics["class_counts"])
    answer = np.full_like(actual, int(counts.argmax()))
    metrics = confusion_metrics(confusion_matrix(actual, answer, len(counts)))
    return {name: float(value) for name, value in metrics.items()} | {"auc_roc": 0.5}


def dummy_regression(actual: NDArray[np.float64], statistics: Mapping[str, Any]) -> dict[str, float]:
    """Metrics of always answering the training part's mean."""
    answer = np.full_like(actual, float(statistics["mean"]))
    return {name: float(value[0]) for name, value in regression_metrics(actual, answer).items()}
