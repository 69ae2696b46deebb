"""The fitted preprocessor: raw rows in, a matrix of numbers out. Stored as JSON, never as a pickle.

PrepareData fits it on the training part; TrainModel packs it into the model; EvaluateModel and the endpoint
apply it to raw rows, so that served rows take the very path that training rows took.
Cost: it knows imputation, scaling and one-hot encoding, nothing else; richer features need a new column kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.errors import DataError
from steps.numbers_in_text import Notation, parse

FORMAT_VERSION = 1
FILE_NAME = "preprocessor.json"
RARE = "(other)"
MISSING = "(missing)"


@dataclass(frozen=True, slots=True)
class NumericColumn:
    """A column of numbers: missing -> fill, then (x - center) / scale."""

    name: str
    notation: str
    fill: float
    center: float
    scale: float
    feature: str


@dataclass(frozen=True, slots=True)
class CategoricalColumn:
    """A column of categories, one 0/1 feature each.

    ``features`` are those of ``levels``, followed by "(other)" if has_other and "(missing)" if has_missing.
    Levels that training never saw count as "(other)" where it exists, and are all zeros otherwise.
    """

    name: str
    levels: tuple[str, ...]
    has_other: bool
    has_missing: bool
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preprocessor:
    """Fitted columns, in the order of the matrix."""

    numeric: tuple[NumericColumn, ...]
    categorical: tuple[CategoricalColumn, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Raw columns that a row must have."""
        return (*(item.name for item in self.numeric), *(item.name for item in self.categorical))

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the matrix' columns."""
        names = [item.feature for item in self.numeric]
        for column in self.categorical:
            names.extend(column.features)
        return tuple(names)

    def transform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Raw rows as features: Float64 for numbers, UInt8 for categories; no nulls.

        Raises:
            DataError: a column is missing; extra columns are ignored.
        """
        absent = [name for name in self.columns if name not in frame.columns]
        if absent:
            raise DataError(f"The rows lack the column(s) {_quoted(absent)}; the model needs {_quoted(self.columns)}.")
        expressions: list[pl.Expr] = []
        for number in self.numeric:
            value = numeric_value(number.name, frame.schema[number.name], Notation(number.notation))
            scaled = (value.fill_null(number.fill) - number.center) / number.scale
            expressions.append(scaled.alias(number.feature))
        for column in self.categorical:
            expressions.extend(_one_hot(column, category_value(column.name, frame.schema[column.name])))
        return frame.select(expressions)

    def matrix(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        """(n, features) matrix of raw rows."""
        return as_matrix(self.transform(frame))

    def to_json(self) -> str:
        """Text with sorted keys; equal preprocessors give equal text."""
        content = {"version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Preprocessor:
        """Inverse of to_json; DataError if the text is something else."""
        try:
            content: Mapping[str, Any] = json.loads(text)
            if content["version"] != FORMAT_VERSION:
                raise DataError(
                    f"{FILE_NAME} has version {content['version']}, this code reads version "
                    f"{FORMAT_VERSION}; train the model again."
                )
            return cls(
                numeric=tuple(NumericColumn(**item) for item in content["numeric"]),
                categorical=tuple(
                    CategoricalColumn(**{**item, "levels": tuple(item["levels"]), "features": tuple(item["features"])})
                    for item in content["categorical"]
                ),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{FILE_NAME} is not a preprocessor: {error!r}.") from error

    def save(self, folder: Path) -> None:
        """Write preprocessor.json into a folder."""
        (folder / FILE_NAME).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Preprocessor:
        """Read preprocessor.json from a folder."""
        path = folder / FILE_NAME
        if not path.is_file():
            raise DataError(f"{path} does not exist; the job was started without the fitted preprocessor.")
        return cls.from_json(path.read_text(encoding="utf-8"))


def numeric_value(name: str, dtype: pl.DataType, notation: Notation) -> pl.Expr:
    """A raw column as finite Float64; everything else is null."""
    value = parse(pl.col(name), notation) if dtype == pl.String else pl.col(name).cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value).otherwise(None)


def category_value(name: str, dtype: pl.DataType) -> pl.Expr:
    """A raw column as text without surrounding blanks; empty text is null; 3.0 and 3 are the same."""
    if dtype.is_float():
        column = pl.col(name)
        whole = column.is_finite() & (column == column.round(0)) & (column.abs() < 2**53)
        text = (
            pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))
        )
        return pl.when(column.is_nan()).then(None).otherwise(text)
    text = pl.col(name).cast(pl.String, strict=False).str.strip_chars()
    return pl.when(text == "").then(None).otherwise(text)


def as_matrix(features: pl.DataFrame) -> NDArray[np.float64]:
    """A frame of features as a C-contiguous Float64 matrix."""
    if features.width == 0:
        return np.empty((features.height, 0), dtype=np.float64)
    return np.ascontiguousarray(features.cast(pl.Float64).to_numpy(), dtype=np.float64)


def _one_hot(column: CategoricalColumn, value: pl.Expr) -> list[pl.Expr]:
    flags = [value.eq_missing(pl.lit(level)) for level in column.levels]
    if column.has_other:
        flags.append(value.is_not_null() & ~value.is_in(list(column.levels)).fill_null(False))
    if column.has_missing:
        flags.append(value.is_null())
    return [
        flag.fill_null(False).cast(pl.UInt8).alias(feature)
        for flag, feature in zip(flags, column.features, strict=True)
    ]


def _quoted(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
