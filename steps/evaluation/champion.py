"""Compares the new model with the one in place, row by row on the same test part.

Used by the evaluation of every task. A champion that cannot be scored (other columns, other classes, damaged) is a
remark with the reason, never a failure of the run.
Cost: the champion predicts the whole test part; its library has to be there, or that is the reason.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.errors import ArtifactError, ConfigError, IssueOpsError
from steps.evaluation.answers import Answers
from steps.evaluation.evaluation import Champion
from steps.evaluation.scoring import advantage, outcome, scored, value_of
from steps.evaluation.setting import Setting
from steps.evaluation.verdict import sentence
from steps.model_artifact import ARCHIVE_NAME, Model, load_model

NONE = "none"
NONE_FILE = "none.json"
REFERENCE_FILE = "champion.json"
UNNAMED = "the model in place"
Ask = Callable[[Model], tuple[Sequence[Answers], Sequence[str]]]
"""A model's answers to the test part, and remarks on how they compare."""


def compare_with_champion(setting: Setting, ours: Sequence[Answers], ask: Ask) -> Champion | None:
    """The comparison; None where there is no champion."""
    folder = setting.champion
    if folder is None or not folder.is_dir() or _stands_for_none(folder):
        return None
    reference = _reference(setting.reference, folder)
    remarks: list[str] = []
    try:
        model = load_model(folder)
        remarks += _remarks(model.card, setting.metadata, reference)
        _check_alike(model, setting)
        theirs, more = ask(model)
        remarks += more
        return _compared(reference, setting, ours, theirs, remarks)
    except (IssueOpsError, ImportError) as error:
        verdict = f"{_capital(reference)} could not be compared: {error}"
        return Champion(reference, {}, None, verdict, tuple(remarks), "unknown")


def _compared(
    reference: str, setting: Setting, ours: Sequence[Answers], theirs: Sequence[Answers], remarks: Sequence[str]
) -> Champion:
    metric = setting.metric
    metrics = {name: item for name, item in scored(theirs, setting.seed).items() if math.isfinite(item.value)}
    difference = advantage(ours, theirs, metric, setting.seed)
    if difference is None:
        verdict = f"{_capital(reference)} could not be compared: {metric} is not defined for it on these rows."
        return Champion(reference, metrics, None, verdict, tuple(remarks), "unknown")
    verdict = sentence(reference, metric, (value_of(ours, metric), value_of(theirs, metric)), difference)
    return Champion(reference, metrics, difference, verdict, tuple(remarks), outcome(difference))


def _stands_for_none(folder: Path) -> bool:
    return not (folder / ARCHIVE_NAME).exists() and ((folder / NONE_FILE).exists() or not any(folder.iterdir()))


def _reference(stated: str, folder: Path) -> str:
    """What the champion is called: as the job says, or champion.json beside it."""
    if stated and stated != NONE:
        return stated
    try:
        content = json.loads((folder / REFERENCE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return UNNAMED
    name = content.get("reference") if isinstance(content, Mapping) else None
    return name[:200] if isinstance(name, str) and name.strip() else UNNAMED


def _check_alike(model: Model, setting: Setting) -> None:
    """ConfigError where the two answer different questions."""
    new, old = setting.model, model
    if old.task_type != new.task_type:
        raise ConfigError(f"it does {old.task_type}, the new model {new.task_type}.")
    if old.card.get("target") != new.card.get("target"):
        raise ConfigError(f"it predicts '{old.card.get('target')}', the new model '{new.card.get('target')}'.")
    if set(old.classes or ()) != set(new.classes or ()):
        only = sorted(set(old.classes or ()) ^ set(new.classes or ()))
        raise ConfigError(f"it knows other classes (only one of the two has {', '.join(map(repr, only[:5]))}).")
    if not old.card.get("features"):
        raise ArtifactError("it names no features.")


def _remarks(card: Mapping[str, Any], metadata: Mapping[str, Any], reference: str) -> list[str]:
    """Whether the champion may have seen these rows."""
    dataset = card.get("dataset")
    dataset = dataset if isinstance(dataset, Mapping) else {}
    other = []
    if dataset.get("fingerprint") != metadata.get("fingerprint"):
        other.append("another state of the data")
    if card.get("seed") != metadata.get("seed"):
        other.append("another seed")
    stated = [name for name in ("split", "rows") if name in dataset]
    if any(dataset[name] != metadata.get(name) for name in stated):
        other.append("another split")
    if not other:
        return []
    return [
        f"{_capital(reference)} was trained on {' and '.join(other)}, so it may have seen some of these test rows in "
        "training; its scores may be better here than on new rows."
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text == UNNAMED else text
