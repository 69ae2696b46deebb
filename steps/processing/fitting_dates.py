"""Fits a column of dates: which of its parts vary, and how each is scaled.

Part of the fit. Parts that are the same in every training row of the sample are left out.
Cost: mean and spread of parts come from the sample's training rows.
"""

from __future__ import annotations

import polars as pl

from contracts.preprocessing import DATE_PARTS
from steps.processing.feature_names import unique
from steps.processing.kinds import ColumnKind
from steps.processing.settings import Settings
from steps.processing.statistics import Moments
from steps.recipes.dates import DateColumn, DatePart, part_value

AUTOMATIC = ("year", "month", "day", "weekday", "hour", "elapsed_days")


def fit_dates(
    kind: ColumnKind, train: Moments, sample: pl.Series, settings: Settings, taken: set[str]
) -> tuple[DateColumn | None, str]:
    """The recipe and what it does, or None and why the column is left out."""
    if settings.date_features == "none":
        return None, "date_features is none"
    wanted = AUTOMATIC if isinstance(settings.date_features, str) else settings.date_features
    frame = sample.drop_nulls().to_frame("date")
    parts = []
    for name in (part for part in DATE_PARTS if part in wanted):
        values = frame.select(part_value(pl.col("date"), name)).to_series()
        if values.n_unique() < 2:
            continue
        fill = _number(values.median())
        center, scale = (
            (_number(values.mean()), _number(values.std(ddof=0))) if settings.scaling != "none" else (0.0, 1.0)
        )
        parts.append(DatePart(name, fill, center, scale if scale > 0 else 1.0, unique(f"{kind.name}.{name}", taken)))
    if not parts:
        return None, "none of its parts varies in the training rows"
    indicator = unique(f"{kind.name}=(missing)", taken) if train.missing else None
    text = f"its {', '.join(part.part for part in parts)}, each standardised"
    if indicator is not None:
        text += ", and a flag where it is missing"
    return DateColumn(kind.name, kind.formats, tuple(parts), indicator), text


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
