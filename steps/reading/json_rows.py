"""JSON rows (one object per line, or one array of objects): checked, then written as Parquet.

The counterpart of delimited.py. An array is first laid out as lines. The types of all rows are collected before
Polars streams them into Parquet, so that a late row cannot contradict them.
Cost: lines are parsed twice; an array once more, by Python's parser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from contracts.errors import DataError
from steps.reading.encodings import as_utf8
from steps.reading.options import MAX_ROW_BYTES, ReadOptions
from steps.reading.shape import complete_rows
from steps.reading.writing import first_line, write_rows

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_BLOCK = 2**20
_EXPECTED = "Expected one object per line, or one array of objects."


@dataclass(frozen=True, slots=True)
class JsonPart:
    """A file of one JSON object per line, with the types that hold for all of its rows."""

    name: str
    path: Path
    start: int
    schema: Mapping[str, pl.DataType]
    notes: tuple[str, ...]

    def convert(self, target: Path, options: ReadOptions) -> None:
        """Write the rows to a Parquet file; rows without any value are left out."""
        try:
            # Not scan_ndjson: that maps the whole file into memory.
            rows = register_io_source(self._frames, schema=dict(self.schema))
            write_rows(rows, target, width=len(self.schema), options=options)
        except pl.exceptions.PolarsError as error:
            raise DataError(f"{self.name} is not JSON rows: {first_line(error)}. {_EXPECTED}") from error

    def _frames(self, columns: list[str] | None, *_: object) -> Iterator[pl.DataFrame]:
        with self.path.open("rb") as stream:
            stream.seek(self.start)
            for block in complete_rows(stream, None, _BLOCK):
                rows = pl.read_ndjson(block, schema=dict(self.schema)) if block.strip() else None
                if rows is not None:
                    rows = rows.filter(~pl.all_horizontal(pl.all().is_null()))
                    yield rows if columns is None else rows.select(columns)


def is_json(inner: str, head: bytes) -> bool:
    """By the name, or by a first line that is a JSON object."""
    if inner.lower().endswith(JSON_SUFFIXES):
        return True
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        return text.startswith(b"{") and isinstance(json.loads(text.splitlines()[0]), dict)
    except ValueError:
        return False


def prepare_json(path: Path, name: str, scratch: Path, options: ReadOptions) -> JsonPart:
    """Understand and check one file.

    Raises:
        DataError: a line that is no object, naming it; nothing in the file.
    """
    utf8 = as_utf8(path, name, scratch, options.encoding)
    with utf8.path.open("rb") as stream:
        stream.seek(utf8.start)
        head = stream.read(_BLOCK).lstrip()
    if not head:
        raise DataError(f"{name} is empty; upload the file again.")
    if head[:1] == b"<":
        raise DataError(f"{name} is a web page, not JSON rows; the download probably failed. Download the data itself.")
    lines, start = utf8.path, utf8.start
    if head[:1] == b"[":
        lines, start = scratch / "lines.jsonl", 0
        _lay_out(utf8.path, utf8.start, name, lines)
    schema = _schema(lines, start, name, options)
    if not schema:
        raise DataError(f"{name} holds no values; {_EXPECTED}")
    return JsonPart(name, lines, start, schema, utf8.notes)


def _schema(path: Path, start: int, name: str, options: ReadOptions) -> dict[str, pl.DataType]:
    kinds: dict[str, pl.DataType] = {}
    lines = 0
    with path.open("rb") as stream:
        stream.seek(start)
        blank = 0
        while (first := stream.readline(MAX_ROW_BYTES)) and not first.strip():
            blank += 1
        kinds.update(_kinds_by_python(first, name, blank))  # columns in the order of the first row
        stream.seek(start)
        for block in complete_rows(stream, None, _BLOCK):
            for key, kind in _kinds(block, name, lines).items():
                kinds[key] = _common(kinds.get(key, pl.Null()), kind)
            lines += block.count(b"\n")
    text = set(kinds) if options.all_text else options.text_columns
    return {key: pl.String() if key in text or kind == pl.Null else kind for key, kind in kinds.items()}


def _kinds(block: bytes, name: str, lines: int) -> Mapping[str, pl.DataType]:
    if not block.strip():
        return {}
    try:
        found = pl.read_ndjson(block, infer_schema_length=None).schema
        if all(not kind.is_nested() and kind != pl.Int128 for kind in found.values()):
            return found
    except pl.exceptions.PolarsError:
        found = None
    looked_at = _kinds_by_python(block, name, lines)  # raises if a line is at fault
    return looked_at if found is None else looked_at | {key: kind for key, kind in found.items() if kind.is_nested()}


def _kinds_by_python(block: bytes, name: str, lines: int) -> dict[str, pl.DataType]:
    kinds: dict[str, pl.DataType] = {}
    for number, line in enumerate(block.splitlines(), start=lines + 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_refuse)
        except ValueError as error:
            raise DataError(f"{name}, line {number}: {error}. {_EXPECTED}") from error
        if not isinstance(row, dict):
            raise DataError(f"{name}, line {number}: not a JSON object but {_spoken(row)}. {_EXPECTED}")
        for key, value in row.items():
            kinds[key] = _common(kinds.get(key, pl.Null()), _kind(value))
    return kinds


def _kind(value: Any) -> pl.DataType:
    if value is None:
        return pl.Null()
    if isinstance(value, bool):
        return pl.Boolean()
    if isinstance(value, int):
        return pl.Int64() if -(2**63) <= value < 2**63 else pl.String()
    return pl.Float64() if isinstance(value, float) else pl.String()


def _common(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    if {type(one), type(other)} == {pl.Int64, pl.Float64}:
        return pl.Float64()
    return pl.String()


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON value; write null instead")


def _spoken(value: Any) -> str:
    return "an array" if isinstance(value, list) else json.dumps(value)[:40]


def _lay_out(source: Path, start: int, name: str, target: Path) -> None:
    """Write the elements of one JSON array as lines, holding one block of it at a time."""
    with target.open("w", encoding="utf-8", newline="\n") as out:
        for element in _elements(source, start, name):
            out.write(element.replace("\r", " ").replace("\n", " "))
            out.write("\n")


def _elements(source: Path, start: int, name: str) -> Iterator[str]:
    decoder = json.JSONDecoder(parse_constant=_refuse)
    with source.open(encoding="utf-8", newline="") as stream:
        stream.seek(start)
        text, count, done = stream.read(_BLOCK).lstrip(), 0, False
        text = text[1:]
        position = 0
        while True:
            while position < len(text) and text[position] in " \t\r\n":
                position += 1
            try:
                if text[position : position + 1] == "]":
                    break
                if count and text[position : position + 1] != ",":
                    raise json.JSONDecodeError("Expecting ',' or ']'", text, position)
                begin = position + 1 if count else position
                while text[begin : begin + 1] in (" ", "\t", "\r", "\n"):
                    begin += 1
                value, end = decoder.raw_decode(text, begin)
                if end == len(text) and not done:  # a number, or anything else, may go on in the next block
                    raise json.JSONDecodeError("Unterminated element", text, end)
            except ValueError as error:
                if done or len(text) - position > MAX_ROW_BYTES:
                    raise DataError(f"{name}, element {count + 1} of the array: {error}. {_EXPECTED}") from error
                block = stream.read(_BLOCK)
                done = not block
                text, position = text[position:] + block, 0
                continue
            if not isinstance(value, dict):
                raise DataError(
                    f"{name}, element {count + 1} of the array: not a JSON object but {_spoken(value)}. {_EXPECTED}"
                )
            yield text[begin:end]
            count, position = count + 1, end
        if (text[position + 1 :] + stream.read(_BLOCK)).strip():
            raise DataError(f"{name} goes on behind the end of its array. {_EXPECTED}")
