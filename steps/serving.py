"""The functions a SageMaker container calls to serve the model: model_fn, input_fn, predict_fn, output_fn.

The model's own ``code/inference.py`` imports them from the bundle beside it; `issueops predict` uses predict_fn. Rows
arrive raw, as they stand in the data set; how bodies are read is steps.request_rows.
Cost: a CSV without a header is read in the order of the data set's columns; a header is safer.
"""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import polars as pl

from contracts.errors import DataError
from contracts.metrics import CLASSIFICATION, CLUSTERING, DIMENSIONALITY_REDUCTION
from steps.model_artifact import Model, load_model
from steps.request_rows import CSV, JSON, JSON_LINES, PARQUET, name_columns, read_body


def model_fn(model_dir: str) -> Model:
    """Load the model once per worker."""
    return load_model(Path(model_dir))


def input_fn(body: bytes | str, content_type: str) -> pl.DataFrame:
    """Request body to raw rows; see steps.request_rows for the shapes that are understood.

    Raises:
        DataError: an empty body, one that is not of its type, or a type that is not served.
    """
    return read_body(body.encode("utf-8") if isinstance(body, str) else bytes(body), content_type)


def predict_fn(rows: pl.DataFrame, model: Model) -> pl.DataFrame:
    """One row of answers per row, by task.

    classification: ``prediction``, and ``probability=<class>`` for each class; regression: ``prediction``;
    clustering: ``cluster``, -1 for noise; dimensionality reduction: ``component_1`` and so on.

    Raises:
        DataError: a column that the model needs is missing.
    """
    rows = name_columns(rows, model.card["input_columns"], model.preprocessor.columns)
    if model.task_type == CLASSIFICATION:
        classes = list(model.classes or ())
        probabilities = model.predict_proba(rows)
        chosen = pl.Series("prediction", classes, dtype=pl.String).gather(probabilities.argmax(axis=1))
        columns = [pl.Series(f"probability={name}", probabilities[:, index]) for index, name in enumerate(classes)]
        return pl.DataFrame([chosen, *columns])
    if model.task_type == CLUSTERING:
        return pl.DataFrame({"cluster": model.labels(rows)})
    if model.task_type == DIMENSIONALITY_REDUCTION:
        coordinates = model.project(rows)
        return pl.DataFrame({f"component_{index + 1}": coordinates[:, index] for index in range(coordinates.shape[1])})
    return pl.DataFrame({"prediction": model.predict_values(rows)})


def output_fn(prediction: pl.DataFrame, accept: str) -> tuple[bytes, str]:
    """Response body and its content type: the first accepted one that is served, JSON where none is named.

    CSV has no header, as SageMaker's own algorithms answer.

    Raises:
        DataError: only types are accepted that are not served.
    """
    for kind in (item.split(";")[0].strip().lower() for item in (accept or JSON).split(",")):
        if kind in (JSON, "*/*", "application/*", ""):
            return _json({"predictions": _records(prediction)}), JSON
        if kind in JSON_LINES:
            return b"".join(_json(record) + b"\n" for record in _records(prediction)), kind
        if kind in (CSV, "text/*"):
            return prediction.write_csv(include_header=False).encode("utf-8"), CSV
        if kind in PARQUET:
            buffer = io.BytesIO()
            prediction.write_parquet(buffer)
            return buffer.getvalue(), kind
    served = ", ".join((JSON, JSON_LINES[0], CSV, PARQUET[0]))
    raise DataError(f"No answer of type '{accept[:100]}' can be given; accept one of {served}.")


def _records(prediction: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON knows them: a number that is not finite is null."""
    return [
        {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()}
        for row in prediction.iter_rows(named=True)
    ]


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8")
