"""Statistics of columns that add up batch by batch: moments of numbers, counts of levels.

Collected in one pass over all rows, for the training rows and for the others apart, so that what is fitted comes from
training rows alone. Exact, whatever the order of batches, up to rounding.
Cost: at most MAX_LEVELS levels of a column are remembered; the rarest are dropped first.

Source: Chan, Golub and LeVeque (1979) for merging moments.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from steps.numbers_in_text import is_marker
from steps.processing.kinds import ColumnKind
from steps.processing.settings import Settings
from steps.recipes.values import numeric_cell

MAX_LEVELS = 50_000


@dataclass(slots=True)
class Moments:
    """Of the finite values of a column: how many, mean, sum of squared distances, extremes."""

    count: int = 0
    missing: int = 0
    mean: float = 0.0
    squares: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, count: int, missing: int, mean: float, variance: float, low: float, high: float) -> None:
        """Add a batch; ``variance`` is its population variance."""
        self.missing += missing
        if count == 0:
            return
        total = self.count + count
        distance = mean - self.mean
        self.squares += variance * count + distance**2 * self.count * count / total
        self.mean += distance * count / total
        self.count = total
        self.low, self.high = min(self.low, low), max(self.high, high)

    def with_fill(self, fill: float) -> tuple[float, float]:
        """Mean and population standard deviation once every missing value has become ``fill``."""
        total = self.count + self.missing
        mean = (self.count * self.mean + self.missing * fill) / max(1, total)
        squares = self.squares + self.count * (self.mean - mean) ** 2 + self.missing * (fill - mean) ** 2
        return mean, float((squares / max(1, total)) ** 0.5)

    def merged(self, other: Moments) -> Moments:
        """Both together."""
        if not self.count:
            return replace(other, missing=self.missing + other.missing)
        both = replace(self)
        variance = other.squares / other.count if other.count else 0.0
        both.add(other.count, other.missing, other.mean, variance, other.low, other.high)
        return both

    @property
    def deviation(self) -> float:
        """Standard deviation of the sample (n - 1)."""
        return float((self.squares / (self.count - 1)) ** 0.5) if self.count > 1 else 0.0


@dataclass(slots=True)
class Levels:
    """How often each text of a column occurs."""

    missing: int = 0
    complete: bool = True
    counts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"level": pl.String, "count": pl.UInt32}))

    def add(self, values: pl.Series) -> None:
        """Add a batch of category texts."""
        self.missing += values.null_count()
        found = values.rename("level").drop_nulls().value_counts()
        self.counts = self._merged(pl.concat([self.counts, found]))

    def merged(self, other: Levels) -> Levels:
        """Both together."""
        both = Levels(self.missing + other.missing, self.complete and other.complete)
        both.counts = other.counts if self.counts.is_empty() else both._merged(pl.concat([self.counts, other.counts]))
        return both

    def _merged(self, found: pl.DataFrame) -> pl.DataFrame:
        counts = found.group_by("level").agg(pl.col("count").sum())
        if counts.height > MAX_LEVELS:
            self.complete = False
            counts = counts.top_k(MAX_LEVELS // 2, by=["count", "level"])
        return counts

    def ranked(self) -> pl.DataFrame:
        """Levels, the most frequent first; ties by name."""
        return self.counts.sort(["count", "level"], descending=[True, False])


@dataclass(slots=True)
class NumberStatistics:
    """A column of numbers or dates, in training rows and in the others; cells that are odd, in all rows."""

    train: Moments = field(default_factory=Moments)
    rest: Moments = field(default_factory=Moments)
    infinite: int = 0
    strange: int = 0
    example: str = ""


@dataclass(slots=True)
class LevelStatistics:
    """A column of categories, in training rows and in the others."""

    train: Levels = field(default_factory=Levels)
    rest: Levels = field(default_factory=Levels)


class Statistics:
    """Statistics of all usable columns, by name."""

    def __init__(self, kinds: list[ColumnKind], settings: Settings) -> None:
        self._kinds = [kind for kind in kinds if kind.kind != "dropped"]
        self.settings = settings
        self.numbers = {kind.name: NumberStatistics() for kind in self._kinds if kind.kind != "categorical"}
        self.levels = {kind.name: LevelStatistics() for kind in self._kinds if kind.kind == "categorical"}

    def add(self, batch: pl.DataFrame, is_train: pl.Series, is_used: pl.Series) -> None:
        """Add raw rows.

        Args:
            is_train: rows that train.
            is_used: rows that train, validate or test.
        """
        self._count_odd_cells(batch)
        values = batch.select(kind.value(self.settings) for kind in self._kinds)
        self._add(values.filter(is_train), "train")
        self._add(values.filter(is_used & ~is_train), "rest")

    def include(self, other: Statistics) -> None:
        """Add the statistics of further rows."""
        for name, number in other.numbers.items():
            mine = self.numbers[name]
            mine.train, mine.rest = mine.train.merged(number.train), mine.rest.merged(number.rest)
            mine.infinite += number.infinite
            mine.strange += number.strange
            mine.example = mine.example or number.example
        for name, level in other.levels.items():
            ours = self.levels[name]
            ours.train, ours.rest = ours.train.merged(level.train), ours.rest.merged(level.rest)

    def _add(self, values: pl.DataFrame, which: str) -> None:
        for name, row in _moments(values, list(self.numbers)).items():
            moments: Moments = getattr(self.numbers[name], which)
            moments.add(*row)
        for name, found in self.levels.items():
            levels: Levels = getattr(found, which)
            levels.add(values.get_column(name))

    def _count_odd_cells(self, batch: pl.DataFrame) -> None:
        """Infinities, and cells of columns of numbers that are neither a number nor a word for "missing"."""
        cells = {
            kind.name: numeric_cell(kind.name, kind.dtype, kind.notation) for kind in self._kinds if _may_be_odd(kind)
        }
        if not cells:
            return
        infinite = batch.select(cell.is_infinite().sum().alias(name) for name, cell in cells.items()).row(0, named=True)
        for kind in self._kinds:
            if kind.name not in cells:
                continue
            statistics = self.numbers[kind.name]
            statistics.infinite += int(infinite[kind.name] or 0)
            if kind.dtype == pl.String:
                odd = _odd_cells(batch, kind, cells[kind.name], self.settings.missing_texts)
                statistics.strange += len(odd)
                statistics.example = statistics.example or (str(odd[0]) if len(odd) else "")


def _may_be_odd(kind: ColumnKind) -> bool:
    return kind.kind == "numeric" and (kind.dtype.is_float() or kind.dtype == pl.String)


def _odd_cells(batch: pl.DataFrame, kind: ColumnKind, cell: pl.Expr, missing: tuple[str, ...]) -> pl.Series:
    """Cells of a column of numbers that are neither a number nor a word for "missing"."""
    unread = batch.select(kind.name).filter(cell.is_null() & pl.col(kind.name).is_not_null())
    text = pl.col(kind.name)
    return unread.filter(~is_marker(text) & ~text.str.strip_chars().is_in(list(missing))).to_series()


def _moments(values: pl.DataFrame, names: list[str]) -> dict[str, tuple[int, int, float, float, float, float]]:
    if values.height == 0 or not names:
        return {}
    wanted = []
    for name in names:
        column = pl.col(name)
        if values.schema[name].is_temporal():
            column = column.dt.epoch("us").cast(pl.Float64)
        wanted += [
            column.count().alias(f"{name}\0count"),
            column.null_count().alias(f"{name}\0missing"),
            column.mean().alias(f"{name}\0mean"),
            column.var(ddof=0).alias(f"{name}\0variance"),
            column.min().alias(f"{name}\0low"),
            column.max().alias(f"{name}\0high"),
        ]
    row = values.select(wanted).row(0, named=True)
    kinds = ("count", "missing", "mean", "variance", "low", "high")
    return {name: tuple(row[f"{name}\0{kind}"] or 0 for kind in kinds) for name in names}  # type: ignore[misc]
