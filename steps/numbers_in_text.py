"""Numbers written as text: which notation a column uses, and the polars expression that reads it.

PrepareData detects the notation once; the preprocessor applies the same expression to training, test and
served rows.
Cost: a column has one notation; cells in another one count as missing.
"""

from __future__ import annotations

from enum import Enum

import polars as pl

MISSING_MARKERS = (
    "",
    "?",
    "-",
    "--",
    ".",
    "na",
    "n/a",
    "#n/a",
    "nan",
    "null",
    "none",
    "nil",
    "missing",
    "unknown",
)
"""Cells, lower case and without surrounding blanks, that mean "missing" in a column of numbers."""


class Notation(Enum):
    """How a column of text writes its numbers."""

    PLAIN = "plain"  # 1234.5
    DECIMAL_COMMA = "decimal_comma"  # 1.234,5
    DECORATED = "decorated"  # $1,234.50  61.5%


_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_COMMA_DECIMAL = r"^[+-]?\d{1,3}((\.\d{3})*|\d*)(,\d+)?$"
_DECORATION = r"[\s$€£¥%]"


def is_marker(cell: pl.Expr) -> pl.Expr:
    """True where a text cell stands for a missing number."""
    return cell.str.strip_chars().str.to_lowercase().is_in(MISSING_MARKERS)


def parse(cell: pl.Expr, notation: Notation) -> pl.Expr:
    """Text cells as Float64; null where missing or not a number in this notation. May yield ±inf and NaN."""
    text = cell.str.strip_chars()
    if notation is Notation.DECIMAL_COMMA:
        text = text.str.replace_all(".", "", literal=True).str.replace_all(",", ".", literal=True)
    elif notation is Notation.DECORATED:
        text = text.str.replace_all(_DECORATION, "").str.replace_all(",", "", literal=True)
    return pl.when(is_marker(cell)).then(None).otherwise(text).cast(pl.Float64, strict=False)


def detect(values: pl.Series, *, separator: str | None) -> tuple[Notation, float]:
    """The notation that reads most of the cells, and the fraction of non-missing cells it reads, in [0, 1].

    Args:
        values: text cells.
        separator: the file's field separator. In a file separated by commas a quoted "1,234" groups
            thousands; in one separated by semicolons it is a decimal comma.
    """
    present = values.drop_nulls()
    cell = pl.col(values.name)
    frame = present.to_frame().filter(~is_marker(cell))
    if frame.is_empty():
        return Notation.PLAIN, 0.0
    plain = _fraction(frame, parse(cell, Notation.PLAIN).is_not_null())
    if plain == 1.0:
        return Notation.PLAIN, 1.0
    text = cell.str.strip_chars()
    comma = _fraction(frame, text.str.contains(_COMMA_DECIMAL))
    grouped = _fraction(frame, text.str.contains(_THOUSANDS))
    if separator != "," and comma > plain and grouped < 1.0:
        return Notation.DECIMAL_COMMA, comma
    decorated = _fraction(frame, parse(cell, Notation.DECORATED).is_not_null())
    has_comma_decimal = _fraction(frame, text.str.contains(r",\d{1,2}$")) > 0.5
    if decorated > plain and not has_comma_decimal:
        return Notation.DECORATED, decorated
    if comma > plain and has_comma_decimal:
        return Notation.DECIMAL_COMMA, comma
    return Notation.PLAIN, plain


def _fraction(frame: pl.DataFrame, condition: pl.Expr) -> float:
    return float(frame.select(condition.fill_null(False).mean()).item() or 0.0)
