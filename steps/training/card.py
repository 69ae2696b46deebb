"""What TrainModel writes beside the estimator: the card (model.json) and the code that serves the model.

Used by train; read back by steps.model_card. Everything in the card is plain JSON; numbers that are not finite,
such as the loss of a training that diverged, become null.
Cost: the bundle's code travels inside every model (0.3 MB).
"""

from __future__ import annotations

import importlib.resources
import math
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from steps.bundle import build_bundle
from steps.dependencies import serving_requirements
from steps.model_card import CARD_FORMAT
from steps.preprocessor import Preprocessor
from steps.training.fitting import FitRequest, Fitted

LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "sklearn": ("scikit-learn", "skops"),
    "neighbours": ("scikit-learn",),
    "boosted_trees": ("xgboost", "xgboost-cpu"),
    "network": ("torch", "safetensors"),
}


def model_card(
    request: FitRequest,
    fitted: Fitted,
    metadata: Mapping[str, Any],
    preprocessor: Preprocessor,
    *,
    seconds: float,
    curve: list[dict[str, float]],
    cross_validation: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The content of model.json."""
    facts = {**fitted.facts, "learning_curve": curve} if curve else dict(fitted.facts)
    card = {
        "format": CARD_FORMAT,
        "estimator": fitted.estimator.kind,
        "algorithm": request.algorithm,
        "task_type": request.data.task_type,
        "target": metadata["target"],
        "classes": metadata["classes"],
        "features": list(preprocessor.features),
        "input_columns": _input_columns(metadata, preprocessor),
        "hyperparameters": dict(request.hyperparameters),
        "facts": facts,
        "history": [dict(row) for row in fitted.history],
        "cross_validation": cross_validation,
        "seed": request.seed,
        "dataset": {name: metadata[name] for name in ("dataset_id", "fingerprint", "rows", "split")},
        "training_target": metadata["training_target"],
        "training_seconds": round(seconds, 3),
        "training_job_name": os.environ.get("TRAINING_JOB_NAME", ""),
        "versions": _versions(fitted.estimator.kind),
    }
    plain: dict[str, Any] = _plain(card)
    return plain


def write_code(folder: Path, kind: str) -> None:
    """Write the bundle, inference.py and requirements.txt, with which the model serves itself."""
    folder.mkdir(parents=True, exist_ok=True)
    build_bundle(folder)
    source = importlib.resources.files("steps.training").joinpath("inference.py").read_text(encoding="utf-8")
    (folder / "inference.py").write_text(source, encoding="utf-8")
    (folder / "requirements.txt").write_text(serving_requirements(kind), encoding="utf-8")


def _input_columns(metadata: Mapping[str, Any], preprocessor: Preprocessor) -> list[str]:
    """Columns of a raw row in the order of the data set; a request without a header is read in it."""
    used = set(preprocessor.columns)
    return [item["name"] for item in metadata["columns"] if item["name"] in used]


def _versions(kind: str) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("numpy", "polars", *LIBRARIES[kind]):
        try:
            found[name.removesuffix("-cpu")] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
