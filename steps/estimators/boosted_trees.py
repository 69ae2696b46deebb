"""XGBoost's boosted trees as a model: UBJSON on disk, probabilities or values out.

Written by train_xgboost, read wherever the model is used. XGBoost follows whatever its file says, so the file is
checked before XGBoost reads it.
Cost: needs xgboost, and holds the whole ensemble in memory.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from contracts.errors import ArtifactError
from steps.archive import MAX_BYTES
from steps.estimators.protocol import Floats, Indices, Matrix, UnsupportedError
from steps.estimators.tree_structure import check_ensemble
from steps.estimators.ubjson import read_ubjson

MODEL_NAME = "model.ubj"
FACTS_NAME = "boosted_trees.json"


@dataclass(frozen=True, slots=True)
class BoostedTrees:
    """A booster.

    Attributes:
        classes: number of classes of the task; 0 for a regression.
        known: class index of each of the booster's own classes, for a class may be absent from training.
    """

    booster: Any
    n_features: int
    classes: int
    known: tuple[int, ...] = ()
    kind: str = "boosted_trees"

    def save(self, folder: Path) -> None:
        """Write model.ubj and boosted_trees.json."""
        self.booster.save_model(folder / MODEL_NAME)
        (folder / FACTS_NAME).write_text(json.dumps({"known": list(self.known)}) + "\n", encoding="utf-8")

    def predict_proba(self, x: Matrix) -> Floats:
        """(n, classes) probabilities; 0 for classes that the training part did not hold."""
        if not self.classes:
            raise UnsupportedError("This model predicts numbers; it has no class probabilities.")
        found = np.asarray(self.booster.inplace_predict(x), dtype=np.float64)
        if found.ndim == 1:
            found = np.column_stack([1.0 - found, found])
        probabilities = np.zeros((len(x), self.classes))
        probabilities[:, list(self.known)] = found
        return probabilities

    def predict(self, x: Matrix) -> Floats:
        """(n,) values."""
        if self.classes:
            raise UnsupportedError("This model predicts classes; ask it for probabilities.")
        return np.asarray(self.booster.inplace_predict(x), dtype=np.float64)

    def labels(self, x: Matrix) -> Indices:
        """Boosted trees find no clusters."""
        raise UnsupportedError("Boosted trees find no clusters.")

    def transform(self, x: Matrix) -> Floats:
        """Boosted trees have no coordinates."""
        raise UnsupportedError("Boosted trees have no coordinates.")

    def inverse_transform(self, coordinates: Floats) -> Floats | None:
        """None."""
        return None

    def centres(self) -> Floats | None:
        """None."""
        return None


def load(folder: Path, *, classes: int, features: int) -> BoostedTrees:
    """Read a booster.

    Raises:
        ArtifactError: missing, damaged, forged, or made for other features or classes.
    """
    path = folder / MODEL_NAME
    try:
        facts = json.loads((folder / FACTS_NAME).read_text(encoding="utf-8"))
        known = tuple(int(index) for index in facts["known"])
        size = path.stat().st_size
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{MODEL_NAME} or {FACTS_NAME} is missing or damaged: {error}.") from error
    if size > MAX_BYTES:
        raise ArtifactError(f"{MODEL_NAME} is larger than {MAX_BYTES // 2**30} GiB; refused.")
    if len(set(known)) != len(known) or any(index not in range(classes) for index in known):
        raise ArtifactError(f"{FACTS_NAME} names classes that model.json does not have.")
    if bool(classes) != bool(known) or len(known) == 1:
        raise ArtifactError(f"{FACTS_NAME} and model.json differ in their classes.")
    return BoostedTrees(_read(path, features, len(known)), features, classes, known)


def _read(path: Path, features: int, known_classes: int) -> Any:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads once made it 200 times slower
    import xgboost

    content = path.read_bytes()
    try:
        check_ensemble(read_ubjson(content), features=features, known_classes=known_classes)
        booster = xgboost.Booster()
        booster.load_model(bytearray(content))
    except (xgboost.core.XGBoostError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise ArtifactError(
            f"{MODEL_NAME} is damaged, forged or of another model: {reason}. Train the model again."
        ) from error
    return booster
