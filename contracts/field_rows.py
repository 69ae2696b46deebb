"""Rows of fields and the small checks they are made of.

Place in the flow: `contracts.fields` and `contracts.preprocessing` are tables of these. One cost: what a check
accepts and what its words say must be kept equal by hand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.bounded_yaml import control_character

Check = Callable[[Any], bool]
MAX_MAPPING = 1000


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: what it accepts, in code and in words."""

    name: str
    accepts: Check
    expected: str
    required: bool = False
    words: tuple[str, ...] = ()


def words_row(name: str, words: tuple[str, ...]) -> FieldRow:
    """A field that takes one of some words."""
    return FieldRow(name, one_of(words), f"one of {', '.join(map(_word, words))}", words=words)


def flag(value: Any) -> bool:
    """Accepts true and false."""
    return isinstance(value, bool)


def integer_in(low: int, high: int) -> Check:
    """Accepts whole numbers in the range; a bool is none."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def number_in(low: float, high: float) -> Check:
    """Accepts finite numbers in the range."""
    return lambda v: isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) and low <= v <= high


def matching(pattern: re.Pattern[str]) -> Check:
    """Accepts text that the whole pattern matches and that cannot climb out of a folder."""
    return lambda value: isinstance(value, str) and pattern.match(value) is not None and ".." not in value


def text_up_to(limit: int) -> Check:
    """Accepts non-empty text of one line."""
    return lambda value: isinstance(value, str) and 0 < len(value) <= limit and _one_line(value)


def one_of(words: tuple[str, ...]) -> Check:
    """Accepts these words."""
    return lambda value: isinstance(value, str) and value in words


def list_of_names(limit: int) -> Check:
    """Accepts a list of column names."""
    name = text_up_to(256)
    return lambda value: isinstance(value, list) and len(value) <= limit and all(map(name, value))


def mapping_of(check: Check) -> Check:
    """Accepts a mapping of names whose every value passes the check."""
    name = text_up_to(256)
    return lambda value: (
        isinstance(value, dict)
        and len(value) <= MAX_MAPPING
        and all(name(key) and check(item) for key, item in value.items())
    )


def _one_line(value: str) -> bool:
    return "\n" not in value and control_character(value) is None


def _word(word: str) -> str:
    return word if word[0].isalnum() else f"'{word}'"
