"""Fits a column of categories: which levels get a flag of their own, or a place in an order.

Part of the fit. Counts are exact over all training rows.
Cost: levels beyond max_levels, or rarer than rare_level_fraction, share one flag.
"""

from __future__ import annotations

import polars as pl

from steps.processing.feature_names import unique
from steps.processing.kinds import ColumnKind
from steps.processing.settings import Settings
from steps.processing.statistics import Levels
from steps.processing.target import Target
from steps.recipes.categorical import MISSING, RARE, OneHotColumn, OrdinalColumn


def fit_levels(kind: ColumnKind, train: Levels, settings: Settings, taken: set[str]) -> tuple[OneHotColumn | None, str]:
    """One flag a level, or None and why the column is left out."""
    ranked = train.ranked()
    rows = int(ranked.get_column("count").sum()) + train.missing
    kept = ranked.filter(pl.col("count") >= settings.rare_level_fraction * rows).head(settings.max_levels)
    levels = kept.get_column("level").sort().to_list()
    if not levels:
        return None, f"none of its {ranked.height} levels reaches {settings.rare_level_fraction:.0%} of the rows"
    fill = _fill(kind.name, str(ranked.item(0, "level")), settings)
    if fill is not None and fill not in levels and train.missing:
        levels = sorted([*levels, fill])
    has_other = ranked.height > kept.height or not train.complete
    has_missing = fill is None and train.missing > 0
    labels = [*levels, *([RARE] if has_other else []), *([MISSING] if has_missing else [])]
    features = tuple(unique(f"{kind.name}={label}", taken) for label in labels)
    recipe = OneHotColumn(kind.name, tuple(levels), has_other, has_missing, features, settings.missing_texts, fill)
    parts = [f"one flag for each of {len(levels)} levels"]
    if has_other:
        parts.append(f"one for the {ranked.height - kept.height} rarer ones together")
    if has_missing:
        parts.append("one for missing cells")
    elif fill is not None and train.missing:
        parts.append(f"missing cells count as '{fill}'")
    return recipe, ", ".join(parts)


def fit_ordinal(kind: ColumnKind, train: Levels, settings: Settings, taken: set[str]) -> tuple[OrdinalColumn, str]:
    """A place among the levels: in the order that the settings give, else by name or number."""
    own = settings.column(kind.name)
    found = train.ranked().head(1000).get_column("level").to_list()
    levels = own.levels or tuple(_ordered(found))
    recipe = OrdinalColumn(kind.name, levels, unique(kind.name, taken), settings.missing_texts)
    return recipe, f"position among {len(levels)} ordered levels, -1 where missing or unknown"


def target_features(name: str, target: Target, outputs: tuple[int, ...] | None, taken: set[str]) -> tuple[str, ...]:
    """Names of a target-encoded column's features."""
    if outputs is None or target.classes is None or len(outputs) == 1:
        return (unique(f"{name} (target mean)", taken),)
    return tuple(unique(f"{name} (share of {target.classes[index]})", taken) for index in outputs)


def _fill(name: str, most_frequent: str, settings: Settings) -> str | None:
    own = settings.column(name)
    if own.categorical_imputation == "most_frequent":
        return most_frequent
    if own.categorical_imputation == "constant":
        return "missing" if own.fill_value is None else str(own.fill_value)
    return None


def _ordered(levels: list[str]) -> list[str]:
    try:
        return sorted(levels, key=float)
    except ValueError:
        return sorted(levels)
