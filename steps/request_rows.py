"""Turns the body of a request into raw rows, as they stand in the data set.

Used by steps.serving only. Understood are

    text/csv                  with or without a header
    application/json          [{column: value, ...}, ...], one such object, [[value, ...], ...] in the data set's order;
                              any of these under "instances", each also as {"features": [...] or {...}}
    application/jsonlines     one object or list a line
    application/x-parquet     a Parquet file

Cost: a body is held in memory as a whole; SageMaker bounds it (25 MB in real time, 100 MB in batch).
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from contracts.errors import DataError

CSV, JSON = "text/csv", "application/json"
JSON_LINES = ("application/jsonlines", "application/x-jsonlines", "application/jsonl", "application/x-ndjson")
PARQUET = ("application/x-parquet", "application/vnd.apache.parquet", "application/parquet")
_UNNAMED = "column_"
_SHOWN = 60


def read_body(body: bytes, content_type: str) -> pl.DataFrame:
    """Raw rows of a body; columns without names are called column_1 and so on until name_columns names them.

    Raises:
        DataError: an empty body, one that is not of its type, or a type that is not served.
    """
    kind = content_type.split(";")[0].strip().lower()
    if kind not in (CSV, JSON, *JSON_LINES, *PARQUET):
        served = ", ".join((CSV, JSON, JSON_LINES[0], PARQUET[0]))
        raise DataError(f"Content type '{content_type[:_SHOWN]}' is not served; send one of {served}.")
    if not body.strip():
        raise DataError(f"The request body is empty; send at least one row as {kind}.")
    try:
        if kind in PARQUET:
            return pl.read_parquet(io.BytesIO(body))
        text = body.decode("utf-8-sig")
        if kind == CSV:
            return pl.read_csv(text.encode("utf-8"), has_header=False, infer_schema=False)
        if kind == JSON:
            return _frame(_instances(json.loads(text)))
        return _frame([_features(json.loads(line)) for line in text.splitlines() if line.strip()])
    except (pl.exceptions.PolarsError, ValueError, OSError, RecursionError) as error:
        reason = " ".join(str(error).split())[:300]
        raise DataError(f"The request body is not {kind} that can be read: {reason}.") from error


def name_columns(rows: pl.DataFrame, order: Sequence[str], needed: Sequence[str]) -> pl.DataFrame:
    """Rows with the data set's column names, from a header in the first row, else by position.

    Args:
        order: the data set's columns that the model reads, in their order.
        needed: the same, in the order of the preprocessor.

    Raises:
        DataError: there is no header, and another number of columns than expected.
    """
    known = set(needed)
    unnamed = bool(rows.columns) and all(name.startswith(_UNNAMED) for name in rows.columns)
    if not unnamed or known & set(rows.columns):
        return rows
    first = ["" if cell is None else str(cell).strip() for cell in rows.row(0)] if rows.height else []
    found = sum(name in known for name in first)
    if found * 2 >= len(known) or (found and rows.width != len(order)):
        return _with_header(rows, first)
    if rows.width == len(order):
        return rows.rename(dict(zip(rows.columns, order, strict=True)))
    raise DataError(
        f"The rows have {rows.width} value(s) and no header; expected {len(order)}, in this order: "
        f"{', '.join(order)}. Send these, or name the columns."
    )


def _with_header(rows: pl.DataFrame, first: list[str]) -> pl.DataFrame:
    repeated = sorted({name for name in first if first.count(name) > 1})
    if repeated:
        raise DataError(f"The header names {', '.join(repeated)[:_SHOWN]} more than once; name each column once.")
    if rows.height == 1:
        raise DataError("The request holds a header and no rows; send at least one row.")
    return rows.slice(1).rename(dict(zip(rows.columns, first, strict=True)))


def _instances(content: Any) -> list[Any]:
    if isinstance(content, dict) and isinstance(content.get("instances"), list):
        content = content["instances"]
    records = content if isinstance(content, list) else [content]
    if records and not any(isinstance(record, dict | list) for record in records):
        records = [records]  # one row as a plain list of values
    return [_features(record) for record in records]


def _features(record: Any) -> Any:
    if isinstance(record, dict) and len(record) == 1 and isinstance(record.get("features"), list | dict):
        return record["features"]
    return record


def _frame(records: list[Any]) -> pl.DataFrame:
    if not records:
        raise ValueError("it holds no rows")
    if all(isinstance(record, dict) for record in records):
        names = list(dict.fromkeys(name for record in records for name in record))
        return pl.DataFrame([_series(name, [record.get(name) for record in records]) for name in names])
    if all(isinstance(record, list) for record in records):
        widths = sorted({len(record) for record in records})
        if len(widths) > 1:
            raise ValueError(f"its rows have between {widths[0]} and {widths[-1]} values")
        columns = zip(*records, strict=True)
        return pl.DataFrame([_series(f"{_UNNAMED}{number + 1}", list(c)) for number, c in enumerate(columns)])
    raise ValueError("rows must be objects of column name to value, or all of them lists of values")


def _series(name: str, values: list[Any]) -> pl.Series:
    """Numbers stay numbers; a column of several kinds becomes text, as a CSV would have it."""
    kinds = {type(value) for value in values if value is not None}
    wrong = kinds & {dict, list}
    if wrong:
        raise ValueError(f"the value of '{name[:_SHOWN]}' must be a text or a number, got an object or a list")
    if kinds <= {int} and all(abs(value) < 2**63 for value in values if value is not None):
        return pl.Series(name, values, dtype=pl.Int64 if kinds else pl.String)
    if kinds <= {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    if kinds == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)
