"""What a model that ignores every feature would score: the line below which nothing was learned.

Used by the evaluation of supervised tasks. The dummy knows the training part's target only: it always answers the
most frequent class with the classes' shares as probabilities, or the mean.
Cost: none worth naming.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from contracts.errors import DataError
from steps.evaluation.answers import Answers, ClassAnswers, ValueAnswers
from steps.evaluation.custom import custom_answers
from steps.metrics.weighted import Floats, Indices


def dummy_class_answers(actual: Indices, training_target: Mapping[str, Any], classes: Sequence[str]) -> list[Answers]:
    """The dummy's answers to (n,) class indices."""
    counts = np.asarray(training_target.get("class_counts") or (), dtype=np.float64)
    if len(counts) != len(classes) or counts.sum() <= 0:
        raise DataError("metadata.json does not say how many training rows each class has; prepare the data again.")
    probabilities = np.tile(counts / counts.sum(), (len(actual), 1))
    predicted = np.full_like(actual, int(counts.argmax()))
    names = np.asarray(classes, dtype=object)
    shares = {name: probabilities[:, index] for index, name in enumerate(classes)}
    custom = custom_answers("classification", names[actual], names[predicted], shares)
    return [ClassAnswers(actual, predicted, probabilities), *custom]


def dummy_value_answers(actual: Floats, training_target: Mapping[str, Any]) -> list[Answers]:
    """The dummy's answers to (n,) values."""
    mean = training_target.get("mean")
    if not isinstance(mean, int | float) or not math.isfinite(mean):
        raise DataError("metadata.json does not say the mean of the training rows' target; prepare the data again.")
    predicted = np.full_like(actual, float(mean))
    return [ValueAnswers(actual, predicted), *custom_answers("regression", actual, predicted, None)]


def dummy_values(answers: Sequence[Answers]) -> dict[str, float]:
    """Every metric that is defined for the dummy."""
    measured = {name: float(value[0]) for part in answers for name, value in part.measure(None, part.names).items()}
    return {name: value for name, value in measured.items() if math.isfinite(value)}
