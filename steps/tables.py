"""The Parquet files that the steps hand to each other.

PrepareData writes them, TrainModel and EvaluateModel read them; the class index or value to predict stands in
``__target__``. Cost: ``read_parts`` holds a whole part in memory; ``iterate_parts`` does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from contracts.errors import DataError

TARGET_COLUMN = "__target__"


@dataclass(slots=True)
class PartWriter:
    """Writes a table in pieces: part-00000.parquet, part-00001.parquet, … (Parquet, zstd)."""

    folder: Path
    count: int = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Write one piece."""
        path = self.folder / f"part-{self.count:05d}.parquet"
        frame.write_parquet(path, compression="zstd", compression_level=1)
        self.count += 1

    def close(self, empty: pl.DataFrame) -> None:
        """Finish; a table without rows is one piece with columns only."""
        if self.count == 0:
            self.add(empty)


def part_paths(folder: Path) -> list[Path]:
    """The Parquet files of a folder, in the order of their names; DataError if there is none."""
    paths = sorted(folder.rglob("*.parquet"))
    if not paths:
        raise DataError(f"{folder} holds no Parquet file; the step before this one wrote nothing.")
    return paths


def iterate_parts(folder: Path) -> Iterator[pl.DataFrame]:
    """The pieces of a table, one after the other."""
    for path in part_paths(folder):
        yield _read(path, folder)


def read_parts(folder: Path) -> pl.DataFrame:
    """All pieces of a table together."""
    return pl.concat([_read(path, folder) for path in part_paths(folder)], how="vertical")


def _read(path: Path, folder: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{folder} cannot be read as Parquet: {error}.") from error
