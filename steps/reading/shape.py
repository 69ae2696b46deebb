"""Checks that every row of a delimited file has as many fields as the first one, and finds the line if not.

Runs over the whole file before Polars reads it, because Polars fills short rows without a word. Blocks of complete
rows are looked at with numpy. On the way it counts rows, and finds columns that would lose something as numbers
(leading zeros, words such as nan).
Cost: one pass at about 300 MB/s on one core; memory for one block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from contracts.errors import DataError
from steps.reading.number_starts import unclean_columns
from steps.reading.options import MAX_ROW_BYTES
from steps.reading.sniffing import Dialect

_NEWLINE, _RETURN = 10, 13


class StrayQuote(Exception):
    """A quote stands where the rules of CSV allow none; ``before`` is the byte in front of it."""

    def __init__(self, message: str, before: bytes) -> None:
        super().__init__(message)
        self.before = before


@dataclass(slots=True)
class Shape:
    """What a file holds. ``unclean``: indices of columns that must stay text."""

    rows: int = 0
    blank_rows: int = 0
    """Rows with separators and nothing else."""
    blank_lines: int = 0
    """Lines without a separator and without a cell, in a table of several columns; not counted as rows."""
    space_lines: int = 0
    """Those of them that hold spaces or tabs."""
    unclean: set[int] = field(default_factory=set)
    lines: int = 0


def check_shape(path: Path, name: str, dialect: Dialect, *, numeric: frozenset[int], block_bytes: int) -> Shape:
    """Look at every row.

    Args:
        numeric: indices of the columns that are to be read as numbers.

    Raises:
        DataError: a row has too many or too few fields; the message names its line.
        StrayQuote: quotes are not used as CSV does; another dialect may fit.
    """
    total = Shape(lines=dialect.skip_lines)
    with path.open("rb") as stream:
        stream.seek(dialect.start)
        for block in complete_rows(stream, dialect.quote, block_bytes):
            _add(total, _look(block, dialect, numeric), name)
    return total


@dataclass(frozen=True, slots=True)
class _Fault:
    """A row that does not fit, at a line counted from the beginning of its block."""

    line: int
    message: str
    stray_behind: bytes | None = None


def _add(total: Shape, part: Shape | _Fault, name: str) -> None:
    if isinstance(part, _Fault):
        message = f"{name}, line {total.lines + part.line}: {part.message}"
        if part.stray_behind is not None:
            raise StrayQuote(message, part.stray_behind)
        raise DataError(message)
    total.rows += part.rows
    total.blank_rows += part.blank_rows
    total.blank_lines += part.blank_lines
    total.space_lines += part.space_lines
    total.unclean |= part.unclean
    total.lines += part.lines


def complete_rows(stream: BinaryIO, quote: str | None, block_bytes: int) -> Iterator[bytes]:
    """The rest of a stream in blocks that end with a row; the last may lack its quote. Every block ends with LF."""
    rest = b""
    while block := stream.read(block_bytes):
        data = rest + block
        cut = _end_of_rows(data, quote)
        if cut == 0 and len(data) > MAX_ROW_BYTES:
            break
        if cut:
            yield data[:cut]
        rest = data[cut:]
    else:
        if rest:
            yield rest if rest.endswith(b"\n") else rest + b"\n"
        return
    yield data + b"\n"


def _end_of_rows(data: bytes, quote: str | None) -> int:
    """Where the last complete row ends; 0 if there is none."""
    end = data.rfind(b"\n") + 1
    if quote is None or end == 0:
        return end
    mark = quote.encode()
    is_open = data.count(mark, 0, end) % 2
    for _ in range(16):
        if not is_open or end == 0:
            return end
        before = data.rfind(b"\n", 0, end - 1) + 1
        is_open ^= data.count(mark, before, end) % 2
        end = before
    cells = np.frombuffer(data, np.uint8)[:end]
    inside = np.bitwise_xor.accumulate((cells == ord(quote)).view(np.uint8))
    ends = np.flatnonzero((cells == _NEWLINE) & (inside == 0))
    return int(ends[-1]) + 1 if len(ends) else 0


def _look(block: bytes, dialect: Dialect, numeric: frozenset[int]) -> Shape | _Fault:
    cells = np.frombuffer(block, np.uint8)
    separator, width = ord(dialect.separator), dialect.width
    quoted = dialect.quote is not None and dialect.quote.encode() in block
    if quoted and dialect.quote is not None:
        found = _outside_quotes(cells, separator, ord(dialect.quote))
        if isinstance(found, _Fault):
            return found
        at = found
    else:
        at = np.flatnonzero((cells == separator) | (cells == _NEWLINE))
    ends = np.flatnonzero(cells[at] == _NEWLINE)
    fields = np.diff(ends, prepend=-1)
    shape = Shape(rows=len(ends), lines=len(ends))
    if quoted:
        shape.lines = block.count(b"\n")
    bounds = np.concatenate(([0], at[ends] + 1))
    if not (fields == width).all():
        wrong = np.flatnonzero(fields != width)
        blank = [row for row in wrong if fields[row] == 1 and not block[bounds[row] : bounds[row + 1]].strip()]
        if len(blank) < len(wrong):
            row = next(row for row, left_out in zip(wrong, [*blank, -1], strict=False) if row != left_out)
            line = int(np.count_nonzero(cells[: bounds[row + 1]] == _NEWLINE))
            return _Fault(line, dialect.misfit(int(fields[row])))
        shape.rows -= len(blank)
        shape.blank_lines = len(blank)
        shape.space_lines = sum(bool(block[bounds[row] : bounds[row + 1]].strip(b"\r\n")) for row in blank)
        right = fields == width
        firsts = bounds[:-1][right]
        starts = np.concatenate(([0], at[:-1] + 1))[np.repeat(right, fields)]
        lengths = np.diff(bounds)[right]
    else:
        starts = np.concatenate(([0], at[:-1] + 1))
        firsts, lengths = bounds[:-1], np.diff(bounds)
    shape.blank_rows = _blank_rows(block, cells, firsts, lengths, dialect)
    if numeric and shape.rows:
        shape.unclean = unclean_columns(cells, starts.reshape(shape.rows, width), numeric, dialect)
    return shape


def _outside_quotes(cells: NDArray[np.uint8], separator: int, quote: int) -> NDArray[np.int64] | _Fault:
    """Where separators and line ends stand outside of quotes; a fault if a quote stands in an odd place."""
    at = np.flatnonzero((cells == separator) | (cells == _NEWLINE) | (cells == quote))
    kind = cells[at]
    is_quote = kind == quote
    inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8))
    quotes = at[is_quote]
    opening, closing = quotes[0::2], quotes[1::2]
    before = cells[np.maximum(opening - 1, 0)]
    opens = (before == separator) | (before == _NEWLINE) | (before == quote) | (opening == 0)
    after = cells[closing + 1]  # a block ends with LF, so there is one
    closes = (after == separator) | (after == _NEWLINE) | (after == quote) | (after == _RETURN)
    if not (opens.all() and closes.all()):
        stray = min([*opening[~opens][:1], *closing[~closes][:1]])
        line = int(np.count_nonzero(cells[:stray] == _NEWLINE)) + 1
        return _Fault(line, _STRAY, bytes(cells[max(stray - 1, 0) : stray]))
    if len(quotes) % 2:
        line = int(np.count_nonzero(cells[: quotes[-1]] == _NEWLINE)) + 1
        return _Fault(line, "a quote is opened and never closed. Close it, or double quotes within cells.", b"")
    kept: NDArray[np.int64] = at[~is_quote & (inside == 0)]
    return kept


_STRAY = "a quote stands inside a cell. Write it twice and quote the whole cell, or leave it out."


def _blank_rows(
    block: bytes, cells: NDArray[np.uint8], firsts: NDArray[np.int64], lengths: NDArray[np.int64], dialect: Dialect
) -> int:
    """How many rows have nothing but empty cells."""
    width = dialect.width
    blank = int(np.count_nonzero(lengths == width))  # separators and LF, nothing else
    with_return = firsts[lengths == width + 1] + width - 1
    blank += int(np.count_nonzero(cells[with_return] == _RETURN))
    if dialect.quote is None or dialect.quote.encode() not in block:
        return blank
    separator, empty = dialect.separator.encode(), (b"", dialect.quote.encode() * 2)
    filling = separator + empty[1] + b"\r\n"
    known: dict[bytes, bool] = {}
    for row in np.flatnonzero((lengths > width + 1) & (lengths <= 3 * width + 1)):
        text = block[firsts[row] : firsts[row] + lengths[row]]
        if text not in known:
            cut = text.rstrip(b"\r\n").split(separator)
            known[text] = not text.strip(filling) and all(cell in empty for cell in cut)
        blank += known[text]
    return blank
