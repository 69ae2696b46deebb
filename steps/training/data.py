"""The prepared matrices as a trainer sees them: as one array, or in batches that never stand in memory together.

Between PrepareData's Parquet parts and the trainers. Cost: ``matrix`` needs rows x features x 4 bytes twice for
a moment; libraries that can stream should use ``batches``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.errors import DataError
from steps.tables import TARGET_COLUMN

Matrix = NDArray[np.float32]
BATCH_CELLS = 16_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """One of train, validation: Parquet files with the features and, for supervised tasks, ``__target__``."""

    paths: tuple[Path, ...]
    features: tuple[str, ...]
    is_classification: bool
    rows: int

    @classmethod
    def open(cls, folder: Path, features: tuple[str, ...], *, is_classification: bool) -> Part:
        """The part in a folder; DataError if it holds no Parquet file or lacks a feature."""
        paths = tuple(sorted(folder.rglob("*.parquet")))
        if not paths:
            raise DataError(f"{folder} holds no Parquet file; the step before this one wrote nothing.")
        table = pl.scan_parquet(list(paths))
        absent = [name for name in features if name not in table.collect_schema()]
        if absent:
            raise DataError(f"{folder} lacks the feature(s) {', '.join(absent[:5])}; prepare the data again.")
        return cls(paths, features, is_classification, int(table.select(pl.len()).collect().item()))

    def matrix(self) -> Matrix:
        """(rows, features), C-contiguous."""
        matrix = np.empty((self.rows, len(self.features)), dtype=np.float32)
        start = 0
        for frame in self._frames(self.features):
            matrix[start : start + frame.height] = frame.cast(pl.Float32).to_numpy()
            start += frame.height
        return matrix

    def target(self) -> NDArray[Any]:
        """(rows,) int64 class indices, or float64 values."""
        values = [frame.get_column(TARGET_COLUMN).to_numpy() for frame in self._frames((TARGET_COLUMN,))]
        return np.concatenate(values).astype(np.int64 if self.is_classification else np.float64)

    def batches(self, rows: int | None = None) -> Iterator[tuple[Matrix, NDArray[Any]]]:
        """(x, y) of at most ``rows`` rows each, in file order; y is empty where the part has no target."""
        size = rows or max(1_000, BATCH_CELLS // max(1, len(self.features)))
        kind = np.int64 if self.is_classification else np.float64
        answered = TARGET_COLUMN in pl.read_parquet_schema(self.paths[0])
        for frame in self._frames((*self.features, TARGET_COLUMN) if answered else self.features):
            for piece in frame.iter_slices(size):
                x = np.ascontiguousarray(piece.select(self.features).cast(pl.Float32).to_numpy())
                y = piece.get_column(TARGET_COLUMN).to_numpy() if answered else np.empty(0)
                yield x, y.astype(kind)

    def _frames(self, columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        for path in self.paths:
            yield pl.read_parquet(path, columns=list(columns))


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a trainer is given; ``validation`` is None where the split has none.

    Attributes:
        task_type: classification, regression, clustering or dimensionality_reduction.
        classes: number of classes; 0 where there are none.
        class_weights: weight of each class, or None; multiply it into the row weights.
    """

    train: Part
    validation: Part | None
    task_type: str
    classes: int
    class_weights: tuple[float, ...] | None = None

    def row_weights(self, target: NDArray[Any]) -> NDArray[np.float64] | None:
        """(n,) weights of rows by their class, or None where classes weigh alike."""
        return None if self.class_weights is None else np.asarray(self.class_weights)[target]
