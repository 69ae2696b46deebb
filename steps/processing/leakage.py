"""Warns where a column gives the answer away, or where rows stand more than once.

Sixth stage of PrepareData; looks at all labelled rows. It warns and never drops: only the issue's author
knows whether a column is known before the prediction is needed.
Cost: one group-by per column with few levels.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from steps.preprocessor import category_value, numeric_value
from steps.processing.finding import DataFinding
from steps.processing.profile import ColumnProfile
from steps.processing.target import Target

PURITY = 0.999
CORRELATION = 0.9999
MIN_ROWS_PER_LEVEL = 5


def leakage_findings(rows: pl.DataFrame, profiles: list[ColumnProfile], target: Target) -> list[DataFinding]:
    """One finding per column that determines the target nearly always."""
    suspects = [profile.name for profile in profiles if _determines(rows, profile, target)]
    return [
        DataFinding(
            "target-leak",
            f"'{name}' determines the target '{target.name}' almost exactly; it is probably only known afterwards.",
            f"If so, set drop_columns: [{name}].",
        )
        for name in suspects
    ]


def duplicate_findings(rows: pl.DataFrame) -> list[DataFinding]:
    """A finding if more than 1 % of the rows stand more than once (test rows then leak into training)."""
    usable = rows.select(name for name, dtype in rows.schema.items() if not dtype.is_nested() and dtype != pl.Object)
    if usable.width == 0:
        return []
    repeated = rows.height - usable.n_unique()
    if repeated <= 0.01 * rows.height:
        return []
    return [
        DataFinding(
            "duplicate-rows",
            f"{repeated} of {rows.height} rows repeat another row; equal rows in training and test flatter the score.",
            "Remove the duplicates, or keep them if they are separate observations.",
        )
    ]


def _determines(rows: pl.DataFrame, profile: ColumnProfile, target: Target) -> bool:
    if profile.kind == "dropped":
        return False
    dtype = rows.schema[profile.name]
    if target.task_type == "regression":
        if profile.kind != "numeric":
            return False
        values = rows.select(numeric_value(profile.name, dtype, profile.notation)).to_series()
        return _correlation(values.to_numpy(), target.values.to_numpy()) > CORRELATION
    level = category_value(profile.name, dtype) if profile.kind == "categorical" else pl.col(profile.name)
    pairs = (
        rows.select(level.alias("level"))
        .with_columns(target.values.alias("class"))
        .drop_nulls()
        .group_by("level", "class")
        .len()
    )
    best = pairs.group_by("level").agg(pl.col("len").max().alias("best"), pl.col("len").sum().alias("rows"))
    total = int(best.get_column("rows").sum())
    if total < target.values.len() / 2 or best.height < 2 or best.height * MIN_ROWS_PER_LEVEL > total:
        return False
    return float(best.get_column("best").sum()) >= PURITY * total


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    present = np.isfinite(x)
    if present.sum() < 10 or np.ptp(x[present]) == 0 or np.ptp(y[present]) == 0:
        return 0.0
    return abs(float(np.corrcoef(x[present], y[present])[0, 1]))
