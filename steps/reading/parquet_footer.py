"""Reads from a Parquet file's footer how large its first row group is, which Polars does not tell.

Used by parquet_files.py to decide whether a file can be used where it lies. Understands just enough of Thrift's
compact protocol to skip what it does not need.
Cost: groups of one file are taken to be alike, as all known writers make them.
Source: parquet.thrift of apache/parquet-format; thrift-compact-protocol.md of apache/thrift.
"""

from __future__ import annotations

import struct
from pathlib import Path

_BINARY, _LIST, _SET, _MAP, _STRUCT = 8, 9, 10, 11, 12
_FIXED = {1: 0, 2: 0, 3: 1, 7: 8}  # true, false, byte, double
_ROW_GROUPS, _ROWS = 4, 3  # field numbers in FileMetaData and in RowGroup


def rows_of_first_group(path: Path) -> int | None:
    """Rows of the first row group; None if there is none, or the footer is of an unknown kind."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 8))
        length, magic = struct.unpack("<I4s", stream.read(8).rjust(8, b"\0"))
        if magic != b"PAR1" or length > size - 12:
            return None
        stream.seek(size - 8 - length)
        reader = _Compact(stream.read(length))
    try:
        if not reader.find(_ROW_GROUPS) or reader.list_header()[0] == 0 or not reader.find(_ROWS):
            return None
        return reader.integer()
    except (IndexError, KeyError):
        return None


class _Compact:
    """A position in a structure of Thrift's compact protocol."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def find(self, wanted: int) -> bool:
        """Go to the value of a field of the structure that begins here."""
        field = 0
        while True:
            kind, field = self._field_header(field)
            if kind == 0 or field == wanted:
                return kind != 0
            self._skip(kind)

    def list_header(self) -> tuple[int, int]:
        """Number of elements and their type."""
        byte = self._byte()
        count = byte >> 4
        return (self._varint() if count == 15 else count), byte & 15

    def integer(self) -> int:
        """A signed number of any width."""
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _field_header(self, before: int) -> tuple[int, int]:
        byte = self._byte()
        kind, step = byte & 15, byte >> 4
        if kind == 0:
            return 0, 0
        return kind, before + step if step else self.integer()

    def _skip(self, kind: int) -> None:
        if kind == _BINARY:
            self._at += self._varint()
        elif kind in (_LIST, _SET):
            count, inner = self.list_header()
            for _ in range(count):
                self._skip_element(inner)
        elif kind == _MAP:
            if count := self._varint():
                kinds = self._byte()
                for _ in range(count):
                    self._skip_element(kinds >> 4)
                    self._skip_element(kinds & 15)
        elif kind == _STRUCT:
            self.find(-1)
        elif kind in _FIXED:
            self._at += _FIXED[kind]
        else:
            self._varint()

    def _skip_element(self, kind: int) -> None:
        if kind in (1, 2):  # a truth value inside a list takes a byte
            self._at += 1
        else:
            self._skip(kind)

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]
