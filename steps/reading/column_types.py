"""Which columns of a text file are numbers, cell by cell.

Used on the first rows of a file to choose types, and on all of its rows if the choice did not hold. A column is
Int64 or Float64 only if every cell is a plain number or empty; leading zeros, a plus sign, words such as "nan",
and whole numbers beyond 64 bits make it text, because reading them as numbers would lose something.
Cost: numbers in another notation (1.234,5 or $1,000) stay text here; numbers_in_text.py reads them later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

WHOLE = r"^ *(?:-?(?:0|[1-9][0-9]{0,18}))?$"
NUMBER = r"^ *(?:-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)?$"
LONG = r"^ *-?[0-9]{17,}$"  # a whole number that a 64-bit float would round
ColumnType = type[pl.Int64] | type[pl.Float64] | type[pl.String] | None
"""None: every cell is empty."""


def number_types(rows: pl.LazyFrame, columns: Iterable[str]) -> dict[str, ColumnType]:
    """The type of each of these text columns, from all rows of the frame (streamed)."""
    names = list(columns)
    if not names:
        return {}
    cell = pl.col("cell")
    fits = cell.str.strip_chars().cast(pl.Int64, strict=False).is_not_null()  # 19 digits may be too many
    found = (
        rows.select(pl.col(name).alias(str(index)) for index, name in enumerate(names))
        .unpivot(variable_name="column", value_name="cell")
        .filter(cell.is_not_null())
        .select(
            "column",
            whole=cell.str.contains(WHOLE) & (cell.str.len_bytes().lt(19) | fits),
            number=cell.str.contains(NUMBER) & ~cell.str.contains(LONG),
        )
        .group_by("column")
        .agg(pl.col("whole").all(), pl.col("number").all())
        .collect(engine="streaming")
    )
    types: dict[str, ColumnType] = dict.fromkeys(names)
    for column, whole, number in found.iter_rows():
        types[names[int(column)]] = pl.Int64 if whole else pl.Float64 if number else pl.String
    return types


def common_types(parts: Iterable[Mapping[str, ColumnType]]) -> dict[str, ColumnType]:
    """The type that holds a column's cells in every part."""
    common: dict[str, ColumnType] = {}
    for types in parts:
        for name, kind in types.items():
            known = common.get(name)
            if known is None or kind is None or known is kind:
                common[name] = kind if known is None else known
            else:
                common[name] = pl.String if pl.String in (known, kind) else pl.Float64
    return common
