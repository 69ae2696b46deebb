"""What each raw column is: numbers, categories, dates, or nothing a model can use.

Fourth stage of PrepareData, on a uniform sample of all rows (the whole data set where it is small). A kind is a
schema, not a statistic of the target; everything that is fitted comes later and sees the training part only.
Cost: a column that changes its nature far down a large file is judged by the sample; odd cells are counted later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from steps.numbers_in_text import MISSING_MARKERS, Notation, detect
from steps.processing.date_formats import detect_formats
from steps.processing.finding import DataFinding
from steps.processing.settings import Settings
from steps.recipes.values import category_value, date_value, numeric_value

NUMERIC_FRACTION = 0.95
"""A column of text is numeric if at least this fraction of its cells are numbers."""
JUDGED_ROWS = 20_000
"""Rows, evenly spread over the sample, by which a notation of numbers is found."""
ID_LIKE_FRACTION = 0.9
ID_LIKE_MIN_ROWS = 20

Kind = Literal["numeric", "categorical", "date", "dropped"]


@dataclass(frozen=True, slots=True)
class ColumnKind:
    """One column: how its cells are read, or why it is left out."""

    name: str
    dtype: pl.DataType
    kind: Kind
    notation: Notation = Notation.PLAIN
    formats: tuple[str, ...] = ()
    levels: int = 0
    reason: str = ""

    def value(self, settings: Settings) -> pl.Expr:
        """The column's cells as the model will see them, named like the column."""
        if self.kind == "numeric":
            made = numeric_value(self.name, self.dtype, self.notation, settings.missing_numbers)
        elif self.kind == "date":
            made = date_value(self.name, self.dtype, self.formats)
        else:
            made = category_value(self.name, self.dtype, settings.missing_texts)
        return made.alias(self.name)


def classify_columns(
    sample: pl.DataFrame, settings: Settings, *, separator: str | None, left_out: dict[str, str]
) -> tuple[list[ColumnKind], list[DataFinding]]:
    """Kinds of all columns, in file order, and what was noticed.

    Args:
        left_out: columns that are no features, with the reason.
    """
    findings: list[DataFinding] = []
    kinds = [_classify(sample.get_column(name), settings, separator, left_out, findings) for name in sample.columns]
    return _without_copies(sample, kinds, findings), findings


def _classify(
    series: pl.Series, settings: Settings, separator: str | None, left_out: dict[str, str], findings: list[DataFinding]
) -> ColumnKind:
    name, dtype = series.name, series.dtype
    forced = settings.column_types.get(name)
    if name in left_out or forced == "ignore":
        return ColumnKind(name, dtype, "dropped", reason=left_out.get(name, "its column type is 'ignore'"))
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        findings.append(
            DataFinding("nested-column", f"'{name}' holds {dtype}, which was left out.", "Flatten it.", column=name)
        )
        return ColumnKind(name, dtype, "dropped", reason=f"it holds {dtype}")
    if forced != "categorical":
        notation, fraction = _notation(series, separator, settings)
        if fraction >= NUMERIC_FRACTION or forced == "numeric":
            return ColumnKind(name, dtype, "numeric", notation)
        formats, ambiguous = detect_formats(series) if dtype == pl.String else ((), False)
        if dtype.is_temporal() or formats or forced == "date":
            if ambiguous:
                findings.append(_ambiguous(name, formats))
            return ColumnKind(name, dtype, "date", formats=formats)
    return _categorical(series, settings, findings, forced=forced is not None)


def _notation(series: pl.Series, separator: str | None, settings: Settings) -> tuple[Notation, float]:
    if series.dtype != pl.String:
        return Notation.PLAIN, 1.0 if series.dtype.is_numeric() else 0.0
    series = series.gather_every(max(1, len(series) // JUDGED_ROWS))
    if settings.missing_texts:
        series = series.replace(dict.fromkeys(settings.missing_texts))
    return detect(series, separator=separator)


def _categorical(series: pl.Series, settings: Settings, findings: list[DataFinding], *, forced: bool) -> ColumnKind:
    name, dtype = series.name, series.dtype
    values = series.to_frame().select(category_value(name, dtype, settings.missing_texts)).to_series().drop_nulls()
    levels = values.n_unique()
    unique = len(values) >= ID_LIKE_MIN_ROWS and levels >= ID_LIKE_FRACTION * len(values)
    if unique and not forced and name not in settings.keep_columns:
        reason = f"nearly every row has its own text ({levels} in {len(values)} rows), like an identifier"
        return ColumnKind(name, dtype, "dropped", levels=levels, reason=reason)
    markers = [v for v in values.unique(maintain_order=True)[:1000] if v.lower() in MISSING_MARKERS]
    if markers:
        findings.append(
            DataFinding(
                "missing-marker-kept",
                f"'{name}' has the category {', '.join(map(repr, markers[:3]))}; it was kept as a category.",
                "Leave the cell empty if it means missing, or list the word in missing_values.",
                "info",
                name,
            )
        )
    return ColumnKind(name, dtype, "categorical", levels=levels)


def _ambiguous(name: str, formats: tuple[str, ...]) -> DataFinding:
    order = "the month" if formats[0].startswith("%m") else "the day"
    return DataFinding(
        "ambiguous-dates",
        f"Dates in '{name}' can be read with the day or the month first; {order} was taken to come first.",
        "Write dates as 2026-11-24.",
        column=name,
    )


def _without_copies(sample: pl.DataFrame, kinds: list[ColumnKind], findings: list[DataFinding]) -> list[ColumnKind]:
    """Of columns that are equal in every row the first is kept."""
    kept: list[ColumnKind] = []
    first: dict[tuple[int, int], list[str]] = {}
    for kind in kinds:
        if kind.kind == "dropped" or sample.get_column(kind.name).null_count() == sample.height:
            kept.append(kind)
            continue
        series = sample.get_column(kind.name)
        key = (series.null_count(), int(series.hash(seed=1).implode().explode().sum() or 0))
        twin = next((name for name in first.get(key, ()) if _equal(sample, name, kind.name)), None)
        if twin is None:
            first.setdefault(key, []).append(kind.name)
            kept.append(kind)
            continue
        findings.append(
            DataFinding(
                "identical-columns",
                f"'{kind.name}' is equal to '{twin}' in every row and was left out.",
                "Nothing to do, unless they should differ.",
                "info",
                kind.name,
            )
        )
        kept.append(ColumnKind(kind.name, kind.dtype, "dropped", reason=f"it is equal to '{twin}' in every row"))
    return kept


def _equal(sample: pl.DataFrame, left: str, right: str) -> bool:
    return sample.schema[left] == sample.schema[right] and sample.get_column(left).equals(
        sample.get_column(right), null_equal=True
    )
