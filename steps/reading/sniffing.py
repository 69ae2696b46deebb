"""Finds out how a delimited file is written from its first rows: separator, quote, header, leading lines.

Used by delimited.py before a file is read in full. Works on UTF-8 bytes. What the options state is not sniffed.
Cost: a habit that begins behind the first 256 KiB is not seen here; shape.py finds it and the file is refused or
read in another way.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from contracts.errors import DataError
from steps.reading.header import check_names, column_names, has_header
from steps.reading.options import MAX_ROW_BYTES, ReadOptions

SEPARATORS = (",", ";", "\t", "|")
_HEAD_BYTES = 256 * 1024
_SNIFF_ROWS = 100


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written.

    Rows of data begin at byte ``start``, behind ``skip_lines`` line ends. ``quote`` None: quotes are ordinary
    characters. ``first_row`` is what error messages compare other rows with.
    """

    separator: str
    quote: str | None
    names: tuple[str, ...]
    renamed: tuple[str, ...]
    start: int
    skip_lines: int
    first_row: str
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)

    def misfit(self, fields: int) -> str:
        """What is wrong with a row of so many fields, and what to do."""
        return f"{fields} fields where {self.first_row}. Correct that row, or quote cells that hold the separator."


def sniff(path: Path, name: str, start: int, options: ReadOptions, *, quoting: bool = True) -> Dialect:
    """The dialect of a UTF-8 file whose text begins at byte ``start``; without ``quoting``, quotes mean nothing.

    Raises:
        DataError: nothing in it, a web page, names that do not fit, or a first row that never ends.
    """
    if options.separator is not None and not re.fullmatch(r"[\x01-\x7f]", options.separator.strip('"\r\n')):
        raise DataError(f"The separator must be one ASCII character, such as ',' or ';', got {options.separator!r}.")
    head = _Head.read(path, start)
    while not head.complete and not re.search(rb"[\r\n]", head.raw):
        head = head.longer(path, name)
    if not head.text.strip():
        raise DataError(f"{name} is empty; upload the file again.")
    if re.match(r"\s*(<!doctype|<html|<\?xml)", head.text[:512], re.IGNORECASE):
        raise DataError(
            f"{name} is a web page, not a table; the download probably failed. Download the data file itself."
        )
    head, separator, notes = _leading_lines(head, name, options.separator)
    found, quote = _separator_and_quote(head) if separator is None else (separator, _quote(head.text, separator))
    return _dialect(head, path, name, options, notes, found, quote if quoting else None)


def _dialect(
    head: _Head,
    path: Path,
    name: str,
    options: ReadOptions,
    notes: tuple[str, ...],
    separator: str,
    quote: str | None,
) -> Dialect:
    rows = head.rows(separator, quote)
    while not rows and not head.complete:
        head = head.longer(path, name)
        rows = head.rows(separator, quote)
    while len(rows) > 1 and not any(cell.strip() for cell in rows[0]):
        head, rows = head.behind(head.size_of_first_row(separator, quote)), rows[1:]
    return _with_header(head, rows, separator, quote, name, options, notes)


@dataclass(frozen=True, slots=True)
class _Head:
    """The beginning of a file. ``offset`` and ``line``: where ``raw`` begins in the file."""

    raw: bytes
    offset: int
    line: int
    complete: bool

    @classmethod
    def read(cls, path: Path, start: int, size: int = _HEAD_BYTES) -> _Head:
        with path.open("rb") as stream:
            stream.seek(start)
            raw = stream.read(size)
            return cls(raw, start, 0, not stream.read(1))._without_blank_lines()

    def longer(self, path: Path, name: str) -> _Head:
        if len(self.raw) > MAX_ROW_BYTES:
            raise DataError(f"{name}: the first row does not end within {MAX_ROW_BYTES // 2**20} MiB; is it a table?")
        with path.open("rb") as stream:
            stream.seek(self.offset)
            raw = stream.read(4 * len(self.raw))
            return _Head(raw, self.offset, self.line, not stream.read(1))

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", errors="ignore")

    def behind(self, size: int) -> _Head:
        """Without the first ``size`` bytes and the blank lines that follow them."""
        line = self.line + self.raw.count(b"\n", 0, size)
        return _Head(self.raw[size:], self.offset + size, line, self.complete)._without_blank_lines()

    def _without_blank_lines(self) -> _Head:
        blank = re.match(rb"(?:[ \t]*\r?\n)+", self.raw)
        return self.behind(blank.end()) if blank and blank.end() else self

    def rows(self, separator: str, quote: str | None, limit: int = _SNIFF_ROWS) -> list[list[str]]:
        """The first complete rows, blank ones left out."""
        taken = [row for _, row in self._parsed(separator, quote, limit + 1)]
        if len(taken) <= limit and not self.complete:
            taken = taken[:-1]
        return [row for row in taken[:limit] if len(row) > 1 or any(cell.strip() for cell in row)]

    def size_of_first_row(self, separator: str, quote: str | None) -> int:
        return next((size for size, _ in self._parsed(separator, quote, 1)), len(self.raw))

    def _parsed(self, separator: str, quote: str | None, limit: int) -> list[tuple[int, list[str]]]:
        """The first rows, each with the number of bytes up to its end."""
        consumed = 0

        def lines() -> Iterator[str]:
            nonlocal consumed
            for line in self.raw.splitlines(keepends=True):
                consumed += len(line)
                yield line.decode("utf-8", errors="ignore")

        parsed: list[tuple[int, list[str]]] = []
        with wide_cells(), suppress(csv.Error):
            for row in islice(csv_reader(lines(), separator, quote), limit):
                parsed.append((consumed, row))
        return parsed


def csv_reader(lines: Iterator[str], separator: str, quote: str | None, *, strict: bool = False) -> Iterator[list[str]]:
    """Python's reader for a dialect."""
    if quote is None:
        return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE, strict=strict)
    return csv.reader(lines, delimiter=separator, quotechar=quote, strict=strict)


@contextmanager
def wide_cells() -> Iterator[None]:
    """Let Python's csv module take cells as long as rows may be."""
    before = csv.field_size_limit(MAX_ROW_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _leading_lines(head: _Head, name: str, separator: str | None) -> tuple[_Head, str | None, tuple[str, ...]]:
    """Takes off Excel's "sep=;" line and comment lines that do not look like the rows below them."""
    if match := re.match(rb"(?i)sep=(.)\r?\n", head.raw):
        return head.behind(match.end()), separator or match[1].decode("latin-1"), ()
    match = re.match(rb"(?:[#%][^\n]*\n)+", head.raw)
    if match is None:
        return head, separator, ()
    below = head.behind(match.end())
    found = separator or _separator_and_quote(below)[0]
    width = len(next(iter(below.rows(found, '"', 1)), []))
    if width < 2:
        return head, separator, ()
    *_, last = match[0].splitlines(keepends=True)
    if len(last.decode("utf-8", errors="ignore").split(found)) == width:  # a header that begins with #
        below = head.behind(match.end() - len(last))
    count = head.raw.count(b"\n", 0, below.offset - head.offset)
    note = (f"{name}: the first {count} line(s), which begin with # or %, were left out.",) if count else ()
    return below, separator, note


def _separator_and_quote(head: _Head) -> tuple[str, str]:
    """The separator that splits the first rows into the same, largest number of fields."""
    best, best_score = (",", _quote(head.text, ",")), (0.0, 0)
    text = head.text
    for separator in SEPARATORS:
        quote = _quote(text, separator)
        rows = head.rows(separator, quote)
        width = len(rows[0]) if rows else 0
        if width < 2:
            continue
        score = (sum(len(row) == width for row in rows) / len(rows), width)
        if score > best_score:
            best, best_score = (separator, quote), score
    return best


def _quote(text: str, separator: str) -> str:
    """The single quote if cells begin with it, all of them end with it, and none begins with the double quote."""
    mark = re.escape(separator)
    begin = rf"(?:\A|(?<=[\r\n])|{mark})"
    if "'" not in text or re.search(rf'{begin}"', text):
        return '"'
    rest, closed = re.subn(rf"({begin})'(?:[^']|'')*'(?={mark}|\r|\n|\Z)", r"\1", text)
    still_open = len(re.findall(rf"{begin}'", rest))
    return "'" if closed and still_open <= (0 if text.endswith(("\n", "\r")) else 1) else '"'


def _with_header(
    head: _Head,
    rows: list[list[str]],
    separator: str,
    quote: str | None,
    name: str,
    options: ReadOptions,
    notes: tuple[str, ...],
) -> Dialect:
    first = rows[0] if rows else []
    headed = has_header(rows, options)
    renamed: tuple[str, ...] = ()
    if options.names is not None:
        check_names(options.names, first, name)
        names, first_row = options.names, f"{len(options.names)} names are given"
        if headed and options.header is None and tuple(first) != options.names:
            notes = (*notes, f"{name}: the first row was taken for a header and replaced by the names given.")
    elif headed:
        names, renamed = column_names(first)
        first_row = f"the header has {len(names)}"
    else:
        names, first_row = tuple(f"column_{i}" for i in range(len(first))), f"the first row has {len(first)}"
        if options.header is None:
            notes = (*notes, f"{name}: the first row looks like data, so columns are called column_0, column_1, …")
    data = head.behind(head.size_of_first_row(separator, quote)) if headed else head
    return Dialect(separator, quote, names, renamed, data.offset, data.line, first_row, notes)
