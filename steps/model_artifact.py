"""A trained model as raw rows see it: preprocessor, estimator and class names together.

Written by TrainModel (as the content of model.tar.gz), loaded by EvaluateModel, `issueops predict` and the endpoint.
Rows pass in batches, so that a large table needs no large matrix.
Cost: loading imports the model's own library (about a second) and predicts one row, to know that it can.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.errors import ArtifactError, DataError
from contracts.metrics import CLASSIFICATION, CLUSTERING, DIMENSIONALITY_REDUCTION, REGRESSION
from steps.archive import unpack_model
from steps.estimators.loading import load_estimator
from steps.estimators.protocol import Estimator, Floats, Indices, Matrix, UnsupportedError
from steps.model_card import CARD_NAME, read_card
from steps.preprocessor import Preprocessor

ARCHIVE_NAME = "model.tar.gz"
BATCH_CELLS = 8_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """Predicts raw rows. ``card`` is model.json: what the model is and how it was made."""

    preprocessor: Preprocessor
    estimator: Estimator
    card: dict[str, Any]

    @property
    def task_type(self) -> str:
        """classification, regression, clustering or dimensionality_reduction."""
        return str(self.card["task_type"])

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names by index; None where the task has none."""
        classes = self.card["classes"]
        return None if classes is None else tuple(classes)

    def matrix(self, rows: pl.DataFrame) -> Matrix:
        """(n, features) matrix of all rows at once; the estimator's input."""
        return self.preprocessor.matrix(rows)

    def predict(self, rows: pl.DataFrame) -> NDArray[Any]:
        """(n,) class names, values or cluster ids, or (n, components) coordinates: whatever the task asks for."""
        if self.task_type == CLUSTERING:
            return self.labels(rows)
        if self.task_type == DIMENSIONALITY_REDUCTION:
            return self.project(rows)
        values = self.predict_values(rows)
        return values if self.classes is None else np.take(np.asarray(self.classes, dtype=object), values)

    def predict_values(self, rows: pl.DataFrame) -> NDArray[Any]:
        """(n,) class indices (int64), or values (float64) in the target's own units."""
        if self.task_type == CLASSIFICATION:
            return np.asarray(self.predict_proba(rows).argmax(axis=1), dtype=np.int64)
        self._needs(REGRESSION)
        return self.preprocessor.invert_target(self._batched(rows, self.estimator.predict))

    def predict_proba(self, rows: pl.DataFrame) -> Floats:
        """(n, classes) probabilities; 0 for classes that the training part did not hold."""
        self._needs(CLASSIFICATION)
        return self._batched(rows, self.estimator.predict_proba)

    def labels(self, rows: pl.DataFrame) -> Indices:
        """(n,) cluster ids from 0; -1 for noise."""
        self._needs(CLUSTERING)
        return self._batched(rows, self.estimator.labels)

    def project(self, rows: pl.DataFrame) -> Floats:
        """(n, components) coordinates; clusterings with a latent space have them too."""
        self._needs(CLUSTERING, DIMENSIONALITY_REDUCTION)
        return self._batched(rows, self.estimator.transform)

    def save(self, folder: Path) -> None:
        """Write the estimator's files, preprocessor.json and model.json."""
        self.estimator.save(folder)
        self.preprocessor.save(folder)
        text = json.dumps(self.card, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
        (folder / CARD_NAME).write_text(text + "\n", encoding="utf-8")

    def _needs(self, *tasks: str) -> None:
        if self.task_type not in tasks:
            raise UnsupportedError(f"This model is for {self.task_type}; what was asked of it is for {tasks[0]}.")

    def _batched(self, rows: pl.DataFrame, method: Callable[[Matrix], NDArray[Any]]) -> NDArray[Any]:
        if rows.height == 0:  # libraries refuse a matrix without rows, but know the answer's width
            blank = pl.DataFrame({name: pl.Series([None], dtype=pl.String) for name in self.preprocessor.columns})
            return method(self.matrix(blank))[:0]
        size = max(1_000, BATCH_CELLS // len(self.preprocessor.features))
        return np.concatenate([method(self.matrix(piece)) for piece in rows.iter_slices(size)])


def load_model(path: Path) -> Model:
    """Load a model folder, a model.tar.gz, or a folder that holds one.

    Raises:
        ArtifactError: something is missing, damaged, not to be trusted, or does not fit together.
    """
    if path.is_dir() and (path / ARCHIVE_NAME).is_file():
        path = path / ARCHIVE_NAME
    if path.is_dir():
        return _load_folder(path)
    if not path.is_file():
        raise ArtifactError(f"There is no model at {path}; train one, or name its model.tar.gz.")
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        return _load_folder(unpack_model(path, Path(folder)))


def _load_folder(folder: Path) -> Model:
    card = read_card(folder)
    try:
        preprocessor = Preprocessor.load(folder)
    except DataError as error:
        raise ArtifactError(f"preprocessor.json of the model is missing or damaged: {error}") from error
    if list(preprocessor.features) != card["features"]:
        raise ArtifactError(
            f"preprocessor.json and {CARD_NAME} name different features; they are of different models. "
            "Train the model again."
        )
    model = Model(preprocessor, load_estimator(folder, card), card)
    _check_answer(model)
    return model


def _check_answer(model: Model) -> None:
    """Ask for one row, so that an estimator of another task, or a damaged one, is found now, not at the first call."""
    asked: dict[str, Callable[[Matrix], NDArray[Any]]] = {
        CLASSIFICATION: model.estimator.predict_proba,
        REGRESSION: model.estimator.predict,
        CLUSTERING: model.estimator.labels,
        DIMENSIONALITY_REDUCTION: model.estimator.transform,
    }
    row = np.zeros((1, len(model.preprocessor.features)), dtype=np.float32)
    try:
        answer = asked[model.task_type](row)
    except (ValueError, TypeError, AttributeError, LookupError, RuntimeError) as error:
        raise ArtifactError(f"The estimator cannot predict ({error}); the model is damaged. Train it again.") from error
    expected = {CLASSIFICATION: (1, len(model.classes or ())), DIMENSIONALITY_REDUCTION: (1, *answer.shape[1:2])}
    if answer.shape != expected.get(model.task_type, (1,)) or 0 in answer.shape:
        raise ArtifactError(
            f"The estimator answers one row with the shape {answer.shape}, which is not what {model.task_type} "
            f"of {CARD_NAME} needs; they are of different models."
        )
