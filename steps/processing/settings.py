"""The settings of one preparation, read from data_config.json, with every default filled in.

Written by start_execution, read by PrepareData. The same rows that judged the issue judge this file, because it may
have been written by somebody else. Cost: a new setting is a field here and a row in contracts.preprocessing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.algorithm import SUPERVISED, UNSUPERVISED
from contracts.errors import ConfigError
from contracts.field_rows import FieldRow
from contracts.hyperparameters import shown
from contracts.metrics import TASK_TYPES
from contracts.preprocessing import check_preprocessing

FILE_NAME = "data_config.json"


@dataclass(frozen=True, slots=True)
class ColumnSettings:
    """What one column is treated with: the settings of all columns under those of its own."""

    numeric_imputation: str
    categorical_imputation: str
    fill_value: float | str | None
    missing_indicator: bool | str
    scaling: str
    encoding: str
    transform: str
    outlier_clipping: float
    bins: int | None
    levels: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What to predict and how to prepare it; fractions are of all usable rows."""

    learning_type: str
    target: str | None
    task_type: str | None
    seed: int
    split: str | None = None
    test_size: float = 0.2
    validation_size: float = 0.1
    group_column: str | None = None
    time_column: str | None = None
    cross_validation_folds: int = 0
    numeric_imputation: str = "median"
    categorical_imputation: str = "missing_level"
    missing_indicator: bool | str = "auto"
    missing_values: tuple[float | str, ...] = ()
    scaling: str = "standard"
    encoding: str = "auto"
    rare_level_fraction: float = 0.01
    max_levels: int = 50
    transform: str = "none"
    target_transform: str = "none"
    outlier_clipping: float = 0.0
    date_features: str | tuple[str, ...] = "auto"
    interactions: tuple[tuple[str, str], ...] = ()
    class_weights: str | Mapping[str, float] = "none"
    drop_columns: tuple[str, ...] = ()
    keep_columns: tuple[str, ...] = ()
    drop_duplicates: bool = False
    column_types: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    column_names: tuple[str, ...] = ()
    has_header: bool | None = None
    separator: str | None = None
    file_encoding: str | None = None
    max_memory_mb: int = 1024

    @property
    def supervised(self) -> bool:
        """Whether there is something to predict."""
        return self.learning_type == SUPERVISED

    @property
    def missing_numbers(self) -> tuple[float, ...]:
        """Numbers that stand for "missing"."""
        return tuple(float(value) for value in self.missing_values if not isinstance(value, str))

    @property
    def missing_texts(self) -> tuple[str, ...]:
        """Texts that stand for "missing"; a number's text, too."""
        return tuple(value if isinstance(value, str) else f"{value:g}" for value in self.missing_values)

    def column(self, name: str) -> ColumnSettings:
        """The settings of one column."""
        own = self.columns.get(name, {})
        levels = own.get("levels")
        return ColumnSettings(
            numeric_imputation=own.get("imputation", self.numeric_imputation),
            categorical_imputation=own.get("imputation", self.categorical_imputation),
            fill_value=own.get("fill_value"),
            missing_indicator=own.get("missing_indicator", self.missing_indicator),
            scaling=own.get("scaling", self.scaling),
            encoding=own.get("encoding", "ordinal" if levels else self.encoding),
            transform=own.get("transform", self.transform),
            outlier_clipping=float(own.get("outlier_clipping", self.outlier_clipping)),
            bins=own.get("bins"),
            levels=None if levels is None else tuple(levels),
        )

    def named_columns(self) -> dict[str, str]:
        """Columns that a setting names and the data must have: column -> the setting that names it."""
        found = dict.fromkeys(self.keep_columns, "keep_columns")
        found |= {name: "interactions" for pair in self.interactions for name in pair}
        found |= dict.fromkeys(self.columns, "columns")
        found |= dict.fromkeys(self.column_types, "column_types")
        if self.group_column is not None:
            found[self.group_column] = "group_column"
        if self.time_column is not None:
            found[self.time_column] = "time_column"
        return found

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """Read data_config.json from a folder; ConfigError naming every field that is wrong."""
        path = folder / FILE_NAME
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ConfigError(f"{path} does not exist; the job was started without its configuration.") from error
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{path} is not JSON: {error}.") from error
        if not isinstance(content, dict):
            raise ConfigError(f"{FILE_NAME} must hold a JSON object, got {type(content).__name__}.")
        return cls.from_mapping(content)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> Settings:
        """Settings from the parsed data_config.json."""
        wrong: list[str] = []
        learning_type = content.get("learning_type") or SUPERVISED
        target, task_type = content.get("target") or None, content.get("task_type") or None
        if learning_type not in (SUPERVISED, UNSUPERVISED):
            wrong.append(f"learning_type must be {SUPERVISED} or {UNSUPERVISED}, got {shown(learning_type)}.")
        if not isinstance(target, str | None) or (target is None and learning_type == SUPERVISED):
            wrong.append(f"target must be the name of a column, got {shown(target)}.")
        if task_type not in (None, *TASK_TYPES):
            wrong.append(f"task_type must be one of {', '.join(TASK_TYPES)}, got {shown(task_type)}.")
        options, seed = content.get("preprocessing_config") or {}, content.get("seed") or 0
        if not isinstance(options, dict):
            wrong.append(f"preprocessing_config must be a mapping, got {shown(options)}.")
            options = {}
        if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
            wrong.append(f"seed must be an integer, 0 or more, got {shown(seed)}.")
        good, findings = check_preprocessing(options, target, learning_type == SUPERVISED, _collecting(wrong))
        wrong += [finding.message for finding in findings]
        if wrong:
            raise ConfigError(f"{FILE_NAME}: {' '.join(wrong)}")
        return cls(
            learning_type=learning_type,
            target=target,
            task_type=task_type,
            seed=seed,
            **{name: _plain(name, value) for name, value in good.items()},
        )


def _collecting(wrong: list[str]) -> Any:
    """Checks a mapping against rows; what is wrong goes to the list."""

    def check(values: Mapping[str, Any], rows: tuple[FieldRow, ...], path: tuple[str, ...]) -> dict[str, Any]:
        known = {row.name: row for row in rows}
        for name in values.keys() - known.keys():
            wrong.append(f"{'.'.join(path)} has no field {shown(name)}.")
        good = {}
        for name, value in values.items():
            if name not in known or value is None:
                continue
            if known[name].accepts(value):
                good[name] = value
            else:
                wrong.append(f"{'.'.join((*path, name))} must be {known[name].expected}, got {shown(value)}.")
        return good

    return check


def _plain(name: str, value: Any) -> Any:
    if name == "separator" and value == "tab":
        return "\t"
    if name == "interactions":
        return tuple((left, right) for left, right in value)
    return tuple(value) if isinstance(value, list) else value
