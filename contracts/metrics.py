"""The metric catalogue: which tasks a metric judges, in which direction, within which range.

Place in the flow: issue validation, evaluation and the judge read the same rows. Adding a metric = a row here, a
function in steps/evaluation, a test. One cost: none at run time.

Source of the group keys: SageMaker model-quality metrics JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Direction = Literal["maximize", "minimize"]
CLASSIFICATION = "classification"
REGRESSION = "regression"
TASK_TYPES = (CLASSIFICATION, REGRESSION)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `group_key` is its name in SageMaker's model-quality JSON."""

    name: str
    task_types: tuple[str, ...]
    direction: Direction
    minimum: float
    maximum: float
    group_key: str
    title: str

    def describe_range(self) -> str:
        """The range in words, for messages: `in [0, 1]`, `0 or more`, `1 or less`."""
        if math.isinf(self.maximum):
            return f"{self.minimum:g} or more"
        if math.isinf(self.minimum):
            return f"{self.maximum:g} or less"
        return f"in [{self.minimum:g}, {self.maximum:g}]"


_ROWS = (
    Metric("accuracy", (CLASSIFICATION,), "maximize", 0.0, 1.0, "accuracy", "Accuracy"),
    Metric("precision", (CLASSIFICATION,), "maximize", 0.0, 1.0, "precision", "Precision"),
    Metric("recall", (CLASSIFICATION,), "maximize", 0.0, 1.0, "recall", "Recall"),
    Metric("f1", (CLASSIFICATION,), "maximize", 0.0, 1.0, "f1", "F1 score"),
    Metric("auc_roc", (CLASSIFICATION,), "maximize", 0.0, 1.0, "auc", "AUC-ROC"),
    Metric("rmse", (REGRESSION,), "minimize", 0.0, math.inf, "rmse", "Root mean squared error"),
    Metric("mae", (REGRESSION,), "minimize", 0.0, math.inf, "mae", "Mean absolute error"),
    Metric("r2", (REGRESSION,), "maximize", -math.inf, 1.0, "r2", "R²"),
    Metric("mape", (REGRESSION,), "minimize", 0.0, math.inf, "mape", "Mean absolute percentage error"),
)
METRICS: Mapping[str, Metric] = MappingProxyType({row.name: row for row in _ROWS})
DEFAULT_METRIC: Mapping[str, str] = MappingProxyType({CLASSIFICATION: "accuracy", REGRESSION: "rmse"})
