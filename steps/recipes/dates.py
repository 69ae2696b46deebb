"""Recipe of a column of dates: its parts as numbers, and the days since 1970.

Fitted by PrepareData on training rows. Cost: parts are numbers, so December is far from January; trees do not mind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from steps.recipes.numeric import LARGEST
from steps.recipes.values import date_value

MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class DatePart:
    """One part, such as month: missing -> fill, then (x - center) / scale."""

    part: str
    fill: float
    center: float
    scale: float
    feature: str


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column of dates; ``indicator`` is 1 where the cell was missing or no date."""

    name: str
    formats: tuple[str, ...]
    parts: tuple[DatePart, ...]
    indicator: str | None = None
    kind: Literal["date"] = "date"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of all features of the column."""
        features = tuple(item.feature for item in self.parts)
        return features if self.indicator is None else (*features, self.indicator)

    def value(self, dtype: pl.DataType) -> pl.Expr:
        """Raw cells as moments or null."""
        return date_value(self.name, dtype, self.formats)

    def encode(self, values: pl.Series) -> list[pl.Series]:
        """(n,) moments or null as features, one series an output."""
        return values.to_frame().select(self._expressions(pl.col(values.name))).get_columns()

    def _expressions(self, value: pl.Expr) -> list[pl.Expr]:
        made = [
            ((part_value(value, item.part).fill_null(item.fill) - item.center) / item.scale)
            .clip(-LARGEST, LARGEST)
            .cast(pl.Float32)
            .alias(item.feature)
            for item in self.parts
        ]
        if self.indicator is not None:
            made.append(value.is_null().cast(pl.UInt8).alias(self.indicator))
        return made


def part_value(value: pl.Expr, part: str) -> pl.Expr:
    """A part of a date as Float64."""
    if part == "elapsed_days":
        return value.dt.epoch("us").cast(pl.Float64) / MICROSECONDS_A_DAY
    if part == "is_weekend":
        return (value.dt.weekday() >= 6).cast(pl.Float64)
    found: pl.Expr = getattr(value.dt, part)()
    return found.cast(pl.Float64)
