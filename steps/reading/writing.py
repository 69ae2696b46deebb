"""Writes rows to the scratch folder: Parquet in small row groups, packed by LZ4 (fast, half the size).

Used for every format that is not left where it lies. Cost: no statistics are kept, so filters on a source skip nothing.
"""

from __future__ import annotations

import errno
from pathlib import Path

import polars as pl

from steps.reading.options import ReadOptions


def write_rows(rows: pl.LazyFrame, target: Path, *, width: int, options: ReadOptions) -> None:
    """Stream rows of ``width`` columns into a file.

    Raises:
        OSError: the volume is full (Polars reports it as a damaged file).
        pl.exceptions.PolarsError: the rows cannot be read.
    """
    try:
        rows.sink_parquet(target, compression="lz4", statistics=False, row_group_size=options.row_group_rows(width))
    except pl.exceptions.PolarsError as error:
        if f"os error {errno.ENOSPC}" in str(error):
            raise OSError(errno.ENOSPC, "the volume is full", str(target)) from error
        raise


def first_line(error: BaseException) -> str:
    """The gist of a message of Polars, without its last full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
