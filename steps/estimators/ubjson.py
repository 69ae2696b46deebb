"""Reads UBJSON, the format of XGBoost's model files, into dictionaries, lists and NumPy arrays.

Used by boosted_trees, which looks at a file before XGBoost does: XGBoost follows what a file says without checking it.
Cost: only the kinds of values that XGBoost writes are known; numbers of an ensemble are read at the speed of memory.

Source: ubjson.org, draft 12, with the typed containers (`[$type#count`).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

MAX_DEPTH = 32
_NUMBERS: Mapping[bytes, str] = {
    b"i": ">i1",
    b"U": ">u1",
    b"I": ">i2",
    b"l": ">i4",
    b"L": ">i8",
    b"d": ">f4",
    b"D": ">f8",
}
_CONSTANTS: Mapping[bytes, bool | None] = {b"T": True, b"F": False, b"Z": None}


def read_ubjson(content: bytes) -> Any:
    """The value that the bytes hold; typed arrays as read-only NumPy arrays.

    Raises:
        ValueError: not UBJSON, cut off, nested deeper than MAX_DEPTH, or longer than the one value.
    """
    try:
        value, end = _value(content, 0, 0)
    except (IndexError, struct.error, UnicodeDecodeError, TypeError, OverflowError) as error:
        raise ValueError(f"not UBJSON: {error}") from error
    if end != len(content):
        raise ValueError(f"{len(content) - end} bytes follow the end")
    return value


def _value(content: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    marker, at = content[at : at + 1], at + 1
    if marker in _NUMBERS:
        return _number(content, at, marker)
    if marker in _CONSTANTS:
        return _CONSTANTS[marker], at
    if marker == b"S":
        return _text(content, at)
    if marker == b"{":
        return _object(content, at, depth)
    if marker == b"[":
        return _array(content, at, depth)
    raise ValueError(f"unknown marker {marker!r} at byte {at - 1}")


def _number(content: bytes, at: int, marker: bytes) -> tuple[Any, int]:
    kind = np.dtype(_NUMBERS[marker])
    end = at + kind.itemsize
    if end > len(content):
        raise ValueError("cut off inside a number")
    return np.frombuffer(content, kind, 1, at)[0].item(), end


def _count(content: bytes, at: int) -> tuple[int, int]:
    marker = content[at : at + 1]
    if marker not in _NUMBERS:
        raise ValueError(f"a length is missing at byte {at}")
    count, at = _number(content, at + 1, marker)
    if not isinstance(count, int) or not 0 <= count <= len(content):
        raise ValueError(f"a length of {count} in {len(content)} bytes")
    return count, at


def _text(content: bytes, at: int) -> tuple[str, int]:
    length, at = _count(content, at)
    if at + length > len(content):
        raise ValueError("cut off inside a text")
    return content[at : at + length].decode(), at + length


def _object(content: bytes, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while content[at : at + 1] != b"}":
        name, at = _text(content, at)
        if name in found:
            raise ValueError(f"the name {name!r} stands twice")
        found[name], at = _value(content, at, depth + 1)
    return found, at + 1


def _array(content: bytes, at: int, depth: int) -> tuple[Any, int]:
    if content[at : at + 1] == b"$":
        kind = np.dtype(_NUMBERS.get(content[at + 1 : at + 2], "V"))
        if kind.kind == "V" or content[at + 2 : at + 3] != b"#":
            raise ValueError(f"a typed array of no numbers at byte {at}")
        count, at = _count(content, at + 3)
        if at + count * kind.itemsize > len(content):
            raise ValueError("cut off inside an array")
        return np.frombuffer(content, kind, count, at), at + count * kind.itemsize
    values = []
    if content[at : at + 1] == b"#":
        count, at = _count(content, at + 1)
        for _ in range(count):
            value, at = _value(content, at, depth + 1)
            values.append(value)
        return values, at
    while content[at : at + 1] != b"]":
        value, at = _value(content, at, depth + 1)
        values.append(value)
    return values, at + 1
