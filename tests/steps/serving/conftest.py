"""Small models of every task over two raw columns, saved and loaded as a container would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from steps.estimators.neighbours import build
from steps.estimators.protocol import Estimator
from steps.estimators.sklearn_model import SklearnModel
from steps.model_artifact import Model
from steps.preprocessor import Preprocessor
from steps.recipes.categorical import OneHotColumn
from steps.recipes.numeric import NumericColumn

CITY = OneHotColumn("city", ("Rome", "Oslo"), False, False, ("city=Rome", "city=Oslo"))
SIZE = NumericColumn("size", "plain", ("size",), fill=5.0)
X = np.array([[size, size % 2, 1 - size % 2] for size in range(40)], dtype=np.float32)
Y = (X[:, 0] > 19).astype(np.int64)

ESTIMATORS: dict[str, Callable[[], Estimator]] = {
    "classification": lambda: SklearnModel(RandomForestClassifier(10, random_state=0).fit(X, Y), 2),
    "regression": lambda: SklearnModel(LinearRegression().fit(X.astype(np.float64), 3 * X[:, 0])),
    "clustering": lambda: SklearnModel(KMeans(2, n_init=2, random_state=0).fit(X)),
    "dimensionality_reduction": lambda: SklearnModel(PCA(2).fit(X.astype(np.float64))),
    "noise": lambda: build(X[:20], labels=np.zeros(20, dtype=np.int64), eps=1.5, metric="euclidean"),
}


def make_model(name: str) -> Model:
    """A model of a task; 'noise' is a clustering by stored points."""
    estimator = ESTIMATORS[name]()
    preprocessor = Preprocessor((SIZE, CITY))
    card: dict[str, Any] = {
        "format": 2,
        "estimator": estimator.kind,
        "task_type": "clustering" if name == "noise" else name,
        "classes": ["no, thanks", "yes"] if name == "classification" else None,
        "features": list(preprocessor.features),
        "input_columns": ["city", "size"],  # the data set's order, not the matrix'
    }
    return Model(preprocessor, estimator, card)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], str]:
    """folder(task) -> model_dir of a saved model."""

    def save(name: str) -> str:
        path = tmp_path / name
        path.mkdir()
        make_model(name).save(path)
        return str(path)

    return save
