"""The Parquet files that the steps hand to each other.

PrepareData writes them, TrainModel and EvaluateModel read them; the class index or value to predict stands in
``__target__``. Cost: one part per folder, so a part has to fit in memory.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from contracts.errors import DataError

TARGET_COLUMN = "__target__"
PART_NAME = "part-00000.parquet"


def write_part(frame: pl.DataFrame, folder: Path) -> None:
    """Write a table as the folder's only part (Parquet, zstd)."""
    frame.write_parquet(folder / PART_NAME, compression="zstd", compression_level=3)


def read_parts(folder: Path) -> pl.DataFrame:
    """All Parquet parts of a folder, in the order of their names."""
    paths = sorted(folder.rglob("*.parquet"))
    if not paths:
        raise DataError(f"{folder} holds no Parquet file; the step before this one wrote nothing.")
    try:
        return pl.concat([pl.read_parquet(path) for path in paths], how="vertical")
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{folder} cannot be read as Parquet: {error}.") from error
