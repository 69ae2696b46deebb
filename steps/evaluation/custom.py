"""Metrics of other people's plug-ins, measured beside the built-in ones.

Between answers and contracts.metric_plugins. A plug-in sees names, values and probabilities, never weights; a replica
is therefore a list of rows that holds some of them several times.
Cost: a plug-in's function runs CUSTOM_DRAWS times more for its spread. One that refuses rows leaves its metric
undefined there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.metric_plugins import CustomMetric, custom_metrics
from steps.evaluation.bootstrap import Resampling
from steps.metrics.weighted import Floats, Indices

CUSTOM_DRAWS = 60


@dataclass(frozen=True, slots=True)
class CustomAnswers:
    """(n,) class names or values, predictions of the same kind, and probabilities by class name."""

    metrics: Mapping[str, CustomMetric]
    actual: NDArray[Any]
    predicted: NDArray[Any]
    probabilities: Mapping[str, Floats] | None

    @property
    def rows(self) -> int:
        return len(self.actual)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.metrics)

    def resampling(self, seed: int) -> Resampling:
        return Resampling(self.rows, seed, draws=CUSTOM_DRAWS)

    def take(self, rows: Indices) -> CustomAnswers:
        probabilities = self.probabilities
        taken = None if probabilities is None else {name: values[rows] for name, values in probabilities.items()}
        return CustomAnswers(self.metrics, self.actual[rows], self.predicted[rows], taken)

    def measure(self, weights: Floats | None, wanted: Collection[str]) -> Mapping[str, Floats]:
        if weights is None:
            replicas = [self]
        else:
            replicas = [self.take(np.repeat(np.arange(self.rows), row.astype(np.int64))) for row in weights]
        return {
            name: np.array([replica._score(metric) for replica in replicas], dtype=np.float64)
            for name, metric in self.metrics.items()
            if name in wanted
        }

    def _score(self, metric: CustomMetric) -> float:
        try:
            return float(metric.score(self.actual, self.predicted, self.probabilities))
        except (ValueError, TypeError, ArithmeticError, LookupError):
            return float("nan")


def custom_answers(
    task_type: str, actual: NDArray[Any], predicted: NDArray[Any], probabilities: Mapping[str, Floats] | None
) -> tuple[CustomAnswers, ...]:
    """Answers for the installed plug-ins of a task: one, or none where there is no plug-in."""
    fitting = {name: item for name, item in custom_metrics().items() if task_type in item.metric.task_types}
    return (CustomAnswers(fitting, actual, predicted, probabilities),) if fitting else ()
