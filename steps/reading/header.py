"""Whether the first row of a text file is a header, and what its columns are called.

Used by sniffing.py. Cost: a header among rows of nothing but text cannot be told from a row; it is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from contracts.errors import DataError
from steps.numbers_in_text import MISSING_MARKERS
from steps.reading.options import ReadOptions

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def check_names(names: Sequence[str], first: Sequence[str], name: str) -> None:
    if len(set(names)) != len(names):
        twice = sorted({item for item in names if list(names).count(item) > 1})
        raise DataError(f"The column names given for {name} hold {twice[:5]} more than once; give each its own name.")
    if len(names) != len(first):
        raise DataError(
            f"{len(names)} column names are given, but the first row of {name} has {len(first)} fields; "
            "give one name for each column."
        )


def has_header(rows: list[list[str]], options: ReadOptions) -> bool:
    if options.header is not None:
        return options.header
    first, rest = rows[0] if rows else [], rows[1:]
    if options.names is not None and [cell.strip() for cell in first] == [item.strip() for item in options.names]:
        return True
    if options.names is not None:
        return _stands_over_numbers(first, rest)
    filled = [cell.strip() for cell in first if cell.strip()]
    numbers = [cell for cell in filled if _is_number(cell)]
    looks_like_data = len(numbers) * 2 > len(filled) > 0
    return not looks_like_data or (_is_count(numbers) and not (rest and _is_count([*filter(_is_number, rest[0])])))


def _stands_over_numbers(first: list[str], rest: list[list[str]]) -> bool:
    """Words above columns of numbers; a row of data whose first number is missing is none."""
    words = [cell.strip() for cell in first]
    if any(_is_number(word) or word.lower() in MISSING_MARKERS for word in words) or len(set(words)) < len(words):
        return False
    return len(rest) >= 2 and any(
        all(_is_number(row[index]) for row in rest if len(row) > index) for index in range(len(words))
    )


def _is_count(cells: list[str]) -> bool:
    """1990, 1991, 1992: headings, if the row below does not go on in the same way."""
    whole = [int(cell) for cell in cells if re.fullmatch(r"\d{1,9}", cell.strip())]
    return len(whole) == len(cells) >= 3 and all(b - a == 1 for a, b in pairwise(whole))


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def column_names(header: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Unique names for the cells of a header, and those that had to be changed because they stood twice."""
    names: dict[str, None] = {}
    renamed: list[str] = []
    originals = set(header)
    for index, cell in enumerate(header):
        name = cell if cell.strip() else f"unnamed_{index}"
        if name in names:
            suffix = 2
            while f"{name}_{suffix}" in names or f"{name}_{suffix}" in originals:
                suffix += 1
            name = f"{name}_{suffix}"
        if name != cell and cell.strip():
            renamed.append(name)
        names[name] = None
    return tuple(names), tuple(renamed)
