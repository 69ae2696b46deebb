"""The metric catalogue: which tasks a metric judges, in which direction, within which range.

Place in the flow: issue validation, evaluation and the judge read the same rows. Adding a metric = a row here, a
function in steps/metrics, a test; other people add theirs through `contracts.metric_plugins`. One cost: none at run
time.

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
CLUSTERING = "clustering"
DIMENSIONALITY_REDUCTION = "dimensionality_reduction"
SUPERVISED_TASKS = (CLASSIFICATION, REGRESSION)
TASK_TYPES = (CLASSIFICATION, REGRESSION, CLUSTERING, DIMENSIONALITY_REDUCTION)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        group_key: its name in SageMaker's model-quality JSON.
        in_training: TrainModel prints it, so that it becomes a metric of the training job (SageMaker allows 40).
        needs_reference: it compares with labels that an unsupervised data set may have.
    """

    name: str
    task_types: tuple[str, ...]
    direction: Direction
    minimum: float
    maximum: float
    group_key: str
    title: str
    in_training: bool = False
    needs_reference: bool = False

    def describe_range(self) -> str:
        """The range in words, for messages: `in [0, 1]`, `0 or more`, `1 or less`."""
        if math.isinf(self.maximum):
            return f"{self.minimum:g} or more"
        if math.isinf(self.minimum):
            return f"{self.maximum:g} or less"
        return f"in [{self.minimum:g}, {self.maximum:g}]"


def _share(name: str, title: str, *, key: str = "", in_training: bool = False) -> Metric:
    """A classification metric in [0, 1] where more is better."""
    return Metric(name, (CLASSIFICATION,), "maximize", 0.0, 1.0, key or name, title, in_training)


def _loss(name: str, task: str, title: str, *, key: str = "", in_training: bool = False) -> Metric:
    """A metric from 0 where less is better."""
    return Metric(name, (task,), "minimize", 0.0, math.inf, key or name, title, in_training)


_ROWS = (
    _share("accuracy", "Accuracy", in_training=True),
    _share("balanced_accuracy", "Balanced accuracy"),
    _share("precision", "Precision", in_training=True),
    _share("recall", "Recall", in_training=True),
    _share("f1", "F1 score", in_training=True),
    _share("precision_macro", "Precision, mean of classes"),
    _share("recall_macro", "Recall, mean of classes"),
    _share("f1_macro", "F1 score, mean of classes"),
    _share("precision_weighted", "Precision, weighted by class", key="weighted_precision"),
    _share("recall_weighted", "Recall, weighted by class", key="weighted_recall"),
    _share("f1_weighted", "F1 score, weighted by class", key="weighted_f1"),
    _share("auc_roc", "AUC-ROC", key="auc", in_training=True),
    _share("average_precision", "Average precision"),
    _loss("log_loss", CLASSIFICATION, "Log loss", in_training=True),
    Metric("brier", (CLASSIFICATION,), "minimize", 0.0, 2.0, "brier", "Brier score"),
    _loss("rmse", REGRESSION, "Root mean squared error", in_training=True),
    _loss("mae", REGRESSION, "Mean absolute error", in_training=True),
    Metric("r2", (REGRESSION,), "maximize", -math.inf, 1.0, "r2", "R²", in_training=True),
    _loss("mape", REGRESSION, "Mean absolute percentage error", in_training=True),
    _loss("median_absolute_error", REGRESSION, "Median absolute error"),
    Metric("silhouette", (CLUSTERING,), "maximize", -1.0, 1.0, "silhouette", "Silhouette", in_training=True),
    _loss("davies_bouldin", CLUSTERING, "Davies-Bouldin index"),
    Metric("calinski_harabasz", (CLUSTERING,), "maximize", 0.0, math.inf, "calinski_harabasz", "Calinski-Harabasz"),
    _loss("inertia", CLUSTERING, "Inertia per row", in_training=True),
    Metric("ari", (CLUSTERING,), "maximize", -1.0, 1.0, "ari", "Adjusted Rand index", needs_reference=True),
    Metric("nmi", (CLUSTERING,), "maximize", 0.0, 1.0, "nmi", "Normalised mutual information", needs_reference=True),
    Metric(
        "explained_variance", (DIMENSIONALITY_REDUCTION,), "maximize", -math.inf, 1.0, "explained_variance",
        "Explained variance", in_training=True,
    ),
    _loss("reconstruction_error", DIMENSIONALITY_REDUCTION, "Reconstruction error", in_training=True),
    Metric("trustworthiness", (DIMENSIONALITY_REDUCTION,), "maximize", 0.0, 1.0, "trustworthiness", "Trustworthiness"),
)  # fmt: skip
METRICS: Mapping[str, Metric] = MappingProxyType({row.name: row for row in _ROWS})
DEFAULT_METRIC: Mapping[str, str] = MappingProxyType(
    {
        CLASSIFICATION: "accuracy",
        REGRESSION: "rmse",
        CLUSTERING: "silhouette",
        DIMENSIONALITY_REDUCTION: "trustworthiness",
    }
)
