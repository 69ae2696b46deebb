"""The fitted preprocessor: raw rows in, a matrix of numbers out. Stored as JSON, never as a pickle.

PrepareData fits it on the training part; TrainModel packs it into the model; EvaluateModel and the endpoint
apply it to raw rows, so that served rows take the very path that training rows took.
Cost: a new kind of column is a recipe in steps/recipes and a row in RECIPES.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.errors import DataError
from steps.recipes.categorical import OneHotColumn, OrdinalColumn, TargetColumn
from steps.recipes.dates import DateColumn, DatePart
from steps.recipes.numeric import NumericColumn
from steps.recipes.target_transform import TargetTransform

FORMAT_VERSION = 2
FILE_NAME = "preprocessor.json"
Recipe = NumericColumn | OneHotColumn | OrdinalColumn | TargetColumn | DateColumn
RECIPES: Mapping[str, type[Recipe]] = {
    "numeric": NumericColumn,
    "one_hot": OneHotColumn,
    "ordinal": OrdinalColumn,
    "target": TargetColumn,
    "date": DateColumn,
}


@dataclass(frozen=True, slots=True)
class Interaction:
    """The product of two features."""

    left: str
    right: str
    feature: str


@dataclass(frozen=True, slots=True)
class Preprocessor:
    """Fitted recipes, in the order of the matrix."""

    recipes: tuple[Recipe, ...]
    interactions: tuple[Interaction, ...] = ()
    target_transform: TargetTransform | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Raw columns that a row must have."""
        return tuple(recipe.name for recipe in self.recipes)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the matrix' columns."""
        outputs = chain.from_iterable(recipe.outputs for recipe in self.recipes)
        return (*outputs, *(item.feature for item in self.interactions))

    def transform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Raw rows as features: Float32 for numbers, UInt8 for flags; no nulls.

        Raises:
            DataError: a column is missing; extra columns are ignored.
        """
        absent = [name for name in self.columns if name not in frame.columns]
        if absent:
            raise DataError(f"The rows lack the column(s) {_quoted(absent)}; the model needs {_quoted(self.columns)}.")
        values = self.values(frame)
        made = [item for recipe in self.recipes for item in recipe.encode(values.get_column(recipe.name))]
        return self.with_interactions(pl.DataFrame(made) if made else pl.DataFrame(height=frame.height))

    def values(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Raw cells of the columns in use as numbers, texts and moments; null where missing."""
        return frame.select(recipe.value(frame.schema[recipe.name]).alias(recipe.name) for recipe in self.recipes)

    def with_interactions(self, features: pl.DataFrame) -> pl.DataFrame:
        """The recipes' features and, after them, the products of pairs."""
        return features.with_columns(
            (pl.col(item.left).cast(pl.Float32) * pl.col(item.right).cast(pl.Float32)).alias(item.feature)
            for item in self.interactions
        )

    def matrix(self, frame: pl.DataFrame) -> NDArray[np.float32]:
        """(n, features) matrix of raw rows, Float32, C-contiguous."""
        return as_matrix(self.transform(frame))

    def invert_target(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) predictions in the target's own units."""
        return values if self.target_transform is None else self.target_transform.invert(values)

    def to_json(self) -> str:
        """Text with sorted keys; equal preprocessors give equal text."""
        content = {
            "version": FORMAT_VERSION,
            "recipes": [_shallow(recipe) for recipe in self.recipes],
            "interactions": [asdict(item) for item in self.interactions],
            "target_transform": None if self.target_transform is None else asdict(self.target_transform),
        }
        # One line: Python indents JSON in Python, which is slow where a column has many levels.
        return json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n"

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
            target = content["target_transform"]
            return cls(
                recipes=tuple(_recipe(item) for item in content["recipes"]),
                interactions=tuple(Interaction(**item) for item in content["interactions"]),
                target_transform=None if target is None else TargetTransform(**target),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
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


def as_matrix(features: pl.DataFrame) -> NDArray[np.float32]:
    """A frame of features as a C-contiguous Float32 matrix."""
    if features.width == 0:
        return np.empty((features.height, 0), dtype=np.float32)
    return np.ascontiguousarray(features.cast(pl.Float32).to_numpy(), dtype=np.float32)


def _shallow(recipe: Recipe) -> dict[str, Any]:
    """A recipe's fields; asdict would copy every level."""
    if isinstance(recipe, DateColumn):
        return asdict(recipe)
    return {item.name: getattr(recipe, item.name) for item in fields(recipe)}


def _recipe(item: Mapping[str, Any]) -> Recipe:
    values = {key: _frozen(value) for key, value in item.items()}
    if item["kind"] == "date":
        values["parts"] = tuple(DatePart(**part) for part in item["parts"])
    return RECIPES[item["kind"]](**values)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _quoted(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
