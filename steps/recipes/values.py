"""Raw cells as numbers, categories and dates: the one place where a cell gets its meaning.

PrepareData's statistics and the fitted recipes use the same expressions, so that served rows mean what training rows
meant. Cost: what does not fit a column's kind is missing; PrepareData counts such cells and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from steps.numbers_in_text import Notation, parse


def numeric_value(
    name: str, dtype: pl.DataType, notation: Notation = Notation.PLAIN, missing: Sequence[float] = ()
) -> pl.Expr:
    """A raw column as finite Float64; everything else is null, and so are the numbers in ``missing``."""
    value = numeric_cell(name, dtype, notation)
    finite = pl.when(value.is_finite()).then(value).otherwise(None)
    return pl.when(finite.is_in(list(missing))).then(None).otherwise(finite) if missing else finite


def numeric_cell(name: str, dtype: pl.DataType, notation: Notation = Notation.PLAIN) -> pl.Expr:
    """The same before ±inf and NaN become null."""
    if dtype == pl.String:
        return parse(pl.col(name), notation)
    if dtype.is_temporal():
        return pl.lit(None, dtype=pl.Float64)
    return pl.col(name).cast(pl.Float64, strict=False)


def category_value(name: str, dtype: pl.DataType, missing: Sequence[str] = ()) -> pl.Expr:
    """A raw column as text without surrounding blanks; empty text is null; 3.0 and 3 are the same."""
    column = pl.col(name)
    if dtype.is_float():
        whole = column.is_finite() & (column == column.round(0)) & (column.abs() < 2**53)
        as_text = column.cast(pl.String)
        text = pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(as_text)
        text = pl.when(column.is_nan()).then(None).otherwise(text)
    else:
        text = column.cast(pl.String, strict=False).str.strip_chars()
        text = pl.when(text == "").then(None).otherwise(text)
    return pl.when(text.is_in(list(missing))).then(None).otherwise(text) if missing else text


def date_value(name: str, dtype: pl.DataType, formats: Sequence[str] = ()) -> pl.Expr:
    """A raw column as Datetime (microseconds, no zone); null where no format fits.

    Args:
        formats: chrono formats, tried in this order; not needed for temporal columns.
    """
    column = pl.col(name)
    if dtype == pl.Date:
        return column.cast(pl.Datetime("us"))
    if isinstance(dtype, pl.Datetime):
        return column.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if not formats:
        return pl.lit(None, dtype=pl.Datetime("us"))
    text = column.cast(pl.String, strict=False).str.strip_chars()
    return pl.coalesce(_parsed(text, form) for form in formats)


def _parsed(text: pl.Expr, form: str) -> pl.Expr:
    if "%H" in form:
        return text.str.to_datetime(form, strict=False, time_unit="us", ambiguous="null")
    return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
