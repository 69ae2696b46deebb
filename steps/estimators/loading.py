"""Finds the module that reads a model's files, by the storage format that model.json names.

Used wherever a model is loaded. A new format is a module beside this one and a row in FORMATS.
Cost: modules are imported by name, so that a model needs only its own library; a missing one is installed.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.errors import ArtifactError
from steps.bundle import beside_bundle
from steps.dependencies import ensure_dependencies
from steps.estimators.protocol import Estimator

FORMATS: Mapping[str, str] = {
    "sklearn": "steps.estimators.sklearn_model",
    "boosted_trees": "steps.estimators.boosted_trees",
    "network": "steps.estimators.network",
    "neighbours": "steps.estimators.neighbours",
}


def load_estimator(folder: Path, card: Mapping[str, Any]) -> Estimator:
    """Load the estimator of a model folder.

    Each module offers ``load(folder, *, classes, features) -> Estimator`` and checks what it reads.

    Raises:
        ArtifactError: unknown format, or files that are missing, damaged or not to be trusted.
    """
    name = card.get("estimator")
    if not isinstance(name, str) or name not in FORMATS:
        raise ArtifactError(f"model.json names the format {name!r}; expected one of {', '.join(FORMATS)}.")
    ensure_dependencies(name, beside_bundle("wheels"))
    module = importlib.import_module(FORMATS[name])
    classes = card.get("classes")
    features = len(card["features"])
    estimator: Estimator = module.load(folder, classes=len(classes) if classes else 0, features=features)
    if estimator.n_features != features:
        raise ArtifactError(
            f"The estimator takes {estimator.n_features} features, model.json names {features}; they differ."
        )
    return estimator
