"""A trained model as raw rows see it: preprocessor, estimator and class names together.

Written by TrainModel (as the content of model.tar.gz), loaded by EvaluateModel and by the endpoint.
Cost: loading imports scikit-learn (about a second).
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.errors import ArtifactError, DataError
from steps.archive import unpack_model
from steps.preprocessor import Preprocessor
from steps.trusted_model import load_estimator, save_estimator

CARD_NAME = "model.json"
ARCHIVE_NAME = "model.tar.gz"


@dataclass(frozen=True, slots=True)
class Model:
    """Predicts raw rows. ``card`` is model.json: what the model is and how it was made."""

    preprocessor: Preprocessor
    estimator: Any
    card: dict[str, Any]

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names by index; None for a regression."""
        classes = self.card["classes"]
        return None if classes is None else tuple(classes)

    def predict(self, rows: pl.DataFrame) -> NDArray[Any]:
        """(n,) class names for a classification, values for a regression."""
        if self.classes is None:
            return self.predict_values(rows)
        names: NDArray[Any] = np.asarray(self.classes, dtype=object)
        chosen: NDArray[Any] = names[self.predict_values(rows)]
        return chosen

    def predict_values(self, rows: pl.DataFrame) -> NDArray[Any]:
        """(n,) class indices (int64) or values (float64)."""
        predicted = np.asarray(self.estimator.predict(self.preprocessor.matrix(rows)))
        return predicted.astype(np.float64 if self.classes is None else np.int64)

    def predict_proba(self, rows: pl.DataFrame) -> NDArray[np.float64]:
        """(n, classes) probabilities; 0 for classes that the training part did not hold."""
        if self.classes is None:
            raise DataError("A regression model has no class probabilities.")
        known = np.asarray(self.estimator.classes_, dtype=np.int64)
        probabilities = np.zeros((rows.height, len(self.classes)), dtype=np.float64)
        probabilities[:, known] = self.estimator.predict_proba(self.preprocessor.matrix(rows))
        return probabilities

    def save(self, folder: Path) -> None:
        """Write model.skops, preprocessor.json and model.json."""
        save_estimator(self.estimator, folder)
        self.preprocessor.save(folder)
        text = json.dumps(self.card, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
        (folder / CARD_NAME).write_text(text + "\n", encoding="utf-8")


def load_model(path: Path) -> Model:
    """Load a model folder, a model.tar.gz, or a folder that holds one.

    Raises:
        ArtifactError: something is missing, damaged or not to be trusted.
    """
    if path.is_dir() and (path / ARCHIVE_NAME).is_file():
        path = path / ARCHIVE_NAME
    if path.is_dir():
        return _load_folder(path)
    if not path.is_file():
        raise ArtifactError(f"There is no model at {path}.")
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        return _load_folder(unpack_model(path, Path(folder)))


def _load_folder(folder: Path) -> Model:
    card = folder / CARD_NAME
    if not card.is_file():
        raise ArtifactError(f"The model archive holds no {CARD_NAME}; it was not written by TrainModel.")
    try:
        content = json.loads(card.read_text(encoding="utf-8"))
        preprocessor = Preprocessor.load(folder)
        same = list(preprocessor.features) == content["features"]
    except (DataError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{CARD_NAME} or preprocessor.json is damaged: {error}") from error
    if not same:
        raise ArtifactError("preprocessor.json and model.json name different features; they are of different models.")
    model = Model(preprocessor, load_estimator(folder), content)
    _check_shape(model)
    return model


def _check_shape(model: Model) -> None:
    features = int(getattr(model.estimator, "n_features_in_", -1))
    known = [] if model.classes is None else [int(index) for index in model.estimator.classes_]
    if features != len(model.preprocessor.features) or any(
        index not in range(len(model.classes or ())) for index in known
    ):
        raise ArtifactError(f"The estimator and {CARD_NAME} differ in their features or classes.")
