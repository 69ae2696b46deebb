"""A stored model that was damaged, forged, or is of something else, is refused before it predicts."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from contracts.errors import ArtifactError
from steps.estimators.sklearn_model import load
from steps.estimators.skops_file import write_skops

X = np.random.default_rng(0).normal(size=(80, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


def forest() -> Any:
    return RandomForestClassifier(3, random_state=0).fit(X, Y)


def kmeans() -> Any:
    return KMeans(3, n_init=1, random_state=0).fit(X)


def pca() -> Any:
    return PCA(2).fit(X)


def linear() -> Any:
    return LinearRegression().fit(X, X[:, 0])


def set_to(**values: Any) -> Callable[[Any], None]:
    def change(estimator: Any) -> None:
        for name, value in values.items():
            setattr(estimator, name, value)

    return change


def child_outside(estimator: Any) -> None:
    estimator.estimators_[1].tree_.children_left[0] = 10_000


def child_before(estimator: Any) -> None:
    estimator.estimators_[1].tree_.children_right[0] = 0


def feature_outside(estimator: Any) -> None:
    estimator.estimators_[0].tree_.feature[0] = 3


def value_not_finite(estimator: Any) -> None:
    estimator.estimators_[0].tree_.value[0] = np.nan


def foreign_member(estimator: Any) -> None:
    estimator.estimators_[2] = LinearRegression().fit(X, Y)


def tree_of_another_forest(estimator: Any) -> None:
    estimator.estimators_[0] = DecisionTreeClassifier().fit(X[:, :2], Y)


def tree_with_more_classes(estimator: Any) -> None:
    estimator.estimators_[0] = DecisionTreeClassifier().fit(X, np.arange(80) % 3)


FORGED: list[tuple[Callable[[], Any], Callable[[Any], None], int]] = [
    (forest, child_outside, 2),
    (forest, child_before, 2),
    (forest, feature_outside, 2),
    (forest, value_not_finite, 2),
    (forest, foreign_member, 2),
    (forest, tree_of_another_forest, 2),
    (forest, tree_with_more_classes, 2),
    (forest, set_to(classes_=np.array([0, 7])), 2),
    (forest, set_to(classes_=np.array([1, 0])), 2),
    (forest, set_to(classes_=np.array([0.0, 1.0])), 2),
    (forest, set_to(n_classes_=5), 2),
    (forest, set_to(estimators_=[]), 2),
    (forest, set_to(estimators_="none"), 2),
    (forest, set_to(n_outputs_=2), 2),
    (forest, set_to(n_features_in_=9), 2),
    (forest, set_to(n_features_in_="many"), 2),
    (kmeans, set_to(cluster_centers_=np.zeros((3, 2), dtype=np.float32)), 0),
    (kmeans, set_to(cluster_centers_=np.full((3, 3), np.nan, dtype=np.float32)), 0),
    (kmeans, set_to(cluster_centers_=np.zeros((0, 3), dtype=np.float32)), 0),
    (kmeans, set_to(cluster_centers_=np.zeros((3, 3), dtype=np.int64)), 0),
    (kmeans, set_to(n_clusters=8), 0),
    (pca, set_to(components_=np.zeros((2, 5))), 0),
    (pca, set_to(mean_=np.zeros(5)), 0),
    (pca, set_to(n_components_=3), 0),
    (pca, set_to(explained_variance_=np.array([np.inf, 1.0])), 0),
    (pca, set_to(whiten="yes"), 0),
    (linear, set_to(coef_=np.zeros(5)), 0),
    (linear, set_to(coef_=np.zeros((2, 3))), 0),
    (linear, set_to(intercept_=np.zeros(2)), 0),
    (linear, set_to(coef_=np.array([1.0, np.nan, 0.0])), 0),
    (linear, set_to(coef_="none"), 0),
]


@pytest.mark.parametrize(("make", "forge", "classes"), FORGED)
def test_forged_estimator_is_refused(
    make: Callable[[], Any], forge: Callable[[Any], None], classes: int, tmp_path: Path
) -> None:
    estimator = make()
    write_skops(estimator, tmp_path)
    load(tmp_path, classes=classes, features=3)
    forge(estimator)
    write_skops(estimator, tmp_path)
    with pytest.raises(ArtifactError):
        load(tmp_path, classes=classes, features=3)


@pytest.mark.parametrize("make", [kmeans, pca, linear, lambda: RandomForestRegressor(2, random_state=0).fit(X, Y)])
def test_estimator_without_classes_is_refused_where_the_card_names_some(
    make: Callable[[], Any], tmp_path: Path
) -> None:
    write_skops(make(), tmp_path)
    with pytest.raises(ArtifactError, match="names 2 classes"):
        load(tmp_path, classes=2, features=3)


def test_estimator_with_other_features_than_the_card_is_refused(tmp_path: Path) -> None:
    write_skops(forest(), tmp_path)
    with pytest.raises(ArtifactError, match=r"takes 3 features, model\.json names 4"):
        load(tmp_path, classes=2, features=4)


def test_foreign_type_is_refused_by_name(tmp_path: Path) -> None:
    write_skops(make_pipeline(FunctionTransformer(np.log1p)), tmp_path)
    with pytest.raises(ArtifactError, match=r"sklearn\.pipeline\.Pipeline.*was not loaded"):
        load(tmp_path, classes=0, features=3)


def test_lone_tree_is_refused_although_its_type_is_trusted(tmp_path: Path) -> None:
    write_skops(DecisionTreeClassifier().fit(X, Y), tmp_path)
    with pytest.raises(ArtifactError, match="no estimator of this project"):
        load(tmp_path, classes=2, features=3)


@pytest.mark.parametrize(
    ("node", "named"),
    [
        ({"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}, r"os\.system"),
        ({"__class__": "dict", "__module__": "builtins", "__loader__": "FunctionNode"}, "FunctionNode"),
        ({"__class__": "dict", "__module__": "builtins", "__loader__": "ReduceNode"}, "ReduceNode"),
        ({"__loader__": "DictNode"}, "None"),
    ],
)
def test_node_that_could_run_code_is_refused_before_anything_is_loaded(
    node: dict[str, Any], named: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("schema.json", json.dumps(node | {"content": {}}))
    with pytest.raises(ArtifactError, match=named):
        load(tmp_path, classes=0, features=3)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x05\x06" + bytes(18)])
def test_file_that_is_no_skops_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(content)
    with pytest.raises(ArtifactError, match="not a skops file"):
        load(tmp_path, classes=0, features=3)


def test_missing_array_is_refused(tmp_path: Path) -> None:
    write_skops(linear(), tmp_path)
    path = tmp_path / "model.skops"
    with zipfile.ZipFile(path) as archive:
        schema = archive.read("schema.json")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", schema)
    with pytest.raises(ArtifactError, match="cannot be loaded"):
        load(tmp_path, classes=0, features=3)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"holds no model\.skops"):
        load(tmp_path, classes=0, features=3)
