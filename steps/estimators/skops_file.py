"""Reads and writes model.skops without pickle, and refuses types that this project does not write.

skops stores a model as JSON and arrays. Before anything is created from the file, every type in it must stand in
a short explicit list, and every node must be of a plain kind. What the arrays hold is checked by sklearn_checks.
Cost: an estimator that is new here needs a row in TRUSTED_TYPES.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts.errors import ArtifactError
from steps.archive import MAX_BYTES

MODEL_NAME = "model.skops"
TRUSTED_TYPES = frozenset(
    {
        "builtins.dict",
        "builtins.list",
        "builtins.str",
        "builtins.tuple",
        "numpy.float32",
        "numpy.float64",
        "numpy.int64",
        "numpy.ndarray",
        "sklearn.cluster._kmeans.KMeans",
        "sklearn.cluster._kmeans.MiniBatchKMeans",
        "sklearn.decomposition._pca.PCA",
        "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.ensemble._forest.RandomForestRegressor",
        "sklearn.linear_model._base.LinearRegression",
        "sklearn.linear_model._coordinate_descent.ElasticNet",
        "sklearn.linear_model._coordinate_descent.Lasso",
        "sklearn.linear_model._ridge.Ridge",
        "sklearn.tree._classes.DecisionTreeClassifier",
        "sklearn.tree._classes.DecisionTreeRegressor",
        "sklearn.tree._tree.Tree",
    }
)
TRUSTED_NODES = frozenset(
    {"DictNode", "JsonNode", "ListNode", "NdArrayNode", "ObjectNode", "TreeNode", "TupleNode", "TypeNode"}
)
_TRUSTED_ESTIMATORS = sorted(name for name in TRUSTED_TYPES if name.startswith("sklearn."))


def write_skops(estimator: Any, folder: Path) -> None:
    """Write model.skops; not compressed, because model.tar.gz is."""
    _skops().dump(estimator, folder / MODEL_NAME, compression=zipfile.ZIP_STORED)


def read_skops(folder: Path) -> Any:
    """Read model.skops.

    Raises:
        ArtifactError: not a skops file, or a type or node outside the lists above.
    """
    path = folder / MODEL_NAME
    refused = _foreign(_schema(path))
    if refused:
        raise ArtifactError(
            f"{MODEL_NAME} holds {', '.join(refused[:5])}, which a model of this project never holds; "
            "it was not loaded."
        )
    io = _skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    broken = (
        UntrustedTypesFoundException, TypeError, ValueError, LookupError, AttributeError, RuntimeError, OSError,
        zipfile.BadZipFile,
    )  # fmt: skip
    try:
        return io.load(path, trusted=_TRUSTED_ESTIMATORS)
    except broken as error:
        raise ArtifactError(
            f"{MODEL_NAME} cannot be loaded ({' '.join(str(error).split())[:300]}); train the model again."
        ) from error


def _skops() -> Any:
    """skops.io, imported without its census of scikit-learn.

    To trust all of scikit-learn by default, skops imports all of it, and PyTorch where it is installed: three seconds
    for a list that this module does not want, having a short one of its own.
    """
    if "skops.io" in sys.modules:
        return sys.modules["skops.io"]
    import sklearn.utils

    census = sklearn.utils.all_estimators
    sklearn.utils.all_estimators = lambda *_, **__: []
    try:
        from skops import io
    finally:
        sklearn.utils.all_estimators = census
    return io


def _schema(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_BYTES:
                raise ArtifactError(f"{MODEL_NAME} unpacks to more than {MAX_BYTES // 2**30} GiB; refused.")
            return json.loads(archive.read("schema.json"))
    except FileNotFoundError as error:
        raise ArtifactError(f"The model archive holds no {MODEL_NAME}; train the model again.") from error
    except (zipfile.BadZipFile, LookupError, ValueError, RecursionError, OSError) as error:
        raise ArtifactError(f"{MODEL_NAME} is not a skops file: {error}.") from error


def _foreign(schema: Any) -> list[str]:
    """Types and nodes that no model of this project has; nothing of the file is executed to find them."""
    refused = {f"the type {name}" for name, _ in _nodes(schema) if name not in TRUSTED_TYPES}
    refused |= {f"a {node}" for _, node in _nodes(schema) if node not in TRUSTED_NODES}
    return sorted(refused, key=lambda text: (not text.startswith("the type"), text))


def _nodes(schema: Any) -> Iterator[tuple[str, str]]:
    stack = [schema]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if "__class__" in item or "__module__" in item or "__loader__" in item:
                yield f"{item.get('__module__')}.{item.get('__class__')}", str(item.get("__loader__"))
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
