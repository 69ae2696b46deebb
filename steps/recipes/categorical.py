"""Recipes of a column of categories: one flag a level, a position among ordered levels, or the target's mean.

Fitted by PrepareData on training rows. Levels that training never saw count as "(other)" where it exists.
Cost: the levels are kept in the recipe, at most some thousands.

Source: Micci-Barreca (2001) for target encoding with a prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from steps.recipes.values import category_value

RARE = "(other)"
MISSING = "(missing)"


@dataclass(frozen=True, slots=True)
class OneHotColumn:
    """One 0/1 feature a level.

    ``features`` are those of ``levels``, followed by "(other)" if has_other and "(missing)" if has_missing. Where a
    missing cell has a level of its own, ``fill`` is None; otherwise it counts as ``fill``.
    """

    name: str
    levels: tuple[str, ...]
    has_other: bool
    has_missing: bool
    features: tuple[str, ...]
    missing: tuple[str, ...] = ()
    fill: str | None = None
    kind: Literal["one_hot"] = "one_hot"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of all features of the column."""
        return self.features

    def value(self, dtype: pl.DataType) -> pl.Expr:
        """Raw cells as texts or null."""
        return category_value(self.name, dtype, self.missing)

    def encode(self, values: pl.Series) -> list[pl.Series]:
        """(n,) texts or null as features, one series an output."""
        if self.fill is not None:
            values = values.fill_null(self.fill)
        other, missing = len(self.levels), len(self.levels) + 1
        places = values.replace_strict(
            list(self.levels), range(len(self.levels)), default=other, return_dtype=pl.UInt32
        ).to_numpy(writable=True)
        if values.null_count():
            places[values.is_null().to_numpy()] = missing
        wanted = [
            *range(len(self.levels)),
            *([other] if self.has_other else []),
            *([missing] if self.has_missing else []),
        ]
        # Comparing numbers in NumPy: nine times faster than comparing texts level by level.
        return [
            pl.Series(feature, (places == place).view(np.uint8))
            for place, feature in zip(wanted, self.features, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class OrdinalColumn:
    """Position among the levels, from 0 to 1; -1 for a missing cell or a level that training never saw."""

    name: str
    levels: tuple[str, ...]
    feature: str
    missing: tuple[str, ...] = ()
    kind: Literal["ordinal"] = "ordinal"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of all features of the column."""
        return (self.feature,)

    def value(self, dtype: pl.DataType) -> pl.Expr:
        """Raw cells as texts or null."""
        return category_value(self.name, dtype, self.missing)

    def encode(self, values: pl.Series) -> list[pl.Series]:
        """(n,) texts or null as features, one series an output."""
        last = max(1, len(self.levels) - 1)
        positions = [index / last for index in range(len(self.levels))]
        placed = values.replace_strict(list(self.levels), positions, default=-1.0, return_dtype=pl.Float32)
        return [placed.fill_null(-1.0).rename(self.feature)]


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """The target's mean at each level, drawn towards the prior where a level is rare, then scaled.

    Attributes:
        levels: (l,) levels seen in training; a missing cell is a level of its own where training saw one ("").
        means: (outputs, l) mean of the target, or share of each class.
        prior: (outputs,) what unknown levels get.
        center: (outputs,); with ``scale`` as for numbers.
    """

    name: str
    levels: tuple[str, ...]
    means: tuple[tuple[float, ...], ...]
    prior: tuple[float, ...]
    center: tuple[float, ...]
    scale: tuple[float, ...]
    features: tuple[str, ...]
    missing: tuple[str, ...] = ()
    kind: Literal["target"] = "target"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of all features of the column."""
        return self.features

    def value(self, dtype: pl.DataType) -> pl.Expr:
        """Raw cells as texts or null."""
        return category_value(self.name, dtype, self.missing)

    def encode(self, values: pl.Series) -> list[pl.Series]:
        """(n,) texts or null as features, one series an output."""
        known, made = values.fill_null(""), []
        for mean, prior, center, scale, feature in zip(
            self.means, self.prior, self.center, self.scale, self.features, strict=True
        ):
            scaled = [(item - center) / scale for item in mean]
            unknown = (prior - center) / scale
            encoded = known.replace_strict(list(self.levels), scaled, default=unknown, return_dtype=pl.Float64)
            made.append(encoded.cast(pl.Float32).rename(feature))
        return made
