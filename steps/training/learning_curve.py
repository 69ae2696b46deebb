"""Scores against the number of training rows, for algorithms that have no iterations to show.

Used by train on small supervised data: the report's reader sees whether more rows would help.
Cost: fits on 10, 30 and 60 % of the rows, together about one more training; so only up to MAX_CELLS.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from contracts.metrics import DEFAULT_METRIC, SUPERVISED_TASKS
from steps.training.data import Part
from steps.training.fitting import FitRequest, Fitted
from steps.training.scoring import Scorer

FRACTIONS = (0.1, 0.3, 0.6)
MAX_CELLS = 500_000
LEAST_ROWS = 20


def learning_curve(
    request: FitRequest, fitted: Fitted, *, fit: Callable[[FitRequest], Fitted], scorer: Scorer
) -> list[dict[str, float]]:
    """Per fraction of the training rows: rows, train and validation score of the task's default metric.

    Empty where the algorithm iterates, the task has no target, there is no validation part, or the data is large.
    """
    data = request.data
    rows = data.train.rows
    if (
        fitted.history
        or data.task_type not in SUPERVISED_TASKS
        or data.validation is None
        or rows * len(data.train.features) > MAX_CELLS
    ):
        return []
    metric = DEFAULT_METRIC[data.task_type]

    def point(part: Part, model: Fitted, validation: Part) -> dict[str, float]:
        scores = [
            scorer.score(model.estimator, scored, limit=rows, wanted=(metric,))[metric] for scored in (part, validation)
        ]
        return {"rows": part.rows, "train": scores[0], "validation": scores[1]}

    points = []
    with tempfile.TemporaryDirectory(prefix="learning-curve-") as folder:
        mixed = pl.read_parquet(list(data.train.paths)).sample(fraction=1.0, shuffle=True, seed=request.seed)
        for fraction in FRACTIONS:
            count = int(rows * fraction)
            if count < LEAST_ROWS:
                continue
            path = Path(folder) / f"{count}.parquet"
            mixed.head(count).write_parquet(path)
            part = replace(data.train, paths=(path,), rows=count)
            model = fit(replace(request, data=replace(data, train=part)))
            points.append(point(part, model, data.validation))
    return [*points, point(data.train, fitted, data.validation)]
