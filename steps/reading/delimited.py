"""Delimited text (CSV and its relatives): understood, checked over all of its rows, then written as Parquet.

``prepare`` looks at one file and never changes what its cells say; ``TextPart.convert`` has Polars stream it into
Parquet. Between the two, source.py agrees on the types of columns over all files.
Cost: every file is read three times (encoding, shape, conversion), once more if a late cell contradicts a type.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from contracts.errors import DataError
from steps.reading.column_types import ColumnType, number_types
from steps.reading.encodings import as_utf8
from steps.reading.options import ReadOptions
from steps.reading.rewriting import with_newlines, with_plain_quotes, without_backslashes
from steps.reading.shape import Shape, StrayQuote, check_shape, complete_rows
from steps.reading.sniffing import Dialect, sniff
from steps.reading.writing import first_line, write_rows

_SAMPLE_BYTES = 4 * 2**20
_SAMPLE_ROWS = 20_000


class NotNumbers(Exception):
    """Polars refuses a cell, most likely because it is no number; choose the types again."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """A file that is known to be readable. ``types``: what its first rows allow, by column."""

    name: str
    path: Path
    dialect: Dialect
    shape: Shape
    types: Mapping[str, ColumnType]
    notes: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows that hold something."""
        return self.shape.rows - self.shape.blank_rows

    def scan(self, types: Mapping[str, ColumnType]) -> pl.LazyFrame:
        """The data rows, blank ones included; columns without a type are text."""
        return pl.scan_csv(
            self.path,
            has_header=False,
            skip_lines=self.dialect.skip_lines,
            schema={name: types.get(name) or pl.String for name in self.dialect.names},
            separator=self.dialect.separator,
            quote_char=self.dialect.quote,
            null_values=[""],
            extra_columns="raise",
            raise_if_empty=False,
            glob=False,
        )

    def convert(self, types: Mapping[str, ColumnType], target: Path, options: ReadOptions) -> None:
        """Write the rows to a Parquet file.

        Raises:
            NotNumbers: the types do not hold for every cell.
            DataError: Polars sees other rows than the check did.
        """
        if not self.rows:
            empty = pl.LazyFrame(schema={name: types.get(name) or pl.String for name in self.dialect.names})
            write_rows(empty, target, width=self.dialect.width, options=options)
            return
        rows = self.scan(types)
        if self.shape.blank_rows or self.shape.blank_lines:
            rows = rows.filter(~_is_blank(self.dialect.names[0], types, spaces=self.shape.space_lines > 0))
        try:
            write_rows(rows, target, width=self.dialect.width, options=options)
        except pl.exceptions.PolarsError as error:
            raise NotNumbers(f"{self.name} cannot be read: {first_line(error)}") from error
        written = pl.scan_parquet(target, glob=False).select(pl.len()).collect().item()
        if written > self.rows or (written < self.rows and not self.shape.space_lines):
            raise DataError(
                f"{self.name} holds {self.rows} rows, but {written} were read; its quotes are used in an unusual way. "
                "Export it again with every cell quoted."
            )


@dataclass(frozen=True, slots=True)
class _Text:
    """A UTF-8 file whose lines end in LF or CRLF; its text begins at byte ``start``."""

    path: Path
    start: int
    name: str
    scratch: Path
    options: ReadOptions

    def sniff(self, *, quoting: bool = True) -> Dialect:
        return sniff(self.path, self.name, self.start, self.options, quoting=quoting)


def prepare(path: Path, name: str, scratch: Path, options: ReadOptions) -> TextPart:
    """Understand and check one file; copies that it takes are left in scratch.

    Raises:
        DataError: the file is damaged or no table; the message names file, line and remedy.
    """
    utf8 = as_utf8(path, name, scratch, options.encoding)
    text = _Text(utf8.path, utf8.start, name, scratch, options)
    dialect = text.sniff()
    if utf8.lone_returns:
        text = replace(text, path=scratch / "newlines", start=0)
        with_newlines(utf8.path, utf8.start, dialect.quote, text.path)
        dialect = text.sniff()
    try:
        part = _checked(text, dialect)
    except StrayQuote as stray:
        part = _requoted(text, dialect, stray)
    if part.dialect.quote == "'":
        part = replace(part, notes=(*part.notes, f"{name}: cells are enclosed in single quotes."))
    return replace(part, notes=(*utf8.notes, *part.notes))


def _checked(text: _Text, dialect: Dialect) -> TextPart:
    types = _sample_types(text, dialect)
    numeric = frozenset(index for index, name in enumerate(dialect.names) if types[name] is not pl.String)
    shape = check_shape(text.path, text.name, dialect, numeric=numeric, block_bytes=text.options.block_bytes)
    for index in shape.unclean:
        types[dialect.names[index]] = pl.String
    return TextPart(text.name, text.path, dialect, shape, types, dialect.notes)


def _sample_types(text: _Text, dialect: Dialect) -> dict[str, ColumnType]:
    types: dict[str, ColumnType] = dict.fromkeys(dialect.names, pl.String)
    if text.options.all_text:
        return types
    with text.path.open("rb") as stream:
        stream.seek(dialect.start)
        sample = next(complete_rows(stream, dialect.quote, _SAMPLE_BYTES), b"")
    try:
        rows = pl.read_csv(
            sample,
            has_header=False,
            schema=dict.fromkeys(dialect.names, pl.String),
            separator=dialect.separator,
            quote_char=dialect.quote,
            null_values=[""],
            n_rows=_SAMPLE_ROWS,
            truncate_ragged_lines=True,
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError:
        return types  # the check of all rows says what is wrong
    return types | number_types(rows.lazy(), [name for name in dialect.names if name not in text.options.text_columns])


def _requoted(text: _Text, dialect: Dialect, stray: StrayQuote) -> TextPart:
    """Another way to understand the quotes, under which every row has the right length."""
    if dialect.quote is None or not _cells_begin_with(dialect.quote, text, dialect):
        return _checked(text, text.sniff(quoting=False))
    if stray.before == b"\\":
        copy = replace(text, path=text.scratch / "unescaped")
        without_backslashes(text.path, dialect.quote, copy.path)
        try:
            part = _checked(copy, copy.sniff())
            note = f"{text.name}: \\{dialect.quote} was read as a quote within a cell."
            return replace(part, notes=(*part.notes, note))
        except (StrayQuote, DataError):
            copy.path.unlink()
    copy = replace(text, path=text.scratch / "requoted")
    try:
        with_plain_quotes(text.path, text.name, dialect, copy.path, skip_blanks=stray.before == b" ")
        return _checked(copy, replace(dialect, start=0, skip_lines=0))
    except DataError as error:
        copy.path.unlink()
        failure = error if not isinstance(error.__cause__, csv.Error) else DataError(str(stray))
    try:
        part = _checked(text, text.sniff(quoting=False))
    except DataError:
        raise failure from stray
    note = f"{text.name}: quotes were read as ordinary characters, because they do not enclose cells."
    return replace(part, notes=(*part.notes, note))


def _cells_begin_with(quote: str, text: _Text, dialect: Dialect) -> bool:
    begin = re.compile(rb"(?:^|" + re.escape(dialect.separator.encode()) + rb")[ ]*" + quote.encode(), re.MULTILINE)
    with text.path.open("rb") as stream:
        return any(begin.search(block) for block in complete_rows(stream, None, _SAMPLE_BYTES))


def _is_blank(first: str, types: Mapping[str, ColumnType], *, spaces: bool) -> pl.Expr:
    """Rows of empty cells, and lines of nothing but spaces (Polars puts those into the first column)."""
    empty = pl.all().is_null()
    if spaces and types.get(first) in (None, pl.String):
        return pl.all_horizontal(
            pl.col(first).str.strip_chars(" \t\r").fill_null("").eq(""), pl.exclude(first).is_null()
        )
    return pl.all_horizontal(empty)
