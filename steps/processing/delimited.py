"""Reads delimited text (CSV and its relatives) as a table of text cells.

Used by the dataset reader. Finds encoding, separator and header; refuses rows that do not fit the header.
Cost: a file with lone carriage returns is rewritten in memory before it is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

import polars as pl

from contracts.errors import DataError

SEPARATORS = (",", ";", "\t", "|")
_SNIFF_CHARACTERS = 64 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Delimited:
    """A table of text cells, empty cells null."""

    frame: pl.DataFrame
    separator: str
    renamed: tuple[str, ...]


def read_delimited(content: bytes, name: str) -> Delimited:
    """Parse the bytes of one file.

    Raises:
        DataError: not UTF-8 or UTF-16, NUL bytes, or a row that does not fit the header (its line is named).
    """
    content = _as_utf8(content, name)
    if b"\x00" in content:
        line = content[: content.index(b"\x00")].count(b"\n") + 1
        raise DataError(f"{name} holds NUL bytes (first in line {line}); it is damaged or not a text file.")
    if re.search(rb"\r(?!\n)", content):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head = content[:_SNIFF_CHARACTERS].decode("utf-8", errors="ignore")
    separator = _sniff_separator(head)
    header = next(csv.reader(io.StringIO(head, newline=""), delimiter=separator), [])
    has_header = not _looks_like_data(header)
    names, renamed = _column_names(header) if has_header else ([f"column_{i}" for i in range(len(header))], ())
    try:
        frame = pl.read_csv(
            io.BytesIO(content),
            separator=separator,
            has_header=False,
            skip_rows=0,
            schema=dict.fromkeys(names, pl.String),
            empty_string_is_null=False,
            extra_columns="raise",
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(_ragged_message(content, name, separator, len(header)) or f"{name}: {error}") from error
    if (message := _short_row(content, frame, name, separator)) is not None:
        raise DataError(message)
    if has_header:
        frame = frame.slice(1)
    frame = frame.with_columns(pl.all().replace("", None))
    return Delimited(frame, separator, renamed)


def _as_utf8(content: bytes, name: str) -> bytes:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            try:
                return content.decode(encoding).encode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(f"{name} starts as {encoding} but is damaged: {error.reason}.") from error
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name} is not UTF-8 (byte 0x{content[error.start]:02x} in line {line}); save it as UTF-8, "
            "for example with iconv -f ISO-8859-1 -t UTF-8."
        ) from error
    return content


def _sniff_separator(head: str) -> str:
    """The separator that splits the first rows into the same, largest number of fields."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        rows = list(islice(csv.reader(io.StringIO(head, newline=""), delimiter=separator), 50))
        rows = [row for row in (rows[:-1] if len(rows) > 2 else rows) if row]
        width = len(rows[0]) if rows else 0
        if width < 2:
            continue
        agreeing = sum(len(row) == width for row in rows) / len(rows)
        if (agreeing, width) > best_score:
            best, best_score = separator, (agreeing, width)
    return best


def _looks_like_data(header: list[str]) -> bool:
    filled = [cell.strip() for cell in header if cell.strip()]
    numbers = sum(bool(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", cell)) for cell in filled)
    return bool(filled) and numbers * 2 > len(filled)


def _column_names(header: list[str]) -> tuple[list[str], tuple[str, ...]]:
    names: list[str] = []
    renamed: list[str] = []
    for index, cell in enumerate(header):
        name = cell if cell.strip() else f"unnamed_{index}"
        if name in names:
            suffix = 2
            while f"{name}_{suffix}" in names or f"{name}_{suffix}" in header:
                suffix += 1
            name = f"{name}_{suffix}"
        if name != cell and cell.strip():
            renamed.append(name)
        names.append(name)
    return names, tuple(renamed)


def _short_row(content: bytes, frame: pl.DataFrame, name: str, separator: str) -> str | None:
    """Polars fills rows that are too short; name the first. Only looks if the last column has empty cells."""
    last = frame.get_column(frame.columns[-1]) if frame.width > 1 else None
    if last is None or not bool((last.fill_null("") == "").any()):
        return None
    expected = (frame.width - 1) * frame.height
    if b'"' not in content and content.count(separator.encode()) == expected:
        return None
    return _ragged_message(content, name, separator, frame.width)


def _ragged_message(content: bytes, name: str, separator: str, width: int) -> str | None:
    reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), delimiter=separator)
    try:
        for row in reader:
            if row and len(row) != width:
                return (
                    f"{name}, line {reader.line_num}: {len(row)} fields where the header has {width}. "
                    "Correct that row, or quote cells that hold the separator."
                )
    except csv.Error as error:
        return f"{name}, line {reader.line_num}: {error}."
    return None
