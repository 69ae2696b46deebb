"""The functions a SageMaker scikit-learn container calls to serve the model.

The model's own ``code/inference.py`` imports them from the bundle beside it. Rows arrive raw, as they stand
in the data set, as CSV (with or without header), JSON or Parquet.
Cost: CSV without a header is read in the order of the model's columns; a header is safer.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from contracts.errors import DataError
from steps.model_artifact import Model, load_model

CSV, JSON, PARQUET = "text/csv", "application/json", "application/x-parquet"
CONTENT_TYPES = (CSV, JSON, PARQUET)


def model_fn(model_dir: str) -> Model:
    """Load the model once per worker."""
    return load_model(Path(model_dir))


def input_fn(body: bytes | str, content_type: str) -> pl.DataFrame:
    """Request body to raw rows; JSON is a list of objects, one object, or {"instances": [...]}."""
    raw = body.encode("utf-8") if isinstance(body, str) else bytes(body)
    kind = content_type.split(";")[0].strip().lower()
    try:
        if kind == CSV:
            return pl.read_csv(raw, has_header=False, infer_schema=False)
        if kind == PARQUET:
            return pl.read_parquet(raw)
        if kind == JSON:
            return _json_rows(json.loads(raw))
    except (pl.exceptions.PolarsError, ValueError, OSError) as error:
        raise DataError(f"The request body is not {kind}: {error}.") from error
    raise DataError(f"Content type '{content_type}' is not served; send {', '.join(CONTENT_TYPES)}.")


def predict_fn(rows: pl.DataFrame, model: Model) -> pl.DataFrame:
    """Column ``prediction``, and for a classification one column of probability per class."""
    rows = _named(rows, model)
    result = pl.DataFrame({"prediction": model.predict(rows).tolist()})
    if model.classes is None:
        return result
    probabilities = model.predict_proba(rows)
    return result.with_columns(
        pl.Series(f"probability={name}", probabilities[:, index]) for index, name in enumerate(model.classes)
    )


def output_fn(prediction: pl.DataFrame, accept: str) -> tuple[bytes, str]:
    """Response body and its content type; JSON unless the caller asks for another."""
    kind = accept.split(";")[0].strip().lower()
    if kind == CSV:
        return prediction.write_csv(include_header=False).encode("utf-8"), CSV
    if kind == PARQUET:
        buffer = io.BytesIO()
        prediction.write_parquet(buffer)
        return buffer.getvalue(), PARQUET
    return json.dumps({"predictions": prediction.to_dicts()}, ensure_ascii=False).encode("utf-8"), JSON


def _json_rows(content: Any) -> pl.DataFrame:
    if isinstance(content, dict):
        content = content.get("instances", content)
    records = content if isinstance(content, list) else [content]
    if not records or not all(isinstance(record, dict) for record in records):
        raise ValueError("expected objects of column name to value")
    return pl.DataFrame(records, infer_schema_length=None, strict=False)


def _named(rows: pl.DataFrame, model: Model) -> pl.DataFrame:
    columns = list(model.preprocessor.columns)
    if not rows.columns or not all(name.startswith("column_") for name in rows.columns):
        return rows
    if any(name in columns for name in rows.columns):
        return rows
    first = ["" if cell is None else str(cell) for cell in rows.row(0)] if rows.height else []
    if set(columns) <= set(first):
        return rows.slice(1).rename(dict(zip(rows.columns, first, strict=True)))
    order: list[str] = model.card["input_columns"]
    for names in (order, columns):
        if rows.width == len(names):
            return rows.rename(dict(zip(rows.columns, names, strict=True)))
    raise DataError(f"The CSV rows have {rows.width} fields and no header; expected {len(order)}: {', '.join(order)}.")
