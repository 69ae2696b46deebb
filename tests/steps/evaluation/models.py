"""Small real models on small tables, as TrainModel would pack them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from steps.estimators.sklearn_model import SklearnModel
from steps.evaluation.held_out import HeldOut
from steps.evaluation.setting import Setting
from steps.model_artifact import Model
from steps.preprocessor import Preprocessor
from steps.recipes.numeric import NumericColumn

from ..conftest import pack

ROWS = {"total": 400, "train": 240, "validation": 40, "test": 120, "dropped_missing_target": 0}
SPLIT = {"kind": "random", "test_size": 0.3, "validation_size": 0.1}


def table(rows: int = 120, seed: int = 0) -> pl.DataFrame:
    """Two numbers that tell the classes apart, one of noise, and a place where the second class is hard to tell."""
    generator = np.random.default_rng(seed)
    kind = generator.integers(0, 2, rows)
    place = generator.choice(["north", "south"], rows)
    shift = np.where(place == "south", 0.1, 2.5) * (kind * 2 - 1)
    return pl.DataFrame(
        {
            "a": generator.normal(size=rows) + shift,
            "b": generator.normal(size=rows) * 0.5 + kind,
            "noise": generator.normal(size=rows),
            "place": place,
            "kind": kind.astype(np.int32),
        }
    )


def numbers(*names: str) -> Preprocessor:
    """Columns passed on as they are."""
    return Preprocessor(tuple(NumericColumn(name, "plain", (name,), 0.0) for name in names))


def metadata(task_type: str, **changes: Any) -> dict[str, Any]:
    """What PrepareData would say of ``table``."""
    classes = ["no", "yes"] if task_type == "classification" else None
    supervised = task_type in ("classification", "regression")
    columns = [{"name": name, "kind": "numeric", "levels": None} for name in ("a", "b", "noise")]
    columns.append({"name": "place", "kind": "dropped", "levels": 2})
    return {
        "dataset_id": "made-up",
        "fingerprint": "abc",
        "learning_type": "supervised" if supervised else "unsupervised",
        "task_type": task_type,
        "target": "kind" if supervised else None,
        "classes": classes,
        "reference": None,
        "rows": ROWS,
        "columns": columns,
        "features": ["a", "b", "noise"],
        "training_target": {"class_counts": [130, 110]} if classes else {"mean": 0.5, "median": 0.0},
        "seed": 3,
        "split": SPLIT,
        "findings": [],
    } | changes


def card(task_type: str, features: Sequence[str], **changes: Any) -> dict[str, Any]:
    """model.json of a model of ``table``."""
    stated = metadata(task_type)
    return {
        "format": 2,
        "estimator": "sklearn",
        "algorithm": "random_forest",
        "task_type": task_type,
        "target": stated["target"],
        "classes": stated["classes"],
        "features": list(features),
        "input_columns": list(features),
        "hyperparameters": {},
        "facts": {},
        "history": [],
        "cross_validation": None,
        "seed": 3,
        "dataset": {"dataset_id": "made-up", "fingerprint": "abc", "rows": ROWS},
        "versions": {},
    } | changes


def forest(*features: str, rows: pl.DataFrame | None = None, **changes: Any) -> Model:
    """A small forest that tells the classes of ``table``."""
    rows = table(240, seed=9) if rows is None else rows
    target = rows["kind"].to_numpy()
    estimator = RandomForestClassifier(n_estimators=20, min_samples_leaf=5, random_state=0)
    return _model("classification", features, rows, estimator, target, changes)


def line(*features: str, rows: pl.DataFrame | None = None, **changes: Any) -> Model:
    """A line through the class numbers of ``table``."""
    rows = table(240, seed=9) if rows is None else rows
    return _model("regression", features, rows, LinearRegression(), rows["kind"].to_numpy() * 1.0, changes)


def means(*features: str, clusters: int = 2, **changes: Any) -> Model:
    """K-Means on ``table``."""
    estimator = KMeans(clusters, n_init=2, random_state=0)
    return _model("clustering", features, table(240, seed=9), estimator, None, changes)


def components(*features: str, count: int = 2, **changes: Any) -> Model:
    """Principal components of ``table``."""
    return _model("dimensionality_reduction", features, table(240, seed=9), PCA(count), None, changes)


def _model(
    task: str, features: Sequence[str], rows: pl.DataFrame, unfitted: BaseEstimator, labels: Any, changes: Any
) -> Model:
    preprocessor = numbers(*features)
    fitted = unfitted.fit(preprocessor.matrix(rows), labels)
    return Model(
        preprocessor, SklearnModel(fitted, 2 if task == "classification" else 0), card(task, features, **changes)
    )


def held_out(folder: Path, rows: pl.DataFrame, *, target: str | None = "kind", pieces: int = 2) -> HeldOut:
    """A test part in several pieces."""
    folder.mkdir(exist_ok=True)
    frame = rows if target is None else rows.rename({target: "__target__"})
    size = -(-frame.height // pieces)
    for index, piece in enumerate(frame.iter_slices(size)):
        piece.write_parquet(folder / f"part-{index:05d}.parquet")
    return HeldOut.open(folder)


def packed(model: Model, folder: Path) -> Path:
    """A folder that holds the model as model.tar.gz."""
    source = folder / "source"
    source.mkdir(parents=True)
    model.save(source)
    target = folder / "packed"
    target.mkdir()
    pack(source, target / "model.tar.gz")
    return target


def setting(model: Model, rows: HeldOut, metric: str, champion: Path | None = None, **changes: Any) -> Setting:
    """An evaluation of a model of ``table``."""
    return Setting(
        model, rows, metadata(model.task_type, **changes), metric, champion, "standing@1" if champion else ""
    )


def written(text: str) -> Mapping[str, Any]:
    """A JSON document without NaN."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is no JSON")

    content: Mapping[str, Any] = json.loads(text, parse_constant=refuse)
    return content
