"""A scikit-learn model answers the same before and after it was stored, and knows what it cannot answer."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

from steps.estimators.protocol import UnsupportedError
from steps.estimators.sklearn_model import SklearnModel, load

POINTS, GROUPS = make_blobs(300, n_features=4, centers=3, random_state=1)
X = np.ascontiguousarray(POINTS, dtype=np.float32)
VALUES = X[:, 0] * 2 - X[:, 3] + 1


def stored(model: SklearnModel, folder: Path) -> SklearnModel:
    model.save(folder)
    return load(folder, classes=model.classes, features=model.n_features)


def test_forest_gives_the_same_probabilities_after_loading(tmp_path: Path) -> None:
    model = SklearnModel(RandomForestClassifier(20, random_state=0).fit(X, GROUPS), 3)
    expected = model.predict_proba(X)
    assert np.array_equal(stored(model, tmp_path).predict_proba(X), expected)
    assert expected.shape == (300, 3)
    assert np.allclose(expected.sum(axis=1), 1.0)


def test_class_that_training_did_not_hold_gets_probability_zero(tmp_path: Path) -> None:
    model = SklearnModel(RandomForestClassifier(5, random_state=0).fit(X, np.where(GROUPS == 1, 3, GROUPS)), 5)
    probabilities = stored(model, tmp_path).predict_proba(X)
    assert probabilities.shape == (300, 5)
    assert not probabilities[:, [1, 4]].any()


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestRegressor(10, random_state=0),
        LinearRegression(),
        LinearRegression(positive=True),
        Ridge(),
        Lasso(0.1),
        ElasticNet(0.1),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_regression_gives_the_same_values_after_loading(estimator: Any, tmp_path: Path) -> None:
    model = SklearnModel(estimator.fit(X.astype(np.float64), VALUES))
    expected = model.predict(X)
    assert expected.dtype == np.float64
    assert np.array_equal(stored(model, tmp_path).predict(X), expected)


@pytest.mark.parametrize("kind", [KMeans, MiniBatchKMeans])
def test_clusters_are_the_same_after_loading_and_no_training_row_is_stored(kind: Any, tmp_path: Path) -> None:
    model = SklearnModel(kind(3, n_init=3, random_state=0).fit(X))
    expected = model.labels(X)
    loaded = stored(model, tmp_path)
    assert np.array_equal(loaded.labels(X), expected)
    centres = loaded.centres()
    assert centres is not None
    assert centres.shape == (3, 4)
    with zipfile.ZipFile(tmp_path / "model.skops") as archive:
        assert "labels_" not in archive.read("schema.json").decode()


@pytest.mark.parametrize("whiten", [False, True])
def test_projection_and_its_inverse_are_the_same_after_loading(whiten: bool, tmp_path: Path) -> None:
    model = SklearnModel(PCA(2, whiten=whiten, random_state=0).fit(X.astype(np.float64)))
    loaded = stored(model, tmp_path)
    coordinates = loaded.transform(X)
    assert np.array_equal(coordinates, model.transform(X))
    back = loaded.inverse_transform(coordinates)
    assert back is not None
    assert back.shape == X.shape


def test_model_says_what_it_cannot_answer() -> None:
    clusters = SklearnModel(KMeans(2, n_init=1, random_state=0).fit(X))
    forest = SklearnModel(RandomForestClassifier(2, random_state=0).fit(X, GROUPS), 3)
    linear = SklearnModel(LinearRegression().fit(X, VALUES))
    for call in (
        lambda: clusters.predict_proba(X),
        lambda: clusters.predict(X),
        lambda: clusters.transform(X),
        lambda: forest.predict(X),
        lambda: forest.labels(X),
        lambda: forest.transform(X),
        lambda: linear.predict_proba(X),
        lambda: linear.inverse_transform(np.zeros((1, 1))),
    ):
        with pytest.raises(UnsupportedError):
            call()
    assert linear.centres() is None


def test_file_names_trusted_types_only(tmp_path: Path) -> None:
    from steps.estimators.skops_file import TRUSTED_TYPES

    SklearnModel(RandomForestClassifier(2, random_state=0).fit(X, GROUPS), 3).save(tmp_path)
    with zipfile.ZipFile(tmp_path / "model.skops") as archive:
        schema = json.loads(archive.read("schema.json"))
    assert f"{schema['__module__']}.{schema['__class__']}" in TRUSTED_TYPES


def test_forest_gives_the_same_digits_at_every_call_and_for_every_part_of_the_rows() -> None:
    model = SklearnModel(RandomForestClassifier(60, random_state=0, n_jobs=-1).fit(X, GROUPS), 3)
    rows = np.tile(X, (20, 1))
    whole = model.predict_proba(rows)
    assert np.array_equal(model.predict_proba(rows), whole)
    assert np.array_equal(model.predict_proba(X), whole[: len(X)])
