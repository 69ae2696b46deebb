"""The test part: raw rows in Parquet pieces, read one piece at a time.

Between PrepareData's output and the model's answers. Cost: a piece stands in memory; a single column of all rows, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.errors import DataError
from steps.metrics.clustering import sampled
from steps.metrics.weighted import Indices
from steps.tables import TARGET_COLUMN, part_paths

BATCH_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows that no part of the training has seen; ``kept`` are those that are looked at, None for all."""

    paths: tuple[Path, ...]
    columns: tuple[str, ...]
    rows: int
    kept: Indices | None = None

    @classmethod
    def open(cls, folder: Path) -> HeldOut:
        """The part in a folder; DataError if it has no rows or cannot be read."""
        paths = tuple(part_paths(folder))
        try:
            columns = tuple(pl.read_parquet_schema(paths[0]))
            rows = sum(int(pl.scan_parquet(path).select(pl.len()).collect().item()) for path in paths)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DataError(f"{folder} cannot be read as Parquet: {error}.") from error
        if rows == 0:
            raise DataError("The test part holds no rows; set a larger test_size, or bring more rows.")
        return cls(paths, columns, rows)

    def at_most(self, limit: int, seed: int) -> HeldOut:
        """This part, or a seeded sample of ``limit`` of its rows where it has more."""
        if self.rows <= limit:
            return self
        return replace(self, rows=limit, kept=sampled(self.rows, limit, seed))

    def batches(self, columns: tuple[str, ...] | None = None) -> Iterator[pl.DataFrame]:
        """All rows in order, at most BATCH_ROWS at a time."""
        start = 0
        for path in self.paths:
            try:
                piece = pl.read_parquet(path, columns=None if columns is None else list(columns))
            except (pl.exceptions.PolarsError, OSError) as error:
                raise DataError(f"{path.name} of the test part cannot be read as Parquet: {error}.") from error
            stop = start + piece.height
            if self.kept is not None:
                piece = piece[_within(self.kept, start, stop)]
            start = stop
            if piece.height:
                yield from piece.iter_slices(BATCH_ROWS)

    def column(self, name: str) -> pl.Series:
        """One column of all rows."""
        return pl.concat([frame.get_column(name) for frame in self.batches((name,))], how="vertical")

    def take(self, positions: Indices) -> pl.DataFrame:
        """The rows at ascending positions, without the target."""
        found, start = [], 0
        for frame in self.batches():
            found.append(frame[_within(positions, start, start + frame.height)])
            start += frame.height
        return pl.concat(found, how="vertical").drop(TARGET_COLUMN, strict=False)

    def target(self) -> NDArray[np.float64] | None:
        """(n,) class indices, values or reference labels, NaN where missing; None where the part has none."""
        if TARGET_COLUMN not in self.columns:
            return None
        values = self.column(TARGET_COLUMN).cast(pl.Float64).fill_null(float("nan"))
        return values.to_numpy()


def _within(positions: Indices, start: int, stop: int) -> Indices:
    """The positions of one piece, counted from its first row."""
    low, high = np.searchsorted(positions, (start, stop))
    inside: Indices = positions[low:high] - start
    return inside
