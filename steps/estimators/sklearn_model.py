"""scikit-learn models behind the protocol: forests, linear models, K-Means, PCA.

Made by train_sklearn, saved as model.skops, loaded wherever the model predicts.
Cost: linear models and PCA compute in Float64, so a batch of rows takes twice its size for a moment.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from steps.estimators.protocol import Floats, Indices, Matrix, UnsupportedError
from steps.estimators.skops_file import read_skops, write_skops

FEW_ROWS = 2_000  # below, starting threads costs more than they save
_TRAINING_ONLY = ("labels_",)  # one number per training row: large, and nobody's business


@dataclass(frozen=True, slots=True)
class SklearnModel:
    """A fitted scikit-learn estimator.

    Attributes:
        estimator: one of those that sklearn_checks knows; class numbers are its classes.
        classes: number of classes of the task, 0 where there are none.
    """

    estimator: Any
    classes: int = 0

    @property
    def kind(self) -> str:
        """The storage format."""
        return "sklearn"

    @property
    def n_features(self) -> int:
        """Columns of the matrix."""
        return int(self.estimator.n_features_in_)

    def save(self, folder: Path) -> None:
        """Write model.skops."""
        for name in _TRAINING_ONLY:
            vars(self.estimator).pop(name, None)
        write_skops(self.estimator, folder)

    def predict_proba(self, x: Matrix) -> Floats:
        """(n, classes) probabilities; 0 for classes that the training part did not hold."""
        self._needs("predict_proba", "class probabilities")
        probabilities = np.zeros((len(x), self.classes), dtype=np.float64)
        known = np.asarray(self.estimator.classes_, dtype=np.int64)
        probabilities[:, known] = self._mean_of_trees("predict_proba", x)
        return probabilities

    def predict(self, x: Matrix) -> Floats:
        """(n,) values."""
        if self.classes or self._is_clustering():
            raise UnsupportedError(f"A {type(self.estimator).__name__} of this task predicts no values.")
        self._needs("predict", "values")
        if self._is_forest():
            return self._mean_of_trees("predict", x)
        return np.asarray(self.estimator.predict(x), dtype=np.float64)

    def labels(self, x: Matrix) -> Indices:
        """(n,) cluster ids: the nearest centre."""
        if not self._is_clustering():
            raise UnsupportedError(f"A {type(self.estimator).__name__} has no clusters.")
        return np.asarray(self.estimator.predict(x), dtype=np.int64)

    def transform(self, x: Matrix) -> Floats:
        """(n, components) coordinates."""
        if self._is_clustering():
            raise UnsupportedError("K-Means has clusters, no coordinates; use labels.")
        self._needs("transform", "coordinates")
        return np.asarray(self.estimator.transform(np.asarray(x, dtype=np.float64)), dtype=np.float64)

    def inverse_transform(self, coordinates: Floats) -> Floats | None:
        """(n, n_features) reconstruction."""
        self._needs("inverse_transform", "coordinates")
        return np.asarray(self.estimator.inverse_transform(coordinates), dtype=np.float64)

    def centres(self) -> Floats | None:
        """(clusters, n_features) centres."""
        return np.asarray(self.estimator.cluster_centers_, dtype=np.float64) if self._is_clustering() else None

    def _is_clustering(self) -> bool:
        return hasattr(self.estimator, "cluster_centers_")

    def _needs(self, method: str, what: str) -> None:
        if not hasattr(self.estimator, method):
            raise UnsupportedError(f"A {type(self.estimator).__name__} has no {what}.")

    def _is_forest(self) -> bool:
        return hasattr(self.estimator, "estimators_")

    def _mean_of_trees(self, method: str, x: Matrix) -> Floats:
        """What scikit-learn's forest answers, with all cores on pieces of the rows. Its own threads add up trees in the
        order in which they finish, so that the last digit differs from call to call."""
        rows = np.ascontiguousarray(x, dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.n_features:
            raise ValueError(f"the matrix has the shape {rows.shape}, expected {self.n_features} columns")
        trees = [getattr(tree, method) for tree in self.estimator.estimators_]

        def mean(piece: Matrix) -> Floats:
            total: Floats = trees[0](piece, check_input=False)
            for tree in trees[1:]:
                total += tree(piece, check_input=False)
            return total / len(trees)

        if len(rows) <= FEW_ROWS:
            return mean(rows)
        workers = os.cpu_count() or 1
        with ThreadPoolExecutor(workers) as pool:
            return np.concatenate(list(pool.map(mean, np.array_split(rows, workers))))


def load(folder: Path, *, classes: int, features: int) -> SklearnModel:
    """Read model.skops and check it.

    Raises:
        ArtifactError: missing, damaged, forged, or of another model than model.json.
    """
    from steps.estimators.sklearn_checks import check_estimator

    estimator = read_skops(folder)
    check_estimator(estimator, classes=classes, features=features)
    if hasattr(estimator, "cluster_centers_"):
        estimator.cluster_centers_ = np.ascontiguousarray(estimator.cluster_centers_, dtype=np.float32)
        estimator._n_threads = os.cpu_count() or 1  # of this machine, not of the training job's
    return SklearnModel(estimator, classes)
