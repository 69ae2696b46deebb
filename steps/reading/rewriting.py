"""Writes a delimited file again where Polars could not read it as it is.

Used by delimited.py for line ends (CR alone), escaped quotes (backslash) and stray quotes. All work
in bounded memory and leave their result in scratch.
Cost: stray quotes go through Python's csv module, some 20 MB/s.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from contracts.errors import DataError
from steps.reading.options import MAX_ROW_BYTES
from steps.reading.sniffing import Dialect, wide_cells

_BLOCK = 4 * 2**20
_ESCAPED_QUOTE = rb"((?:^|[^\\])(?:\\\\)*)\\"


def with_newlines(source: Path, start: int, quote: str | None, target: Path) -> None:
    """Copy with LF for every CR that ends a line; those within quotes stay."""
    with source.open("rb") as stream, target.open("wb") as out:
        stream.seek(start)
        inside = 0
        block = stream.read(_BLOCK)
        while block:
            following = stream.read(_BLOCK)
            cells = np.frombuffer(block, np.uint8).copy()
            returns = cells == 13
            returns[:-1] &= cells[1:] != 10
            if following.startswith(b"\n"):
                returns[-1] = False
            if quote is not None:
                parity = np.bitwise_xor.accumulate((cells == ord(quote)).view(np.uint8)) ^ inside
                inside = int(parity[-1])
                returns &= parity == 0
            cells[returns] = 10
            out.write(cells.tobytes())
            block = following


def without_backslashes(source: Path, quote: str, target: Path) -> None:
    r"""Copy with \" written as "", the way of CSV."""
    mark = quote.encode()
    escaped = re.compile(_ESCAPED_QUOTE + mark)
    with source.open("rb") as stream, target.open("wb") as out:
        rest = b""
        while block := stream.read(_BLOCK):
            data = rest + block
            cut = data.rfind(b"\n") + 1 or len(data)
            out.write(escaped.sub(rb"\1" + mark * 2, data[:cut]))
            rest = data[cut:]
        out.write(escaped.sub(rb"\1" + mark * 2, rest))


def with_plain_quotes(source: Path, name: str, dialect: Dialect, target: Path, *, skip_blanks: bool) -> None:
    """Copy of the data rows with every cell quoted where it must be; ``skip_blanks``: none in front of cells.

    Raises:
        DataError: a row of another length, or quotes that cannot be understood; the line is named.
    """
    with source.open("rb") as stream, target.open("w", encoding="utf-8", newline="") as out, wide_cells():
        stream.seek(dialect.start)
        reader = csv.reader(
            _lines(stream, name),
            delimiter=dialect.separator,
            quotechar=dialect.quote,
            skipinitialspace=skip_blanks,
            strict=True,
        )
        writer = csv.writer(out, delimiter=dialect.separator, quotechar=dialect.quote, lineterminator="\r\n")
        try:
            for row in reader:
                if len(row) == dialect.width:
                    writer.writerow(row)
                elif len(row) > 1 or any(cell.strip() for cell in row):
                    line = dialect.skip_lines + reader.line_num
                    raise DataError(f"{name}, line {line}: {dialect.misfit(len(row))}")
        except csv.Error as error:
            raise DataError(
                f"{name}, line {dialect.skip_lines + reader.line_num}: {error}. "
                "Write quotes within a cell twice and quote the whole cell."
            ) from error


def _lines(stream: BinaryIO, name: str) -> Iterator[str]:
    while line := stream.readline(MAX_ROW_BYTES):
        if len(line) == MAX_ROW_BYTES:
            raise DataError(f"{name} has a line of more than {MAX_ROW_BYTES // 2**20} MiB; is it a table?")
        yield line.decode("utf-8")
