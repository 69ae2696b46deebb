"""Scores predictions, with the spread that another test sample of the same size would show.

Between the model's predictions and evaluation.json. The spread is the bootstrap's standard deviation: rows
drawn with replacement, expressed as row weights, so that all replicas are one matrix product.
Cost: replicas times rows numbers; replicas shrink (200 to 30) as the test part grows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steps.classification_metrics import (
    auc_roc,
    confusion_matrix,
    confusion_metrics,
    precision_recall_curve,
    roc_curve,
)
from steps.regression_metrics import regression_metrics

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
CURVE_POINTS = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's value and standard deviation; NaN where it is not defined."""

    value: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Curves:
    """ROC and precision-recall curves of a binary classification, at most CURVE_POINTS each."""

    false_positive_rate: Floats
    true_positive_rate: Floats
    precision: Floats
    recall: Floats


@dataclass(frozen=True, slots=True)
class ClassificationScores:
    """All that is known about a classifier on the test part."""

    metrics: Mapping[str, Measured]
    confusion: Floats
    curves: Curves | None


def score_classification(actual: Indices, predicted: Indices, probabilities: Floats, seed: int) -> ClassificationScores:
    """Metrics with spread, confusion matrix, and the curves of a binary problem.

    Args:
        actual: (n,) class indices.
        predicted: (n,) class indices.
        probabilities: (n, k).
    """
    classes = probabilities.shape[1]
    confusion = confusion_matrix(actual, predicted, classes)
    values = {name: float(value) for name, value in confusion_metrics(confusion).items()}
    values["auc_roc"] = float(auc_roc(actual, probabilities)[0])
    generator = np.random.default_rng(seed)
    draws = replicas(len(actual))
    # Drawing rows is drawing cells of the confusion matrix: multinomial, whatever the number of rows.
    cells = generator.multinomial(len(actual), confusion.ravel() / confusion.sum(), size=draws)
    spread = confusion_metrics(cells.reshape(draws, classes, classes).astype(np.float64))
    spread["auc_roc"] = auc_roc(actual, probabilities, row_weights(generator, len(actual)))
    metrics = {name: Measured(value, _deviation(spread[name])) for name, value in values.items()}
    both = 0 < int((actual == 1).sum()) < len(actual)
    curves = _curves(actual == 1, probabilities[:, 1]) if classes == 2 and both else None
    return ClassificationScores(metrics, confusion, curves)


def score_regression(actual: Floats, predicted: Floats, seed: int) -> dict[str, Measured]:
    """Metrics with spread of (n,) predictions."""
    weights = row_weights(np.random.default_rng(seed), len(actual))
    spread = regression_metrics(actual, predicted, weights)
    values = regression_metrics(actual, predicted)
    return {name: Measured(float(value[0]), _deviation(spread[name])) for name, value in values.items()}


def replicas(rows: int) -> int:
    """Bootstrap replicas for a test part of this size, in [30, 200]."""
    return int(np.clip(4_000_000 // max(rows, 1), 30, 200))


def row_weights(generator: np.random.Generator, rows: int) -> Floats:
    """(replicas, rows) how often each row was drawn in each replica."""
    draws = replicas(rows)
    chosen = generator.integers(0, rows, size=(draws, rows))
    chosen += np.arange(draws)[:, None] * rows
    return np.bincount(chosen.ravel(), minlength=draws * rows).reshape(draws, rows).astype(np.float64)


def _curves(positive: NDArray[np.bool_], score: Floats) -> Curves:
    false_rate, true_rate = roc_curve(positive, score)
    precision, recall = precision_recall_curve(positive, score)
    roc, pr = _thinned(len(false_rate)), _thinned(len(precision))
    return Curves(false_rate[roc], true_rate[roc], precision[pr], recall[pr])


def _thinned(points: int) -> Indices:
    return np.unique(np.linspace(0, points - 1, min(points, CURVE_POINTS)).round().astype(np.int64))


def _deviation(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.std(ddof=1)) if len(known) > 1 else float("nan")
