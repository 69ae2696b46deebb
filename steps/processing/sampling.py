"""A uniform sample of the rows: the whole data set where it is small, some hundred thousand rows where it is not.

Taken in one pass, one row from each of equally long stretches, so that memory holds the sample alone. Kinds of
columns, quantiles, powers, leaks and copies are judged by it.
Cost: a pattern that repeats exactly with the length of a stretch would be seen askew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from steps.reading.source import Source

MAX_ROWS = 100_000
MAX_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Raw rows and their positions in the data set, ascending."""

    frame: pl.DataFrame
    positions: NDArray[np.int64]
    rows: int

    @property
    def is_whole(self) -> bool:
        """Whether every row is in it."""
        return len(self.positions) == self.rows


def take_sample(source: Source, seed: int, batch_rows: int) -> Sample:
    """Draw the sample."""
    size = min(source.rows, MAX_ROWS, max(1_000, MAX_CELLS // max(1, len(source.columns))))
    positions = sample_positions(source.rows, size, seed)
    frames, start = [], 0
    for batch in source.batches(batch_rows):
        first, last = np.searchsorted(positions, (start, start + batch.height))
        chosen = positions[first:last] - start
        frames.append(batch if len(chosen) == batch.height else batch[chosen])
        start += batch.height
    return Sample(pl.concat(frames), positions, source.rows)


def sample_positions(rows: int, size: int, seed: int) -> NDArray[np.int64]:
    """(size,) ascending row numbers, one out of each of ``size`` stretches."""
    if size >= rows:
        return np.arange(rows)
    edges = np.linspace(0, rows, size + 1).astype(np.int64)
    offsets = np.random.default_rng(seed).random(size)
    return np.asarray(edges[:-1] + (offsets * np.diff(edges)).astype(np.int64))
