"""Fits the preprocessor on the training part.

Fifth stage of PrepareData; the only one that computes what the model will depend on, and it never sees a row
of the validation or test part. Columns that carry nothing (constant, empty, all different) are dropped here.
Cost: a level that first appears in the test part is unknown to the model, as it would be in production.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from steps.preprocessor import (
    MISSING,
    RARE,
    CategoricalColumn,
    NumericColumn,
    Preprocessor,
    category_value,
    numeric_value,
)
from steps.processing.finding import DataFinding
from steps.processing.profile import ColumnProfile
from steps.processing.settings import Settings

ID_LIKE_FRACTION = 0.9
ID_LIKE_MIN_ROWS = 20


@dataclass(frozen=True, slots=True)
class Fitted:
    """The preprocessor, the columns it leaves out with the reason, and the findings that tell of them."""

    preprocessor: Preprocessor
    dropped: dict[str, str]
    findings: tuple[DataFinding, ...]


def fit_preprocessor(train: pl.DataFrame, profiles: list[ColumnProfile], settings: Settings) -> Fitted:
    """Fit on raw training rows."""
    taken: set[str] = set()
    numeric: list[NumericColumn] = []
    categorical: list[CategoricalColumn] = []
    dropped: dict[str, str] = {}
    for profile in profiles:
        fitted: NumericColumn | CategoricalColumn | str
        if profile.kind == "numeric":
            fitted = _fit_numeric(train, profile, settings, taken)
        elif profile.kind == "categorical":
            fitted = _fit_categorical(train, profile, settings, taken)
        else:
            continue
        if isinstance(fitted, str):
            dropped[profile.name] = fitted
        elif isinstance(fitted, NumericColumn):
            numeric.append(fitted)
        else:
            categorical.append(fitted)
    findings = tuple(
        DataFinding(
            "column-dropped",
            f"'{name}' was dropped: {reason}.",
            "Nothing to do, unless the column should carry information.",
        )
        for name, reason in dropped.items()
    )
    return Fitted(Preprocessor(tuple(numeric), tuple(categorical)), dropped, findings)


def _fit_numeric(
    train: pl.DataFrame, profile: ColumnProfile, settings: Settings, taken: set[str]
) -> NumericColumn | str:
    value = numeric_value(profile.name, train.schema[profile.name], profile.notation)
    values = train.select(value).to_series()
    present = values.drop_nulls()
    if present.is_empty():
        return "it is missing in every training row"
    if present.n_unique() == 1 and not values.null_count():
        return f"it has the same value ({present[0]:g}) in every training row"
    fill = _fill(present, settings)
    filled = values.fill_null(fill)
    center, scale = _center_and_scale(filled, settings)
    return NumericColumn(
        name=profile.name,
        notation=profile.notation.value,
        fill=fill,
        center=center,
        scale=scale if scale > 0 else 1.0,
        feature=_unique(profile.name, taken),
    )


def _fill(present: pl.Series, settings: Settings) -> float:
    if settings.numeric_imputation == "median":
        return _number(present.median())
    if settings.numeric_imputation == "mean":
        return _number(present.mean())
    if settings.numeric_imputation == "most_frequent":
        return _number(present.mode().sort()[0])
    return 0.0


def _center_and_scale(filled: pl.Series, settings: Settings) -> tuple[float, float]:
    if settings.scaling == "standard":
        return _number(filled.mean()), _number(filled.std(ddof=0))
    if settings.scaling == "min_max":
        low, high = _number(filled.min()), _number(filled.max())
        return low, high - low
    return 0.0, 1.0


def _fit_categorical(
    train: pl.DataFrame, profile: ColumnProfile, settings: Settings, taken: set[str]
) -> CategoricalColumn | str:
    value = category_value(profile.name, train.schema[profile.name]).alias("level")
    values = train.select(value).to_series()
    present = values.drop_nulls()
    has_missing = values.null_count() > 0
    if present.is_empty():
        return "it is missing in every training row"
    levels = present.n_unique()
    if levels == 1 and not has_missing:
        return f"it has the same value ({present[0]!r}) in every training row"
    if len(present) >= ID_LIKE_MIN_ROWS and levels >= ID_LIKE_FRACTION * len(present):
        return f"nearly every row has its own text ({levels} in {len(present)} rows), like an identifier"
    counts = present.value_counts().sort(["count", "level"], descending=[True, False])
    floor = settings.rare_level_fraction * len(values)
    kept = counts.filter(pl.col("count") >= floor).head(settings.max_levels).get_column("level").sort().to_list()
    if not kept:
        return f"none of its {levels} levels reaches {settings.rare_level_fraction:.0%} of the rows"
    has_other = levels > len(kept)
    labels = [*kept, *([RARE] if has_other else []), *([MISSING] if has_missing else [])]
    features = tuple(_unique(f"{profile.name}={label}", taken) for label in labels)
    return CategoricalColumn(profile.name, tuple(kept), has_other, has_missing, features)


def _unique(name: str, taken: set[str]) -> str:
    candidate, suffix = name, 2
    while candidate in taken:
        candidate, suffix = f"{name}_{suffix}", suffix + 1
    taken.add(candidate)
    return candidate


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
