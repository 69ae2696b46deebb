"""What a caller may say about the files before they are read, and the limits of reading.

Used by every module of this package. Cost: one memory setting is split by fixed shares, so a cap far below
the default slows reading down before it fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import polars as pl

MIB = 2**20
MAX_ROW_BYTES = 64 * MIB
"""A row of text longer than this is taken for a quote that is never closed."""
MAX_ROW_GROUP_ROWS = 65_536
_CHUNK_SIZE = "POLARS_CSV_CHUNK_SIZE"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read; None = find out.

    ``names`` are the columns of a file without a header. ``text_columns`` stay text whatever they look like, and
    with ``all_text`` so do all columns of text files.
    """

    names: tuple[str, ...] | None = None
    header: bool | None = None
    separator: str | None = None
    encoding: str | None = None
    text_columns: frozenset[str] = field(default_factory=frozenset)
    all_text: bool = False
    max_memory_mb: int = 1024

    def row_group_rows(self, width: int) -> int:
        """Rows of a Parquet row group of ``width`` columns: a sixteenth of the memory at 16 bytes a cell."""
        budget = self.max_memory_mb * MIB // 16
        return min(MAX_ROW_GROUP_ROWS, max(256, budget // (16 * max(1, width))))

    @property
    def largest_row_group_bytes(self) -> int:
        """Parquet files with larger row groups (decoded) are written again in smaller ones."""
        return self.max_memory_mb * MIB // 4

    @property
    def block_bytes(self) -> int:
        """Bytes of text that are looked at together."""
        return min(MIB, max(MIB // 8, self.max_memory_mb * MIB // 512))


@contextmanager
def small_chunks(options: ReadOptions) -> Iterator[None]:
    """Make Polars read CSV in small pieces: a third of the memory, and no slower (measured).

    The environment is the only place where Polars takes this setting; what the user has set stays.
    """
    share = options.max_memory_mb * MIB // (64 * max(2, pl.thread_pool_size()))
    chunk = str(min(MIB, max(MIB // 4, share)))
    if _CHUNK_SIZE in os.environ:
        yield
        return
    os.environ[_CHUNK_SIZE] = chunk
    try:
        yield
    finally:
        os.environ.pop(_CHUNK_SIZE, None)
