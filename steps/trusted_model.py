"""Saves and loads scikit-learn models without pickle, and refuses what this project does not write.

skops stores a model as JSON and arrays. Two checks stand in front of it: every type in the file must be in a
short explicit list, and tree nodes must point inside their tree (scikit-learn follows them unchecked, so a
forged file could read foreign memory). Cost: an estimator that is new here needs a row in TRUSTED_TYPES.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from contracts.errors import ArtifactError
from steps.archive import MAX_BYTES

MODEL_NAME = "model.skops"
TRUSTED_TYPES = frozenset(
    {
        "builtins.dict",
        "builtins.list",
        "builtins.str",
        "builtins.tuple",
        "numpy.float64",
        "numpy.int64",
        "numpy.ndarray",
        "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.ensemble._forest.RandomForestRegressor",
        "sklearn.linear_model._base.LinearRegression",
        "sklearn.tree._classes.DecisionTreeClassifier",
        "sklearn.tree._classes.DecisionTreeRegressor",
        "sklearn.tree._tree.Tree",
    }
)
_CHECKED_AFTER_LOADING = ["sklearn.tree._tree.Tree"]


def save_estimator(estimator: Any, folder: Path) -> None:
    """Write model.skops."""
    from skops import io

    io.dump(estimator, folder / MODEL_NAME, compression=zipfile.ZIP_DEFLATED, compresslevel=1)


def load_estimator(folder: Path) -> Any:
    """Read model.skops.

    Raises:
        ArtifactError: not a skops file, a type outside TRUSTED_TYPES, or a tree that points outside itself.
    """
    path = folder / MODEL_NAME
    refused = sorted(types_in_file(path) - TRUSTED_TYPES)
    if refused:
        raise ArtifactError(
            f"{MODEL_NAME} holds the type(s) {', '.join(refused)}, which a model of this project never "
            "holds; it was not loaded."
        )
    from skops import io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        estimator = io.load(path, trusted=_CHECKED_AFTER_LOADING)
    except (UntrustedTypesFoundException, TypeError, ValueError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{MODEL_NAME} cannot be loaded: {' '.join(str(error).split())[:300]}") from error
    for tree in _trees(estimator):
        _check_tree(tree, features=int(estimator.n_features_in_))
    return estimator


def types_in_file(path: Path) -> set[str]:
    """Names of all types that loading the file would create; nothing of the file is executed."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_BYTES:
                raise ArtifactError(f"{MODEL_NAME} unpacks to more than {MAX_BYTES // 2**30} GiB; refused.")
            schema = json.loads(archive.read("schema.json"))
    except FileNotFoundError as error:
        raise ArtifactError(f"The model archive holds no {MODEL_NAME}.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise ArtifactError(f"{MODEL_NAME} is not a skops file: {error}.") from error
    return set(_types(schema))


def _types(node: Any) -> Iterator[str]:
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if "__class__" in item or "__module__" in item:
                yield f"{item.get('__module__')}.{item.get('__class__')}"
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _trees(estimator: Any) -> Iterator[Any]:
    for member in getattr(estimator, "estimators_", [estimator]):
        if hasattr(member, "tree_"):
            yield member.tree_


def _check_tree(tree: Any, *, features: int) -> None:
    nodes = int(tree.node_count)
    left, right = np.asarray(tree.children_left), np.asarray(tree.children_right)
    feature = np.asarray(tree.feature)
    numbers = np.arange(nodes)
    inner = left != -1
    sound = (
        int(tree.n_features) == features
        and len(left) == len(right) == len(feature) == nodes
        and bool(np.array_equal(inner, right != -1))
        and bool(((left > numbers) & (left < nodes))[inner].all())  # children come later, so no path has a cycle
        and bool(((right > numbers) & (right < nodes))[inner].all())
        and bool(((feature >= 0) & (feature < features))[inner].all())
    )
    if not sound:
        raise ArtifactError(f"{MODEL_NAME} holds a tree whose nodes point outside it; the file is damaged or forged.")
