"""Recipes of a column of categories: one flag a level, a position among ordered levels, or the target's mean.

Fitted by PrepareData on training rows. Levels that training never saw count as "(other)" where it exists.
Cost: the levels are kept in the recipe, at most some thousands.

Source: Micci-Barreca (2001) for target encoding with a prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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

    def expressions(self, dtype: pl.DataType) -> list[pl.Expr]:
        """One expression per output."""
        value = category_value(self.name, dtype, self.missing)
        if self.fill is not None:
            value = value.fill_null(self.fill)
        flags = [value.eq_missing(pl.lit(level)) for level in self.levels]
        if self.has_other:
            flags.append(value.is_not_null() & ~value.is_in(list(self.levels)).fill_null(False))
        if self.has_missing:
            flags.append(value.is_null())
        return [
            flag.fill_null(False).cast(pl.UInt8).alias(feature)
            for flag, feature in zip(flags, self.features, strict=True)
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

    def expressions(self, dtype: pl.DataType) -> list[pl.Expr]:
        """One expression per output."""
        last = max(1, len(self.levels) - 1)
        positions = [index / last for index in range(len(self.levels))]
        value = category_value(self.name, dtype, self.missing)
        placed = value.replace_strict(list(self.levels), positions, default=-1.0, return_dtype=pl.Float32)
        return [placed.fill_null(-1.0).alias(self.feature)]


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

    def expressions(self, dtype: pl.DataType) -> list[pl.Expr]:
        """One expression per output."""
        value = category_value(self.name, dtype, self.missing).fill_null("")
        made = []
        for mean, prior, center, scale, feature in zip(
            self.means, self.prior, self.center, self.scale, self.features, strict=True
        ):
            scaled = [(item - center) / scale for item in mean]
            unknown = (prior - center) / scale
            encoded = value.replace_strict(list(self.levels), scaled, default=unknown, return_dtype=pl.Float64)
            made.append(encoded.cast(pl.Float32).alias(feature))
        return made
