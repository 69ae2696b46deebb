"""The preprocessing settings of one run, read from data_config.json.

Written by start_execution, read by PrepareData. The issue's author set these values; contracts checked their
types, this module checks that they make sense together.
Cost: a new setting is a field here and a row in contracts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from contracts.errors import ConfigError

Imputation = Literal["median", "mean", "most_frequent", "constant"]
Scaling = Literal["standard", "min_max", "none"]
TaskType = Literal["classification", "regression"]

FILE_NAME = "data_config.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """What to predict and how to prepare it; fractions are of all labelled rows."""

    target: str
    task_type: TaskType | None
    seed: int
    test_size: float = 0.2
    validation_size: float = 0.1
    numeric_imputation: Imputation = "median"
    scaling: Scaling = "standard"
    rare_level_fraction: float = 0.01
    max_levels: int = 50
    drop_columns: tuple[str, ...] = ()
    stratify: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.test_size < 1 or not 0 <= self.validation_size < 1:
            raise ConfigError("test_size must lie in (0, 1) and validation_size in [0, 1).")
        if self.test_size + self.validation_size >= 0.95:
            raise ConfigError(
                f"test_size {self.test_size} + validation_size {self.validation_size} leave "
                "less than 5 % of the rows for training; lower one of them."
            )

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """Read data_config.json from a folder; ConfigError naming the field that is wrong."""
        path = folder / FILE_NAME
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ConfigError(f"{path} does not exist; the job was started without its configuration.") from error
        except json.JSONDecodeError as error:
            raise ConfigError(f"{path} is not JSON: {error}.") from error
        return cls.from_mapping(content)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> Settings:
        """Settings from the parsed data_config.json."""
        target = content.get("target")
        if not isinstance(target, str) or not target:
            raise ConfigError(f"{FILE_NAME}: target must be the name of a column, got {target!r}.")
        task_type = content.get("task_type") or None
        if task_type not in (None, *get_args(TaskType)):
            raise ConfigError(f"{FILE_NAME}: task_type must be classification or regression, got {task_type!r}.")
        options = dict(content.get("preprocessing_config") or {})
        try:
            return cls(
                target=target,
                task_type=task_type,
                seed=int(content.get("seed") or 0),
                test_size=float(options.get("test_size", 0.2)),
                validation_size=float(options.get("validation_size", 0.1)),
                numeric_imputation=_choice(options, "numeric_imputation", get_args(Imputation)),
                scaling=_choice(options, "scaling", get_args(Scaling)),
                rare_level_fraction=float(options.get("rare_level_fraction", 0.01)),
                max_levels=int(options.get("max_levels", 50)),
                drop_columns=tuple(str(name) for name in options.get("drop_columns") or ()),
                stratify=bool(options.get("stratify", True)),
            )
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{FILE_NAME}: preprocessing_config holds a value of the wrong type: {error}.") from error


def _choice(options: Mapping[str, Any], name: str, choices: tuple[Any, ...]) -> Any:
    value = options.get(name, {"numeric_imputation": "median", "scaling": "standard"}[name])
    if value not in choices:
        raise ConfigError(f"{FILE_NAME}: {name} must be one of {', '.join(choices)}, got {value!r}.")
    return value
