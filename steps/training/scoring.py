"""Measures a fitted estimator on a prepared part, in the target's own units.

Used by train for the metric lines, by cross_validation and by learning_curve. Nothing here decides about a model: the
verdict is EvaluateModel's, on raw test rows.
Cost: large parts are measured on a sample of ``limit`` rows; quadratic metrics on a smaller one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from contracts.metrics import CLASSIFICATION, CLUSTERING, DIMENSIONALITY_REDUCTION, METRICS, REGRESSION
from steps.estimators.protocol import Estimator, Matrix
from steps.metrics.classification import classification_metrics
from steps.metrics.clustering import NOISE, sampled, separation, silhouette, squared_distances
from steps.metrics.projection import TRUSTWORTHINESS_ROWS, reconstruction_metrics, trustworthiness_rows
from steps.metrics.regression import regression_metrics
from steps.preprocessor import Preprocessor
from steps.training.data import Part
from steps.training.sampling import sample_matrix, sample_pairs

SEPARATION_ROWS = 20_000


def in_training(task_type: str) -> tuple[str, ...]:
    """Names of the metrics that a training prints for a task; trustworthiness is the only one that t-SNE has."""
    names = tuple(name for name, row in METRICS.items() if row.in_training and task_type in row.task_types)
    return (*names, "trustworthiness") if task_type == DIMENSIONALITY_REDUCTION else names


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores estimators of one task; NaN where a metric is not defined on the part."""

    task_type: str
    preprocessor: Preprocessor
    seed: int

    def score(self, estimator: Estimator, part: Part, *, limit: int, wanted: Collection[str] = ()) -> dict[str, float]:
        """Name to value, of the wanted metrics (all of the task if none are named) that the estimator can have.

        Args:
            limit: rows of the part that are looked at, at most.
        """
        names = wanted or [name for name, row in METRICS.items() if self.task_type in row.task_types]
        if self.task_type == CLASSIFICATION:
            values = self._classification(estimator, part, limit, names)
        elif self.task_type == REGRESSION:
            values = self._regression(estimator, part, limit, names)
        else:
            x = sample_matrix(part, limit, self.seed)
            measure = self._clustering if self.task_type == CLUSTERING else self._projection
            values = measure(estimator, x, names)
        return {name: values[name] for name in names if name in values}

    def _classification(self, estimator: Estimator, part: Part, limit: int, names: Collection[str]) -> dict[str, float]:
        x, actual = sample_pairs(part, limit, self.seed)
        probabilities = estimator.predict_proba(x)
        predicted = np.asarray(probabilities.argmax(axis=1), dtype=np.int64)
        found = classification_metrics(actual, predicted, probabilities, wanted=names)
        return {name: float(value[0]) for name, value in found.items()}

    def _regression(self, estimator: Estimator, part: Part, limit: int, names: Collection[str]) -> dict[str, float]:
        x, target = sample_pairs(part, limit, self.seed)
        actual, predicted = (self.preprocessor.invert_target(values) for values in (target, estimator.predict(x)))
        found = regression_metrics(actual, predicted, wanted=names)
        return {name: float(value[0]) for name, value in found.items()}

    def _clustering(self, estimator: Estimator, x: Matrix, names: Collection[str]) -> dict[str, float]:
        labels = estimator.labels(x)
        values: dict[str, float] = {}
        if "silhouette" in names:
            values["silhouette"] = silhouette(x, labels, seed=self.seed)
        centres = estimator.centres()
        if "inertia" in names and centres is not None and centres.shape[1] == x.shape[1]:
            values["inertia"] = float(squared_distances(x, labels, centres).mean())
        if {"davies_bouldin", "calinski_harabasz"} & set(names):
            clustered = np.flatnonzero(labels != NOISE)
            member = clustered[sampled(len(clustered), SEPARATION_ROWS, self.seed)]
            found = separation(x[member], labels[member], population=len(clustered))
            values |= {name: float(value[0]) for name, value in found.items()}
        return values

    def _projection(self, estimator: Estimator, x: Matrix, names: Collection[str]) -> dict[str, float]:
        coordinates = estimator.transform(x)
        values: dict[str, float] = {}
        back = estimator.inverse_transform(coordinates)
        if back is not None:
            values = {name: float(value[0]) for name, value in reconstruction_metrics(x, back).items()}
        if "trustworthiness" in names:
            rows = sampled(len(x), TRUSTWORTHINESS_ROWS, self.seed)
            values["trustworthiness"] = float(trustworthiness_rows(x[rows], coordinates[rows]).mean())
        return values
