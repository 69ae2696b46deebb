"""Step TrainModel: matrices in, a model that serves raw rows out.

read the channels -> validate against the catalogue -> fit with the algorithm's framework -> print metrics ->
write /opt/ml/model, which SageMaker packs as model.tar.gz.
Cost: the training part is held in memory as Float64.
"""

from __future__ import annotations

import argparse
import importlib.resources
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from contracts.algorithms import ALGORITHMS
from contracts.errors import ConfigError
from contracts.hyperparameters import validate_hyperparameters
from steps.bundle import build_bundle
from steps.classification_metrics import auc_roc, confusion_matrix, confusion_metrics
from steps.dependencies import serving_requirements
from steps.model_artifact import Model
from steps.preprocessor import Preprocessor, as_matrix
from steps.regression_metrics import regression_metrics
from steps.runtime import Runtime
from steps.tables import TARGET_COLUMN, read_parts
from steps.training.train_sklearn import fit_sklearn

FRAMEWORKS: Mapping[str, Callable[..., Any]] = {"sklearn": fit_sklearn}
LIBRARIES = ("scikit-learn", "numpy", "polars", "skops")


def main(arguments: Sequence[str], runtime: Runtime) -> None:
    """Run the step on the job's folders."""
    argparse.ArgumentParser(prog="train").parse_args(arguments)
    raw = runtime.hyperparameters()
    metadata = json.loads((runtime.channel("metadata") / "metadata.json").read_text(encoding="utf-8"))
    preprocessor = Preprocessor.load(runtime.channel("preprocessor"))
    algorithm, task_type = _algorithm(raw, metadata)
    hyperparameters = _hyperparameters(raw, algorithm, task_type)
    seed = _seed(raw)

    train = read_parts(runtime.channel("train"))
    x, y = _matrix(train, preprocessor.features), _target(train, task_type)
    fit = FRAMEWORKS[ALGORITHMS[algorithm].framework]
    estimator = fit(x, y, algorithm=algorithm, task_type=task_type, hyperparameters=hyperparameters, seed=seed)
    card = {
        "format": "skops",
        "algorithm": algorithm,
        "task_type": task_type,
        "target": metadata["target"],
        "classes": metadata["classes"],
        "features": list(preprocessor.features),
        "input_columns": [item["name"] for item in metadata["columns"] if item["kind"] != "dropped"],
        "hyperparameters": hyperparameters,
        "seed": seed,
        "dataset": {
            "dataset_id": metadata["dataset_id"],
            "fingerprint": metadata["fingerprint"],
            "rows": metadata["rows"],
        },
        "training_target": _target_statistics(y, metadata["classes"]),
        "training_job_name": os.environ.get("TRAINING_JOB_NAME", ""),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
    }
    model = Model(preprocessor, estimator, card)
    folder = runtime.model_dir()
    model.save(folder)
    _write_code(folder / "code")

    _print_metrics("train", estimator, x, y, metadata["classes"])
    validation = read_parts(runtime.channel("validation"))
    if validation.height:
        x, y = _matrix(validation, preprocessor.features), _target(validation, task_type)
        _print_metrics("validation", estimator, x, y, metadata["classes"])


def _algorithm(raw: Mapping[str, str], metadata: Mapping[str, Any]) -> tuple[str, str]:
    name = raw.get("algorithm", "")
    if name not in ALGORITHMS:
        raise ConfigError(f"Unknown algorithm '{name}'; expected one of {', '.join(ALGORITHMS)}.")
    task_type = str(metadata["task_type"])
    asked = raw.get("task_type", "")
    if asked in ("classification", "regression") and asked != task_type:
        raise ConfigError(f"task_type is {asked}, but the data was prepared for {task_type}; prepare it again.")
    if task_type not in ALGORITHMS[name].task_types:
        fitting = ", ".join(item for item, row in ALGORITHMS.items() if task_type in row.task_types)
        raise ConfigError(
            f"'{name}' does not do {task_type}, which the target '{metadata['target']}' asks for; use {fitting}."
        )
    return name, task_type


def _hyperparameters(raw: Mapping[str, str], algorithm: str, task_type: str) -> dict[str, Any]:
    try:
        values = json.loads(raw.get("hyperparameters") or "{}")
    except json.JSONDecodeError as error:
        raise ConfigError(f"hyperparameters is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ConfigError("hyperparameters must be a JSON object.")
    checked, findings = validate_hyperparameters(ALGORITHMS[algorithm], values, task_type)
    if findings:
        raise ConfigError(" ".join(finding.message for finding in findings))
    return {name: _as_kind(name, value, algorithm) for name, value in checked.items()}


def _as_kind(name: str, value: Any, algorithm: str) -> Any:
    """A fraction of 1 stays a fraction: scikit-learn reads the integer 1 as "one feature" or "one row"."""
    row = ALGORITHMS[algorithm].hyperparameter(name)
    is_fraction = row is not None and row.kind == "number" and isinstance(value, int)
    return float(value) if is_fraction else value


def _seed(raw: Mapping[str, str]) -> int:
    text = raw.get("seed", "0")
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"seed must be an integer, got '{text}'.") from error


def _matrix(part: pl.DataFrame, features: tuple[str, ...]) -> Any:
    return as_matrix(part.select(features))


def _target(part: pl.DataFrame, task_type: str) -> Any:
    values = part.get_column(TARGET_COLUMN).to_numpy()
    return values.astype(np.int64 if task_type == "classification" else np.float64)


def _target_statistics(y: Any, classes: list[str] | None) -> dict[str, Any]:
    """What a model that ignores the features would know; EvaluateModel compares against it."""
    if classes is None:
        return {"mean": float(np.mean(y)), "median": float(np.median(y))}
    return {"class_counts": np.bincount(y, minlength=len(classes)).tolist()}


def _print_metrics(part: str, estimator: Any, x: Any, y: Any, classes: list[str] | None) -> None:
    """Lines that the job's MetricDefinitions pick up."""
    if classes is None:
        values = regression_metrics(y, np.asarray(estimator.predict(x), dtype=np.float64))
        metrics = {name: float(value[0]) for name, value in values.items()}
    else:
        probabilities = np.zeros((len(y), len(classes)))
        known = np.asarray(estimator.classes_, dtype=np.int64)
        probabilities[:, known] = estimator.predict_proba(x)
        confusion = confusion_matrix(y, known[probabilities[:, known].argmax(axis=1)], len(classes))
        metrics = {name: float(value) for name, value in confusion_metrics(confusion).items()}
        metrics["auc_roc"] = float(auc_roc(y, probabilities)[0])
    for name, value in metrics.items():
        if np.isfinite(value):
            print(f"metric {part}_{name}={value:.6g};")


def _write_code(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    build_bundle(folder)
    source = importlib.resources.files("steps.training").joinpath("inference.py").read_text(encoding="utf-8")
    (folder / "inference.py").write_text(source, encoding="utf-8")
    (folder / "requirements.txt").write_text(serving_requirements(), encoding="utf-8")
