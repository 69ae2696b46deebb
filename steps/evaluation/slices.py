"""The groups of rows that the model does worst on: rows with the same level of a column, or of the same class.

Used by the evaluation of supervised tasks, on the answers that were measured already. A group is named only where its
score lies below the whole's by more than the noise of the group's own score.
Cost: one look at each column with few levels; a metric that a lack of rows of some class would drag down is replaced
by one that it would not (`slice_metric`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from steps.evaluation.answers import Answers, ClassAnswers
from steps.evaluation.evaluation import SliceScore
from steps.evaluation.held_out import HeldOut
from steps.evaluation.scoring import NOISE, is_maximized, scored, value_of
from steps.metrics.weighted import Indices

MAX_SHOWN = 5
MAX_LEVELS = 30
MAX_NUMBERS = 10
MIN_ROWS = 20
MIN_SHARE = 0.05
MIN_POSITIVES = 5
RESAMPLED_ROWS = 5_000
MISSING = "(missing)"
_OF_SECOND_CLASS = ("precision", "recall", "f1")
_MEANS_OF_ROWS = ("accuracy", "log_loss", "brier")
_MEANS_OF_CLASSES = (*_OF_SECOND_CLASS, "precision_macro", "recall_macro", "f1_macro")
Group = tuple[str, str, Indices]
"""Column, level, and the positions of its rows."""


def worst_slices(
    groups: Iterable[Group], answers: Sequence[Answers], metric: str, *, classes: int, seed: int
) -> list[SliceScore]:
    """The at most MAX_SHOWN groups that are worse than the whole beyond the noise, the worst first.

    Args:
        classes: number of classes; 0 for a regression.
    """
    chosen = slice_metric(metric, classes)
    part = next((part for part in answers if chosen in part.names), None)
    if part is None:
        return []
    sign = 1.0 if is_maximized(chosen) else -1.0
    whole = value_of((part,), chosen)
    least = max(MIN_ROWS, math.ceil(MIN_SHARE * part.rows))
    found = []
    for column, level, rows in groups:
        if not least <= len(rows) < part.rows or not _says_something(part, rows, chosen, classes):
            continue
        group = (part.take(rows),)
        gap = sign * (value_of(group, chosen) - whole)
        if not gap < 0:  # not worse, or not defined
            continue
        score = scored(group, seed, (chosen,), resampled_rows=RESAMPLED_ROWS)[chosen]
        if gap < -NOISE * score.deviation:  # never true of NaN
            found.append(SliceScore(column, level, len(rows), score, gap, chosen))
    return sorted(found, key=lambda item: (item.gap, item.column, item.level))[:MAX_SHOWN]


def worst_classes(
    actual: Indices, classes: Sequence[str], answers: Sequence[Answers], metric: str, *, target: str, seed: int
) -> list[SliceScore]:
    """The same for the rows of each class, by accuracy (its recall) unless the metric is a mean over rows."""
    groups = ((target, name, np.flatnonzero(actual == index)) for index, name in enumerate(classes))
    chosen = metric if metric in _MEANS_OF_ROWS else "accuracy"
    return worst_slices(groups, answers, chosen, classes=len(classes), seed=seed)


def slice_metric(metric: str, classes: int) -> str:
    """The metric that a group is scored by: the judged one where it means the same on groups as on the whole.

    Means over classes sink where a group lacks a class, average precision where it is rare, R² where the target
    varies little; accuracy, AUC and RMSE stand in for them.
    """
    if metric == "r2":
        return "rmse"
    if metric == "average_precision":
        return "auc_roc"
    if metric in _MEANS_OF_CLASSES and not (classes == 2 and metric in _OF_SECOND_CLASS):
        return "accuracy"
    return metric


def groups_of(held_out: HeldOut, columns: Sequence[Mapping[str, Any]]) -> Iterator[Group]:
    """Levels of the columns (rows of metadata.json) that have few of them, dropped columns included, one at a time."""
    for column in columns:
        name = str(column["name"])
        levels = column.get("levels")
        if name not in held_out.columns or (isinstance(levels, int) and levels > 50 * MAX_LEVELS):
            continue
        text = _as_text(held_out.column(name))
        names = text.unique().sort()
        if not 2 <= len(names) <= (MAX_NUMBERS if column.get("kind") == "numeric" else MAX_LEVELS):
            continue
        for level in names:
            yield name, str(level), text.eq(level).arg_true().to_numpy().astype(np.int64)


def _as_text(values: pl.Series) -> pl.Series:
    """Levels without surrounding blanks; 3.0 is 3; what is empty counts as missing."""
    if values.dtype.is_float():
        whole = bool(values.drop_nulls().drop_nans().is_finite().all()) and bool(
            (values.drop_nulls().drop_nans() % 1 == 0).all()
        )
        values = values.fill_nan(None)
        values = values.cast(pl.Int64, strict=False) if whole else values
    text = values.cast(pl.String, strict=False).str.strip_chars()
    return text.replace("", None).fill_null(MISSING)


def _says_something(part: Answers, rows: Indices, metric: str, classes: int) -> bool:
    """Precision, recall and F1 of the second class need some of its rows, or they are 0 by convention."""
    if metric not in _OF_SECOND_CLASS or classes != 2 or not isinstance(part, ClassAnswers):
        return True
    return int((part.actual[rows] == 1).sum()) >= MIN_POSITIVES
