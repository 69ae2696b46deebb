"""model.json, the card of a model: what it is and how it was made. Read and checked before anything else of a model.

Written by TrainModel, read by load_model, the reports and the history.
Cost: a card of format 1 (before unsupervised tasks) is refused; such a model has to be trained again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.errors import ArtifactError
from contracts.metrics import CLASSIFICATION, TASK_TYPES

CARD_NAME = "model.json"
CARD_FORMAT = 2


def read_card(folder: Path) -> dict[str, Any]:
    """The checked content of model.json.

    Raises:
        ArtifactError: missing, damaged, or of another format.
    """
    path = folder / CARD_NAME
    if not path.is_file():
        raise ArtifactError(f"The model archive holds no {CARD_NAME}; it was not written by TrainModel.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{CARD_NAME} is no JSON: {error}. Train the model again.") from error
    problem = _problem(content) if isinstance(content, dict) else "it must be an object"
    if problem:
        raise ArtifactError(f"{CARD_NAME} cannot be used: {problem}. Train the model again.")
    return dict(content)


def _problem(card: Mapping[str, Any]) -> str:
    """What is wrong, or nothing."""
    if card.get("format") != CARD_FORMAT:
        return f"its format is {card.get('format')!r}, this code reads {CARD_FORMAT}"
    if card.get("task_type") not in TASK_TYPES:
        return f"task_type must be one of {', '.join(TASK_TYPES)}, got {card.get('task_type')!r}"
    for name in ("features", "input_columns"):
        if not _are_names(card.get(name)):
            return f"{name} must be a list of different names"
    classes = card.get("classes")
    if card["task_type"] == CLASSIFICATION and not _are_names(classes):
        return "classes must be a list of different names"
    if card["task_type"] != CLASSIFICATION and classes is not None:
        return f"classes must be null for {card['task_type']}"
    return ""


def _are_names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, str) for item in value)
        and len(set(value)) == len(value)
    )
