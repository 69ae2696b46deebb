"""metadata.json: what was prepared, how, and what was noticed on the way.

Last stage of PrepareData. TrainModel and EvaluateModel read it, the issue's comment and the report quote it.
Cost: a column's histogram and quartiles come from the sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from contracts.errors import DataError
from contracts.metrics import CLUSTERING
from steps.processing.assignment import Assignment
from steps.processing.finding import DataFinding
from steps.processing.fitting import Fitted
from steps.processing.kinds import ColumnKind
from steps.processing.sampling import Sample
from steps.processing.settings import Settings
from steps.processing.splitting import TEST, TRAIN, VALIDATION
from steps.processing.statistics import Levels, Moments, Statistics
from steps.processing.target import Target
from steps.reading.source import Source

BINS = 20
TOP_LEVELS = 8


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that PrepareData found out."""

    source: Source
    target: Target | None
    kinds: Sequence[ColumnKind]
    statistics: Statistics
    fitted: Fitted
    assignment: Assignment
    training_target: Moments
    sample: Sample
    findings: Sequence[DataFinding]


def metadata_of(prepared: Prepared, settings: Settings, seed: int, dataset_id: str, fingerprint: str) -> dict[str, Any]:
    """The document; every value is JSON."""
    target, assignment = prepared.target, prepared.assignment
    predicted = target if settings.supervised else None
    usable = predicted.rows if predicted is not None else prepared.source.rows
    return {
        "dataset_id": dataset_id,
        "fingerprint": fingerprint,
        "files": list(prepared.source.files),
        "learning_type": settings.learning_type,
        "task_type": predicted.task_type if predicted is not None else settings.task_type or CLUSTERING,
        "target": None if predicted is None else predicted.name,
        "classes": None if predicted is None or predicted.classes is None else list(predicted.classes),
        "reference": None if target is None or settings.supervised else _reference(target),
        "rows": {
            "total": prepared.source.rows,
            "train": assignment.rows(TRAIN),
            "validation": assignment.rows(VALIDATION),
            "test": assignment.rows(TEST),
            "dropped_missing_target": prepared.source.rows - usable,
            "dropped_duplicates": assignment.repeated,
        },
        "columns": [_column(kind, prepared) for kind in prepared.kinds],
        "features": list(prepared.fitted.preprocessor.features),
        "training_target": _training_target(prepared, settings),
        "class_counts": assignment.class_counts or None,
        "class_weights": _class_weights(predicted, assignment, settings),
        "target_transform": None if settings.target_transform == "none" else settings.target_transform,
        "split": _split(assignment, settings),
        "folds": settings.cross_validation_folds,
        "seed": seed,
        "preprocessing": _stated(settings),
        "sampled_rows": len(prepared.sample.positions),
        "findings": [asdict(finding) for finding in prepared.findings],
    }


def _reference(target: Target) -> dict[str, Any]:
    return {"name": target.name, "classes": list(target.classes or ())}


def _split(assignment: Assignment, settings: Settings) -> dict[str, Any]:
    split: dict[str, Any] = {
        "kind": assignment.kind,
        "test_size": settings.test_size,
        "validation_size": settings.validation_size,
    }
    column = settings.group_column or settings.time_column
    return split | ({"column": column} if column else {})


def _training_target(prepared: Prepared, settings: Settings) -> dict[str, Any] | None:
    """What a model that ignores the features would know, in the target's own units."""
    target = prepared.target
    if target is None or not settings.supervised:
        return None
    if target.classes is not None:
        return {"class_counts": prepared.assignment.class_counts["train"]}
    chosen = pl.Series(prepared.assignment.parts[prepared.sample.positions] == TRAIN)
    median = target.encode(prepared.sample.frame.filter(chosen)).median()
    moments = prepared.training_target
    return {
        "mean": moments.mean,
        "median": moments.mean if median is None else median,
        "std": moments.deviation,
        "min": moments.low,
        "max": moments.high,
    }


def _class_weights(target: Target | None, assignment: Assignment, settings: Settings) -> list[float] | None:
    """One weight a class; `balanced` makes every class weigh alike."""
    weights = settings.class_weights
    if target is None or target.classes is None or weights == "none":
        return None
    if isinstance(weights, Mapping):
        unknown = sorted(set(weights) - set(target.classes))
        if unknown:
            raise DataError(
                f"class_weights names {', '.join(map(repr, unknown))}; the classes are "
                f"{', '.join(map(repr, target.classes[:20]))}."
            )
        return [float(weights.get(label, 1.0)) for label in target.classes]
    counts = assignment.class_counts["train"]
    present = sum(count > 0 for count in counts)
    return [sum(counts) / (present * count) if count else 1.0 for count in counts]


def _stated(settings: Settings) -> dict[str, Any]:
    """Settings that shape the matrix, defaults included."""
    names = (
        "numeric_imputation", "categorical_imputation", "missing_indicator", "scaling", "encoding", "max_levels",
        "rare_level_fraction", "transform", "outlier_clipping", "date_features", "class_weights",
    )  # fmt: skip
    values = {name: getattr(settings, name) for name in names}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def _column(kind: ColumnKind, prepared: Prepared) -> dict[str, Any]:
    fitted = prepared.fitted
    reason = fitted.dropped.get(kind.name, "")
    row: dict[str, Any] = {
        "name": kind.name,
        "kind": "dropped" if reason else kind.kind,
        "treatment": f"left out: {reason}" if reason else fitted.treatments[kind.name],
        **dict.fromkeys(("missing", "levels", "mean", "std", "min", "max")),
    }
    numbers, levels = prepared.statistics.numbers.get(kind.name), prepared.statistics.levels.get(kind.name)
    if numbers is not None:
        both = numbers.train.merged(numbers.rest)
        row |= _numbers(kind, both, prepared) if kind.kind == "numeric" else _dates(both)
    elif levels is not None:
        row |= _levels(levels.train.merged(levels.rest))
    else:
        row["missing"] = int(prepared.sample.frame.get_column(kind.name).null_count())
    return row | ({"reason": reason} if reason else {})


def _numbers(kind: ColumnKind, both: Moments, prepared: Prepared) -> dict[str, Any]:
    if both.count == 0:
        return {"missing": both.missing}
    settings = prepared.statistics.settings
    values = prepared.sample.frame.select(kind.value(settings)).to_series().drop_nulls()
    row: dict[str, Any] = {
        "missing": both.missing,
        "mean": both.mean,
        "std": both.deviation,
        "min": both.low,
        "max": both.high,
    }
    if len(values):
        counts, _ = np.histogram(values.to_numpy(), bins=BINS)
        quartiles = [values.quantile(share, interpolation="linear") for share in (0.25, 0.5, 0.75)]
        row |= {"quartiles": quartiles, "histogram": counts.tolist()}
    return row


def _dates(both: Moments) -> dict[str, Any]:
    if both.count == 0:
        return {"missing": both.missing}
    ends = pl.Series([int(both.low), int(both.high)]).cast(pl.Datetime("us")).dt.to_string("%Y-%m-%d %H:%M:%S")
    return {"missing": both.missing, "first": ends[0], "last": ends[1]}


def _levels(both: Levels) -> dict[str, Any]:
    top = both.ranked().head(TOP_LEVELS)
    return {
        "missing": both.missing,
        "levels": both.counts.height,
        "levels_complete": both.complete,
        "top": [[str(level)[:80], int(count)] for level, count in top.iter_rows()],
    }
