"""Checks what a loaded scikit-learn model holds before it is asked for anything.

Called once per load, after the types were found trusted. scikit-learn's compiled code follows tree nodes and centre
arrays unchecked, so a forged or damaged file could read foreign memory; every shape and index is checked here.
Cost: one pass over the model's arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ArtifactError


def check_estimator(estimator: Any, *, classes: int, features: int) -> None:
    """Refuse an estimator whose parts do not fit together.

    Args:
        classes: number of classes that model.json names; 0 for none.
        features: number of features that model.json names.

    Raises:
        ArtifactError: an unknown estimator, or the first part that does not fit.
    """
    name = type(estimator).__name__
    try:
        check = CHECKS[name]
    except KeyError as error:
        raise ArtifactError(
            f"The model is a {name}, which is no estimator of this project; expected {', '.join(CHECKS)}."
        ) from error
    try:
        taken = int(estimator.n_features_in_)
        if taken != features:
            raise ArtifactError(
                f"The {name} takes {taken} features, model.json names {features}; they are of two models."
            )
        check(estimator, classes, features)
    except (AttributeError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise ArtifactError(f"The {name} is damaged or forged ({error}); train the model again.") from error


def _classifier(forest: Any, classes: int, features: int) -> None:
    known = np.asarray(forest.classes_)
    if known.dtype.kind not in "iu" or known.ndim != 1 or not len(known) or (np.diff(known) <= 0).any():
        raise ValueError("classes_ are not ascending class numbers")
    if known[0] < 0 or known[-1] >= classes:
        raise ArtifactError(f"The forest knows the class number {known[-1]}, model.json names {classes} classes.")
    if int(forest.n_classes_) != len(known):
        raise ValueError("n_classes_ is not the number of classes_")
    for tree in _trees(forest, "DecisionTreeClassifier"):
        _check_tree(tree, features=features, values=len(known))
    for member in forest.estimators_:
        if int(member.n_classes_) != len(known):
            raise ValueError("a tree has other classes than its forest")


def _regressor(forest: Any, classes: int, features: int) -> None:
    _no_classes(classes)
    for tree in _trees(forest, "DecisionTreeRegressor"):
        _check_tree(tree, features=features, values=1)


def _linear(model: Any, classes: int, features: int) -> None:
    _no_classes(classes)
    _floats(model.coef_, (features,), "coef_")
    _floats(model.intercept_, (), "intercept_")


def _kmeans(model: Any, classes: int, features: int) -> None:
    _no_classes(classes)
    clusters = len(model.cluster_centers_)
    _floats(model.cluster_centers_, (clusters, features), "cluster_centers_")
    if not clusters or int(model.n_clusters) != clusters:
        raise ValueError("n_clusters is not the number of cluster_centers_")


def _pca(model: Any, classes: int, features: int) -> None:
    _no_classes(classes)
    components = len(model.components_)
    if not 0 < components <= features or int(model.n_components_) != components or not isinstance(model.whiten, bool):
        raise ValueError("n_components_ or whiten does not fit components_")
    _floats(model.components_, (components, features), "components_")
    _floats(model.mean_, (features,), "mean_")
    for name in ("explained_variance_", "explained_variance_ratio_"):
        _floats(getattr(model, name), (components,), name)


CHECKS: Mapping[str, Callable[[Any, int, int], None]] = {
    "RandomForestClassifier": _classifier,
    "RandomForestRegressor": _regressor,
    "LinearRegression": _linear,
    "Ridge": _linear,
    "Lasso": _linear,
    "ElasticNet": _linear,
    "KMeans": _kmeans,
    "MiniBatchKMeans": _kmeans,
    "PCA": _pca,
}


def _no_classes(classes: int) -> None:
    if classes:
        raise ArtifactError(f"model.json names {classes} classes, but the estimator is no classifier.")


def _floats(values: Any, shape: tuple[int, ...], name: str) -> None:
    array: NDArray[Any] = np.asarray(values)
    if array.dtype not in (np.float32, np.float64) or array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"{name} is not {' x '.join(map(str, shape)) or 'one'} finite number(s)")


def _trees(forest: Any, kind: str) -> list[Any]:
    members = forest.estimators_
    if not isinstance(members, list) or not members or any(type(item).__name__ != kind for item in members):
        raise ValueError(f"estimators_ is not a list of {kind}")
    if int(forest.n_outputs_) != 1 or any(int(item.n_outputs_) != 1 for item in members):
        raise ValueError("a tree has several outputs")
    if any(int(item.n_features_in_) != int(forest.n_features_in_) for item in members):
        raise ValueError("a tree takes other features than its forest")
    return [member.tree_ for member in members]


def _check_tree(tree: Any, *, features: int, values: int) -> None:
    nodes = int(tree.node_count)
    left, right = np.asarray(tree.children_left), np.asarray(tree.children_right)
    feature = np.asarray(tree.feature)
    numbers = np.arange(nodes)
    inner = left != -1
    sound = (
        nodes > 0
        and int(tree.n_features) == features
        and len(left) == len(right) == len(feature) == nodes
        and np.asarray(tree.value).shape == (nodes, 1, values)
        and bool(np.isfinite(tree.value).all())
        and bool(np.array_equal(inner, right != -1))
        and bool(((left > numbers) & (left < nodes))[inner].all())  # children come later, so no path has a cycle
        and bool(((right > numbers) & (right < nodes))[inner].all())
        and bool(((feature >= 0) & (feature < features))[inner].all())
    )
    if not sound:
        raise ValueError("a tree's nodes point outside it")
