"""Reads the files of a dataset folder into one table of raw cells.

First stage of PrepareData. CSV cells stay text: what a column means is decided later, over all of its rows.
Every defect that would silently change the data (ragged rows, cut archives, foreign encodings, differing
parts) is an error naming file, place and remedy. Cost: a dataset has to fit in memory once as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from contracts.errors import DataError
from steps.processing.delimited import read_delimited
from steps.processing.unpacking import unpack

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".data")
PARQUET_SUFFIXES = (".parquet", ".pq")
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
PACKED_SUFFIXES = (".gz", ".bz2", ".zip")
_NOT_DATA = re.compile(r"^(readme|licen[cs]e|notice|changelog|dataset\.|metadata\.|manifest\.|_|\.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RawTable:
    """All rows of the dataset; text cells where the file was text."""

    frame: pl.DataFrame
    files: tuple[str, ...]
    separator: str | None
    renamed: tuple[str, ...] = ()
    """Headers that stood twice or were empty, as they are called here."""


def read_dataset(folder: Path) -> RawTable:
    """Read every data file below a folder, in the order of their names.

    Raises:
        DataError: nothing to read, or a file is broken; the message names file and remedy.
    """
    paths = sorted(path for path in _files(folder) if _is_data(path))
    if not paths:
        present = sorted(path.name for path in _files(folder))
        listing = f" It holds {', '.join(present[:5])}." if present else " It is empty."
        raise DataError(
            f"The dataset has no data file.{listing} Expected at least one file ending in "
            f"{', '.join(TEXT_SUFFIXES[:1] + PARQUET_SUFFIXES[:1])} (also .csv.gz, .tsv, .jsonl)."
        )
    tables = [_read_file(path, path.relative_to(folder).as_posix()) for path in paths]
    _check_same_columns(tables)
    frames = [table.frame for table in tables]
    try:
        frame = pl.concat(frames, how="vertical_relaxed") if len(frames) > 1 else frames[0]
    except pl.exceptions.PolarsError as error:
        raise DataError(f"The parts of the dataset have columns of different types: {error}.") from error
    files = tuple(table.files[0] for table in tables)
    frame = _without_blank_rows(frame)
    if frame.height == 0:
        raise DataError(f"{', '.join(files)} has a header but no rows; add data rows below the header.")
    return RawTable(frame, files, tables[0].separator, tables[0].renamed)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _is_data(path: Path) -> bool:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if _NOT_DATA.match(path.name) or not suffixes:
        return False
    kinds = (*TEXT_SUFFIXES, *PARQUET_SUFFIXES, *JSON_SUFFIXES)
    if suffixes[-1] == ".zip":
        return True
    if suffixes[-1] in PACKED_SUFFIXES:
        return len(suffixes) > 1 and suffixes[-2] in kinds
    return suffixes[-1] in kinds


def _read_file(path: Path, name: str) -> RawTable:
    content, inner = unpack(path, name)
    if not content.strip(b"\r\n\t \x00"):
        raise DataError(f"{name} is empty; upload the file again.")
    if content[:4] == b"PAR1":
        return RawTable(_read_parquet(content, name), (name,), None)
    if inner.lower().endswith(PARQUET_SUFFIXES):
        raise DataError(f"{name} is not a Parquet file although its name says so (its first bytes are not PAR1).")
    if re.match(rb"\s*(<!doctype|<html|<\?xml)", content[:512], re.IGNORECASE):
        raise DataError(
            f"{name} is a web page, not a table; the download probably failed. Download the data file itself."
        )
    if inner.lower().endswith(JSON_SUFFIXES):
        return RawTable(_read_json(content, name, lines=not content.lstrip().startswith(b"[")), (name,), None)
    delimited = read_delimited(content, name)
    return RawTable(delimited.frame, (name,), delimited.separator, delimited.renamed)


def _read_parquet(content: bytes, name: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(content)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{name} is a damaged Parquet file: {_first_line(error)}. Write it again.") from error


def _read_json(content: bytes, name: str, *, lines: bool) -> pl.DataFrame:
    try:
        if lines:
            return pl.read_ndjson(content, infer_schema_length=None)
        return pl.read_json(content, infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"{name} is not JSON rows: {_first_line(error)}. Expected one object per line, or one array of objects."
        ) from error


def _check_same_columns(tables: list[RawTable]) -> None:
    first = tables[0]
    for index, table in enumerate(tables):
        if set(table.frame.columns) != set(first.frame.columns):
            only_first = sorted(set(first.frame.columns) - set(table.frame.columns))
            only_here = sorted(set(table.frame.columns) - set(first.frame.columns))
            raise DataError(
                f"{table.files[0]} has other columns than {first.files[0]}: "
                f"it lacks {only_first[:5] or 'none'} and adds {only_here[:5] or 'none'}. "
                "All files of a dataset must have the same columns; "
                "put other tables into another dataset folder."
            )
        if table.frame.columns != first.frame.columns:
            reordered = table.frame.select(first.frame.columns)
            tables[index] = RawTable(reordered, table.files, table.separator, table.renamed)


def _without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    if frame.width == 0:
        return frame
    return frame.filter(~pl.all_horizontal(pl.all().is_null()))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
