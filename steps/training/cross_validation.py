"""Fits the same request once per fold and says how the scores spread.

Used by train where PrepareData wrote folds. The folds' models are thrown away; the shipped model is the one fitted on
the whole training part.
Cost: as many trainings as folds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from contracts.errors import DataError
from steps.training.data import Part, TrainingData
from steps.training.fitting import FitRequest, Fitted
from steps.training.scoring import Scorer

FOLDS_NAME = "folds.json"


def count_folds(folder: Path) -> int:
    """How many folds PrepareData wrote; 0 for none."""
    path = folder / FOLDS_NAME
    if not path.is_file():
        return 0
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["folds"])
    except (ValueError, LookupError, TypeError) as error:
        raise DataError(f'{path} must hold {{"folds": number}}: {error}. Prepare the data again.') from error


def cross_validate(
    request: FitRequest, folder: Path, *, fit: Callable[[FitRequest], Fitted], scorer: Scorer, limit: int
) -> dict[str, dict[str, Any]]:
    """Metric to mean, std (of one fold's score) and values, in fold order; metrics that a fold lacks are left out.

    Args:
        folder: the channel with folds.json and a folder per fold.
        limit: rows of a fold's validation part that are scored, at most.
    """
    folds = count_folds(folder)
    scores = []
    for number in range(folds):
        data = _fold(request.data, folder / str(number))
        fitted = fit(replace(request, data=data, checkpoints=request.checkpoints / f"fold-{number}"))
        validation = data.validation or data.train
        scores.append(scorer.score(fitted.estimator, validation, limit=limit))
        print(f"fold {number + 1}/{folds} done", flush=True)
    names = [
        name for name in (scores[0] if scores else {}) if all(math.isfinite(s.get(name, math.nan)) for s in scores)
    ]
    return {name: _spread([score[name] for score in scores]) for name in names}


def _spread(values: list[float]) -> dict[str, Any]:
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(np.mean(values)), "std": deviation, "values": values}


def _fold(data: TrainingData, folder: Path) -> TrainingData:
    parts = [
        Part.open(folder / name, data.train.features, is_classification=data.train.is_classification)
        for name in ("train", "validation")
    ]
    return replace(data, train=parts[0], validation=parts[1])
