"""Asks a model about raw test rows, on the path that its callers take.

Between a model and its answers. Cost: the answers of all rows stand in memory, the rows do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.errors import DataError
from steps.estimators.protocol import UnsupportedError
from steps.evaluation.held_out import HeldOut
from steps.metrics.weighted import Floats, Indices
from steps.model_artifact import Model
from steps.tables import TARGET_COLUMN

Matrix = NDArray[np.float32]
Number = TypeVar("Number", np.float32, np.float64)


def class_probabilities(model: Model, held_out: HeldOut, classes: Sequence[str]) -> Floats:
    """(n, k) in the order of ``classes``, which are the model's own in some order."""
    own = list(model.classes or ())
    order = [own.index(name) for name in classes]
    probabilities = np.empty((held_out.rows, len(classes)))
    _fill(probabilities, held_out, lambda frame: model.predict_proba(frame)[:, order])
    return _finite(probabilities, "probabilities")


def values(model: Model, held_out: HeldOut) -> Floats:
    """(n,) values in the target's own units."""
    predicted = np.empty(held_out.rows)
    _fill(predicted, held_out, model.predict_values)
    return _finite(predicted, "values")


def labels(model: Model, held_out: HeldOut) -> Indices:
    """(n,) cluster ids, -1 for noise."""
    predicted = np.empty(held_out.rows, dtype=np.int64)
    _fill(predicted, held_out, model.labels)
    return predicted


def matrix(model: Model, frame: pl.DataFrame) -> Matrix:
    """(m, features) preprocessed rows."""
    return _finite(model.matrix(frame), "features")


def coordinates(model: Model, frame: pl.DataFrame) -> Floats:
    """(m, d) projection of raw rows."""
    return _finite(np.asarray(model.project(frame), dtype=np.float64), "coordinates")


def reconstruction(model: Model, projected: Floats) -> Floats | None:
    """(m, features) what the coordinates give back, or None where the method has no way back."""
    try:
        again = model.estimator.inverse_transform(projected)
    except UnsupportedError:
        return None
    return None if again is None else _finite(np.asarray(again, dtype=np.float64), "reconstructed features")


def _fill(answers: NDArray[Any], held_out: HeldOut, ask: Callable[[pl.DataFrame], NDArray[Any]]) -> None:
    start = 0
    for frame in held_out.batches():
        answers[start : start + frame.height] = ask(frame.drop(TARGET_COLUMN, strict=False))
        start += frame.height


def _finite(numbers: NDArray[Number], what: str) -> NDArray[Number]:
    wrong = int(numbers.size - np.isfinite(numbers).sum())
    if wrong:
        raise DataError(
            f"The model gives {wrong} {what} that are no finite numbers; its training did not converge. "
            "Lower the learning rate, or scale the columns."
        )
    return numbers
