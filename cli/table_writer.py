"""Writes a table batch by batch as CSV, JSON Lines or Parquet; the file appears whole or not at all.

Place in the flow: `issueops predict` hands its predictions here. One cost: Parquet is written twice, first as one part
per batch, so that memory stays bounded whatever the number of rows.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl

from contracts.errors import ConfigError

CSV, PARQUET, JSON_LINES = "csv", "parquet", "jsonl"
FORMATS = {".csv": CSV, ".parquet": PARQUET, ".pq": PARQUET, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES}


class TableWriter(ABC):
    """Takes frames of one schema, in order."""

    @abstractmethod
    def write(self, frame: pl.DataFrame) -> None:
        """Append the rows of a frame; one without rows still states the columns."""

    @abstractmethod
    def finish(self) -> None:
        """All rows were given."""


class CsvWriter(TableWriter):
    """Comma-separated, with a header."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._has_header = file, False

    def write(self, frame: pl.DataFrame) -> None:
        """Append the rows of a frame."""
        nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
        if nested:
            raise ConfigError(f"CSV cannot hold the nested column '{nested[0]}'; write .jsonl or .parquet instead.")
        # Written by Python, so that a reader that went away (`| head`) is a BrokenPipeError, not an error of Polars.
        self._file.write(frame.write_csv(include_header=not self._has_header).encode())
        self._has_header = True

    def finish(self) -> None:
        """Hand what is buffered to the system."""
        self._file.flush()


class JsonLinesWriter(TableWriter):
    """One object a line."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, frame: pl.DataFrame) -> None:
        """Append the rows of a frame."""
        self._file.write(frame.write_ndjson().encode())

    def finish(self) -> None:
        """Hand what is buffered to the system."""
        self._file.flush()


class ParquetWriter(TableWriter):
    """Parts in a scratch folder, joined at the end by Polars' streaming engine."""

    def __init__(self, target: Path, scratch: Path) -> None:
        self._target, self._scratch, self._parts = target, scratch, 0

    def write(self, frame: pl.DataFrame) -> None:
        """Write the rows of a frame as one part."""
        frame.write_parquet(self._scratch / f"part-{self._parts:08}.parquet")
        self._parts += 1

    def finish(self) -> None:
        """Join the parts."""
        pl.scan_parquet(sorted(self._scratch.glob("part-*.parquet"))).sink_parquet(self._target)


def check_output(out: Path | None) -> str:
    """The format that the file's suffix asks for; CSV where there is no file.

    Raises:
        ConfigError: another suffix, or a place that cannot be written.
    """
    if out is None:
        return CSV
    suffix = out.suffix.lower()
    if suffix not in FORMATS:
        raise ConfigError(f"the output must end in one of {', '.join(FORMATS)}, got '{out.name}'.")
    if out.is_dir():
        raise ConfigError(f"the output {out} is a folder; name a file in it.")
    if not out.parent.is_dir():
        raise ConfigError(f"the output's folder {out.parent} does not exist; make it first.")
    return FORMATS[suffix]


@contextmanager
def open_table(out: Path | None) -> Iterator[TableWriter]:
    """A writer to a file, or to standard output as CSV; a file is replaced at the end, if all went well.

    Raises:
        ConfigError: see `check_output`; or the file cannot be written.
    """
    kind = check_output(out)
    if out is None:
        writer = CsvWriter(sys.stdout.buffer)
        yield writer
        writer.finish()
        return
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        with _writer(kind, draft) as table:
            yield table
            table.finish()
        os.replace(draft, out)
    except OSError as error:
        raise ConfigError(f"the output {out} cannot be written: {error.strerror or error}.") from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _writer(kind: str, draft: Path) -> Iterator[TableWriter]:
    if kind == PARQUET:
        with tempfile.TemporaryDirectory(prefix=f"{draft.name}-", dir=draft.parent) as scratch:
            yield ParquetWriter(draft, Path(scratch))
        return
    with draft.open("xb") as file:
        yield CsvWriter(file) if kind == CSV else JsonLinesWriter(file)
