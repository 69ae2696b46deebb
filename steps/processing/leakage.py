"""Warns where a column gives the answer away, or where rows stand more than once.

Sixth stage of PrepareData; looks at the sample's labelled rows. It warns and never drops: only the issue's author
knows whether a column is known before the prediction is needed.
Cost: one group-by per column with few levels.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from steps.processing.finding import DataFinding
from steps.processing.kinds import ColumnKind
from steps.processing.settings import Settings
from steps.processing.target import Target

JUDGED_ROWS = 20_000
PURITY = 0.999
CORRELATION = 0.9999
AUC = 0.999
MIN_ROWS_PER_LEVEL = 5


def leakage_findings(
    rows: pl.DataFrame, kinds: list[ColumnKind], target: Target, settings: Settings
) -> list[DataFinding]:
    """One finding per column that determines the target nearly always."""
    rows = rows.gather_every(max(1, rows.height // JUDGED_ROWS))
    answers = target.encode(rows)
    return [
        DataFinding(
            "target-leak",
            f"'{kind.name}' determines the target '{target.name}' almost exactly; it is probably known only later.",
            f"If so, set drop_columns: [{kind.name}].",
            column=kind.name,
        )
        for kind in kinds
        if kind.kind != "dropped" and _determines(rows, kind, answers, target, settings)
    ]


def duplicate_findings(sample: pl.DataFrame) -> list[DataFinding]:
    """A finding if more than 1 % of the rows stand more than once (test rows then leak into training)."""
    usable = sample.select(
        name for name, dtype in sample.schema.items() if not dtype.is_nested() and dtype != pl.Object
    )
    if usable.width == 0:
        return []
    repeated = sample.height - usable.n_unique()
    if repeated <= 0.01 * sample.height:
        return []
    return [
        DataFinding(
            "duplicate-rows",
            f"{repeated} of {sample.height} rows repeat another; equal rows in training and test flatter the score.",
            "Set drop_duplicates: true, or keep them if they are separate observations.",
        )
    ]


def _determines(rows: pl.DataFrame, kind: ColumnKind, answers: pl.Series, target: Target, settings: Settings) -> bool:
    values = rows.select(kind.value(settings)).to_series()
    if target.classes is None:
        if kind.kind != "numeric":
            return False
        return _correlation(values.to_numpy(), answers.to_numpy()) > CORRELATION
    pairs = pl.DataFrame({"level": values, "class": answers}).drop_nulls()
    if kind.kind == "numeric" and len(target.classes) == 2 and _separates(pairs):
        return True
    counts = pairs.group_by("level", "class").len()
    best = counts.group_by("level").agg(pl.col("len").max().alias("best"), pl.col("len").sum().alias("rows"))
    total = int(best.get_column("rows").sum())
    if total < rows.height / 2 or best.height < 2 or best.height * MIN_ROWS_PER_LEVEL > total:
        return False
    return float(best.get_column("best").sum()) >= PURITY * total


def _separates(pairs: pl.DataFrame) -> bool:
    """Whether one threshold of a number tells two classes apart (area under the ROC curve)."""
    positives = int((pairs.get_column("class") == 1).sum())
    negatives = pairs.height - positives
    if min(positives, negatives) < 20:
        return False
    ranks = pairs.get_column("level").rank("average")
    area = (float(ranks.filter(pairs.get_column("class") == 1).sum()) - positives * (positives + 1) / 2) / (
        positives * negatives
    )
    return max(area, 1 - area) >= AUC


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    present = np.isfinite(x) & np.isfinite(y)
    if present.sum() < 10 or np.ptp(x[present]) == 0 or np.ptp(y[present]) == 0:
        return 0.0
    return abs(float(np.corrcoef(x[present], y[present])[0, 1]))
