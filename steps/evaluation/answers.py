"""What a model answered to the test rows, ready to be measured: as a whole, on some rows, or in bootstrap replicas.

Between the model's predictions and scoring. Champion, dummy, slices and importances are measured through the same
three methods, so their numbers are comparable by construction. A task's metrics may come from several answers (rows
that a silhouette is sampled from are not all rows).
Cost: answers keep their rows in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from steps.evaluation.bootstrap import DRAWS, Resampling
from steps.metrics import classification, regression
from steps.metrics.weighted import Floats, Indices, mean, ones

FEWEST_DRAWS = 50
MANY_CLASSES = 10


class Answers(Protocol):
    """Answers to n rows."""

    @property
    def rows(self) -> int:
        """n."""

    @property
    def names(self) -> tuple[str, ...]:
        """Metrics that these answers give."""

    def resampling(self, seed: int) -> Resampling:
        """How the spread of these metrics is measured."""

    def take(self, rows: Indices) -> Self:
        """The answers to some of the rows."""

    def measure(self, weights: Floats | None, wanted: Collection[str]) -> Mapping[str, Floats]:
        """At least the wanted metrics, by name: (b,) values for (b, n) row weights, one value for None."""


@dataclass(frozen=True, slots=True)
class ClassAnswers:
    """A classifier's: (n,) true and predicted class indices, (n, k) probabilities."""

    actual: Indices
    predicted: Indices
    probabilities: Floats

    @property
    def rows(self) -> int:
        return len(self.actual)

    @property
    def names(self) -> tuple[str, ...]:
        return classification.NAMES

    def resampling(self, seed: int) -> Resampling:
        classes = max(1, self.probabilities.shape[1])
        return Resampling(self.rows, seed, draws=max(FEWEST_DRAWS, min(DRAWS, DRAWS * MANY_CLASSES // classes)))

    def take(self, rows: Indices) -> ClassAnswers:
        return ClassAnswers(self.actual[rows], self.predicted[rows], self.probabilities[rows])

    def measure(self, weights: Floats | None, wanted: Collection[str]) -> Mapping[str, Floats]:
        return classification.classification_metrics(
            self.actual, self.predicted, self.probabilities, weights, wanted=wanted
        )


@dataclass(frozen=True, slots=True)
class ValueAnswers:
    """A regression's: (n,) true and predicted values."""

    actual: Floats
    predicted: Floats

    @property
    def rows(self) -> int:
        return len(self.actual)

    @property
    def names(self) -> tuple[str, ...]:
        return regression.NAMES

    def resampling(self, seed: int) -> Resampling:
        return Resampling(self.rows, seed)

    def take(self, rows: Indices) -> ValueAnswers:
        return ValueAnswers(self.actual[rows], self.predicted[rows])

    def measure(self, weights: Floats | None, wanted: Collection[str]) -> Mapping[str, Floats]:
        return regression.regression_metrics(self.actual, self.predicted, weights, wanted=wanted)


@dataclass(frozen=True, slots=True)
class RowMeans:
    """Metrics that are means of (n,) row values, such as a silhouette; rows that are NaN do not count."""

    values: Mapping[str, Floats]

    @property
    def rows(self) -> int:
        return len(next(iter(self.values.values())))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.values)

    def resampling(self, seed: int) -> Resampling:
        return Resampling(self.rows, seed)

    def take(self, rows: Indices) -> RowMeans:
        return RowMeans({name: values[rows] for name, values in self.values.items()})

    def measure(self, weights: Floats | None, wanted: Collection[str]) -> Mapping[str, Floats]:
        if weights is None:
            weights = ones(self.rows)
        measured = {}
        for name, values in self.values.items():
            known = np.isfinite(values)
            measured[name] = mean(values[known], weights[:, known])
        return measured
