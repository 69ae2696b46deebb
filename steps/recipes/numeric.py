"""Recipe of a column of numbers: missing -> fill -> clip -> transform -> scale, or bins instead of the scale.

Fitted by PrepareData on training rows, applied wherever raw rows become a matrix.
Cost: everything is an expression, so a new transform has to be written in Polars.

Source: Yeo and Johnson (2000) for the power transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from steps.numbers_in_text import Notation
from steps.recipes.values import numeric_value

Transform = Literal["none", "log1p", "yeo_johnson"]
LARGEST = 3.0e38  # what Float32 holds


@dataclass(frozen=True, slots=True)
class NumericColumn:
    """A column of numbers.

    Attributes:
        missing: numbers that stand for "missing", such as -999.
        fill: what a missing cell becomes, in raw units.
        clip: lowest and highest value kept, in raw units.
        power: lambda of yeo_johnson.
        center: with ``scale``: (x - center) / scale of the transformed value.
        indicator: name of a 0/1 feature that is 1 where the cell was missing.
        edges: inner edges of bins; with them the features are one 0/1 flag per bin, and nothing is scaled.
    """

    name: str
    notation: str
    features: tuple[str, ...]
    fill: float
    missing: tuple[float, ...] = ()
    clip: tuple[float, float] | None = None
    transform: Transform = "none"
    power: float = 1.0
    center: float = 0.0
    scale: float = 1.0
    indicator: str | None = None
    edges: tuple[float, ...] = ()
    kind: Literal["numeric"] = "numeric"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of all features of the column."""
        return self.features if self.indicator is None else (*self.features, self.indicator)

    def value(self, dtype: pl.DataType) -> pl.Expr:
        """Raw cells as finite numbers or null."""
        return numeric_value(self.name, dtype, Notation(self.notation), self.missing)

    def encode(self, values: pl.Series) -> list[pl.Series]:
        """(n,) numbers or null as features, one series an output."""
        return values.to_frame().select(self._expressions(pl.col(values.name))).get_columns()

    def _expressions(self, raw: pl.Expr) -> list[pl.Expr]:
        value = raw.fill_null(self.fill)
        if self.clip is not None:
            value = value.clip(*self.clip)
        if self.edges:
            made = _bins(value, self.edges, self.features)
        else:
            moved = (transformed(value, self.transform, self.power) - self.center) / self.scale
            made = [moved.clip(-LARGEST, LARGEST).cast(pl.Float32).alias(self.features[0])]
        if self.indicator is not None:
            made.append(raw.is_null().cast(pl.UInt8).alias(self.indicator))
        return made


def transformed(value: pl.Expr, transform: str, power: float) -> pl.Expr:
    """sign(x)·log(1+|x|), Yeo-Johnson's power, or the value as it is."""
    if transform == "log1p":
        return value.sign() * value.abs().log1p()
    if transform == "yeo_johnson":
        upper = value.clip(lower_bound=0.0)
        lower = -value.clip(upper_bound=0.0)
        return pl.when(value >= 0).then(_power(upper, power)).otherwise(-_power(lower, 2.0 - power))
    return value


def _power(value: pl.Expr, power: float) -> pl.Expr:
    if abs(power) < 1e-9:
        return value.log1p()
    return ((value + 1.0).pow(power) - 1.0) / power


def _bins(value: pl.Expr, edges: tuple[float, ...], features: tuple[str, ...]) -> list[pl.Expr]:
    bounds = [None, *edges, None]
    flags = []
    for low, high, feature in zip(bounds, bounds[1:], features, strict=False):
        above = pl.lit(True) if low is None else value > low
        below = pl.lit(True) if high is None else value <= high
        flags.append((above & below).cast(pl.UInt8).alias(feature))
    return flags
