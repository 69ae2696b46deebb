"""Columns that would lose something as numbers, told by the first bytes of their cells.

Used by shape.py on every block. Polars reads 007 as 7 and nan as a number, and refuses what is wrong further inside
a cell (12a); so the beginnings are all that has to be looked at here.
Cost: a third of the time of the check of all rows.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from steps.reading.sniffing import Dialect

_NEWLINE, _RETURN = 10, 13


def unclean_columns(
    cells: NDArray[np.uint8], starts: NDArray[np.int64], numeric: frozenset[int], dialect: Dialect
) -> set[int]:
    """Columns of which a cell does not begin as a plain number does, or begins with a leading zero.

    Args:
        cells: the bytes of some rows.
        starts: (rows, columns) where each cell begins in them.
        numeric: indices of the columns to look at.
    """
    meaning = _meaning(dialect.separator, dialect.quote)
    columns = np.array(sorted(numeric))
    at = starts if len(columns) == starts.shape[1] else starts[:, columns]
    kind = meaning.take(_pairs(cells, at))
    if not kind.any():
        return set()
    found = set(columns[(kind == _UNCLEAN).any(axis=0)].tolist())
    row, column = np.nonzero(kind == _LOOK_ON)
    at = at[row, column]
    while len(at):
        at = at + 1
        kind = meaning.take(_pairs(cells, at))
        found.update(columns[np.unique(column[kind == _UNCLEAN])].tolist())
        at, column = at[kind == _LOOK_ON], column[kind == _LOOK_ON]
    return found


def _pairs(cells: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.uint16]:
    """The bytes at some places, plus 256 times the byte behind each."""
    pairs = cells[1:].take(at, mode="clip").astype(np.uint16)
    pairs <<= 8
    pairs |= cells.take(at, mode="clip")
    return pairs


_CLEAN, _UNCLEAN, _LOOK_ON = 0, 1, 2


@cache
def _meaning(separator: str, quote: str | None) -> NDArray[np.uint8]:
    """What two bytes (the second one times 256) at the beginning of a cell say."""
    table = np.full((256, 256), _UNCLEAN, np.uint8)  # [second, first]
    end = [ord(separator), _NEWLINE, _RETURN, *([ord(quote)] if quote else [])]
    digits = list(b"0123456789")
    table[:, list(b"123456789.")] = _CLEAN
    table[:, end[:3]] = _CLEAN  # an empty cell
    table[:, ord("0")] = _CLEAN
    table[digits, ord("0")] = _UNCLEAN
    table[list(b"123456789."), ord("-")] = _CLEAN
    table[ord("0"), ord("-")] = _LOOK_ON
    table[:, [ord(" "), *end[3:]]] = _LOOK_ON
    if quote:
        table[end, ord(quote)] = _CLEAN  # "" and the end of a quoted cell
    return table.reshape(-1)
