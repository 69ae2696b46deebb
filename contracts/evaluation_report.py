"""evaluation.json: SageMaker's model-quality layout, plus what the judge and the reader need.

Place in the flow: EvaluateModel writes it, the Condition step reads `judge.margin` from it, Lambdas and the registry
read the rest. One cost: metrics stand in it twice, once in SageMaker's nested layout and once flat.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import ConfigError
from contracts.evaluation_context import Context, Measurement
from contracts.judge import margin
from contracts.metric_plugins import find_metric
from contracts.metrics import CLUSTERING, DIMENSIONALITY_REDUCTION, REGRESSION, Metric

MAX_HEADLINES = 7
GROUPS = (
    "binary_classification_metrics",
    "multiclass_classification_metrics",
    "regression_metrics",
    "clustering_metrics",
    "projection_metrics",
)
_GROUP_OF_TASK = {
    REGRESSION: "regression_metrics",
    CLUSTERING: "clustering_metrics",
    DIMENSIONALITY_REDUCTION: "projection_metrics",
}


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What an evaluation found.

    Attributes:
        metric: the metric that is judged.
        threshold: what it has to reach.
        metrics: every metric by its catalogue name.
        deviations: bootstrap standard deviation by metric name; absent or NaN where it cannot be told.
        group: SageMaker's group, see `group_of`; clusterings and projections have generic ones.
        details: further members of the group (confusion_matrix, curves), as SageMaker lays them out.
        baseline: metrics of a dummy model on the same rows.
        dataset: rows and names of the evaluated part.
        model: algorithm, hyperparameters, seed.
        context: what a reader is told beside that; read here, written by the Evaluation Agent only.
    """

    metric: str
    threshold: float
    metrics: Mapping[str, float]
    group: str
    deviations: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    baseline: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    dataset: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    context: Context = field(default_factory=Context)

    @property
    def value(self) -> float:
        """The judged metric's value."""
        if self.metric not in self.metrics:
            have = ", ".join(self.metrics)
            raise ConfigError(f"evaluation_metric '{self.metric}' was not measured; this evaluation has {have}.")
        return self.metrics[self.metric]

    @property
    def margin(self) -> float:
        """Distance by which the judged metric passes; >= 0 passes."""
        return margin(self.metric, self.value, self.threshold)

    @property
    def dummy(self) -> Mapping[str, float]:
        """Metrics of the dummy; empty where there is none."""
        return next(iter(self.baseline.values()), {})

    def measured(self, name: str) -> Measurement:
        """A metric with its deviation."""
        return Measurement(self.metrics[name], self.deviations.get(name))

    def to_mapping(self) -> dict[str, Any]:
        """The JSON document."""
        group: dict[str, Any] = {
            _row(name).group_key: {
                "value": value,
                "standard_deviation": _number_or_nan(self.deviations.get(name)),
            }
            for name, value in self.metrics.items()
        }
        return {
            self.group: {**group, **self.details},
            "judge": {
                "metric": self.metric,
                "value": self.value,
                "threshold": self.threshold,
                "direction": _row(self.metric).direction,
                "margin": self.margin,
                "passed": self.margin >= 0,
            },
            "metrics": dict(self.metrics),
            "baseline": {name: dict(values) for name, values in self.baseline.items()},
            "dataset": dict(self.dataset),
            "model": dict(self.model),
        }

    def to_json(self) -> str:
        """The document as text; refuses NaN, because JSON has none."""
        return json.dumps(self.to_mapping(), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> EvaluationReport:
        """Read a document.

        Raises:
            ConfigError: it is no evaluation report, or what it says of its margin does not follow from its values.
        """
        try:
            document = json.loads(text)
            group = next(name for name in GROUPS if name in document)
            judge, metrics = document["judge"], document["metrics"]
            members = document[group]
            by_key = {_row(name).group_key: name for name in metrics}
            report = cls(
                metric=judge["metric"],
                threshold=float(judge["threshold"]),
                metrics={name: float(value) for name, value in metrics.items()},
                group=group,
                deviations={
                    by_key[key]: deviation
                    for key, member in members.items()
                    if key in by_key and math.isfinite(deviation := float(member["standard_deviation"]))
                },
                details={key: member for key, member in members.items() if key not in by_key},
                baseline={
                    name: {metric: float(value) for metric, value in values.items()}
                    for name, values in document.get("baseline", {}).items()
                },
                dataset=document.get("dataset", {}),
                model=document.get("model", {}),
                context=Context.from_document(document),
            )
            stated, stated_value, passed = float(judge["margin"]), float(judge["value"]), judge["passed"]
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError, StopIteration) as error:
            raise ConfigError(
                f"evaluation.json is not an evaluation report: {type(error).__name__} {error}."
            ) from error
        if not math.isclose(stated, report.margin, rel_tol=1e-9, abs_tol=1e-12):
            raise ConfigError(f"evaluation.json states the margin {stated}, its values give {report.margin}.")
        if stated_value != report.value or passed is not (report.margin >= 0):
            raise ConfigError(
                f"evaluation.json states {report.metric} {stated_value}, passed {passed}; its values give "
                f"{report.value}, passed {report.margin >= 0}."
            )
        return report


def headlines(metrics: Collection[str], judged: str, *, most: int = MAX_HEADLINES) -> list[str]:
    """The judged metric and then those one looks at first: what training reports, and all of an unsupervised task."""
    rows = [row for name in metrics if name != judged and (row := find_metric(name)) is not None]
    unsupervised = {CLUSTERING, DIMENSIONALITY_REDUCTION}
    chosen = [row.name for row in rows if row.in_training or not unsupervised.isdisjoint(row.task_types)]
    return [*([judged] if judged in metrics else []), *chosen][:most]


def group_of(task_type: str, classes: int) -> str:
    """The metric group for a task and its number of classes."""
    if task_type in _GROUP_OF_TASK:
        return _GROUP_OF_TASK[task_type]
    return "binary_classification_metrics" if classes == 2 else "multiclass_classification_metrics"


def _row(name: str) -> Metric:
    row = find_metric(name)
    if row is None:
        raise ConfigError(f"evaluation.json holds the metric '{name}', which is not installed here.")
    return row


def _number_or_nan(value: float | None) -> float | str:
    return "NaN" if value is None or not math.isfinite(value) else value
