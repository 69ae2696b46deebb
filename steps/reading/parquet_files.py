"""Parquet inputs: checked, and written again only where their layout would cost memory.

The counterpart of delimited.py. A file with row groups of a bearable size and without blank rows is used where it
lies. Larger groups are read page by page and written in small ones.
Cost: a group is measured by its rows and types; very long texts make it larger than it seems.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from contracts.errors import DataError
from steps.reading.options import ReadOptions
from steps.reading.parquet_footer import rows_of_first_group
from steps.reading.writing import first_line, write_rows

PARQUET_SUFFIXES = (".parquet", ".pq")
MAGIC = b"PAR1"
_TEXT_BYTES = 24


def scan_parquet(paths: Path | list[Path]) -> pl.LazyFrame:
    """Scan exactly these files; names are not patterns and folders mean nothing."""
    return pl.scan_parquet(paths, glob=False, hive_partitioning=False)


def count_rows(path: Path) -> int:
    """Rows of one file, from its footer."""
    return int(scan_parquet(path).select(pl.len()).collect().item())


def prepare_parquet(path: Path, name: str, scratch: Path, options: ReadOptions) -> list[Path]:
    """Files in bearable row groups with the same rows, blank ones left out.

    Raises:
        DataError: the file is cut short or damaged, or holds no columns.
    """
    try:
        rows = scan_parquet(path)
        schema = rows.collect_schema()
        if not schema:
            raise DataError(f"{name} is a Parquet file without columns; write it again.")
        row_bytes = sum(_width(kind) for kind in schema.values())
        height = count_rows(path)
        group = rows_of_first_group(path) or height
        if group * row_bytes <= options.largest_row_group_bytes and not _has_blank_rows(rows, schema):
            return [path]
        step = max(options.row_group_rows(len(schema)), options.largest_row_group_bytes // (2 * row_bytes))
        written = []
        for start in range(0, height, step):
            part = rows.slice(start, step).collect().filter(~pl.all_horizontal(pl.all().is_null()))
            written.append(scratch / f"rows-{start:012d}.parquet")
            write_rows(part.lazy(), written[-1], width=len(schema), options=options)
        return written
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{name} is a damaged Parquet file: {first_line(error)}. Write it again.") from error


def _has_blank_rows(rows: pl.LazyFrame, schema: pl.Schema) -> bool:
    for column in list(schema)[:3]:  # a column without nulls answers the question at the price of one column
        if not rows.select(pl.col(column).null_count()).collect(engine="streaming").item():
            return False
    blank = pl.all_horizontal(pl.all().is_null()).any()
    return bool(rows.select(blank).collect(engine="streaming").item())


def _width(kind: pl.DataType) -> int:
    if kind.is_numeric() or kind.is_temporal() or kind == pl.Boolean:
        return 8
    return _TEXT_BYTES if not kind.is_nested() else 4 * _TEXT_BYTES
