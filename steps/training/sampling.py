"""A random sample of a prepared part, read without holding the rest of it.

Used where a method or a metric is quadratic in rows. Cost: one streaming pass over the part's files.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from steps.tables import TARGET_COLUMN
from steps.training.data import Matrix, Part

_ROW = "__row_of_part__"


def sample_matrix(part: Part, limit: int, seed: int) -> Matrix:
    """(at most limit, features) rows, drawn without replacement, in file order."""
    if part.rows <= limit:
        return part.matrix()
    return _as_matrix(_chosen(part, part.features, limit, seed))


def sample_pairs(part: Part, limit: int, seed: int) -> tuple[Matrix, NDArray[Any]]:
    """The same rows, and their targets: int64 class indices or float64 values."""
    if part.rows <= limit:
        return part.matrix(), part.target()
    frame = _chosen(part, (*part.features, TARGET_COLUMN), limit, seed)
    target = frame.get_column(TARGET_COLUMN).to_numpy()
    return _as_matrix(frame.select(part.features)), target.astype(np.int64 if part.is_classification else np.float64)


def _chosen(part: Part, columns: tuple[str, ...], limit: int, seed: int) -> pl.DataFrame:
    rows = np.sort(np.random.default_rng(seed).choice(part.rows, size=limit, replace=False))
    table = pl.scan_parquet(list(part.paths)).select(columns).with_row_index(_ROW)
    drawn = table.filter(pl.col(_ROW).is_in(pl.Series(rows, dtype=pl.UInt32).implode()))
    return drawn.sort(_ROW).drop(_ROW).collect(engine="streaming")


def _as_matrix(frame: pl.DataFrame) -> Matrix:
    return np.ascontiguousarray(frame.cast(pl.Float32).to_numpy(), dtype=np.float32)
