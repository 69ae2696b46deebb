"""Small prepared parts on disk, as PrepareData writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from steps.training.data import Part, TrainingData
from steps.training.fitting import FitRequest

SUPERVISED = ("classification", "regression")
Ask = Callable[..., FitRequest]


def write_part(folder: Path, x: Any, y: Any = None, *, files: int = 1, is_classification: bool = False) -> Part:
    """Write rows as Parquet files and open them."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"x{index}" for index in range(np.shape(x)[1])]
    frame = pl.DataFrame(np.asarray(x, dtype=np.float32), schema=names)
    if y is not None:
        kind = pl.Int32 if is_classification else pl.Float64
        frame = frame.with_columns(pl.Series("__target__", np.asarray(y)).cast(kind))
    step = -(-frame.height // files)
    for index in range(files):
        frame.slice(index * step, step).write_parquet(folder / f"part-{index:05d}.parquet")
    return Part.open(folder, tuple(names), is_classification=is_classification)


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """request(algorithm, task, x, y, validation=(x, y), weights=..., seed=..., **hyperparameters)."""

    def request(
        algorithm: str,
        task: str,
        x: Any,
        y: Any = None,
        /,
        *,
        validation: tuple[Any, Any] | None = None,
        weights: tuple[float, ...] | None = None,
        seed: int = 7,
        **hyperparameters: Any,
    ) -> FitRequest:
        is_classification = task == "classification"
        data = TrainingData(
            train=write_part(tmp_path / "train", x, y, is_classification=is_classification),
            validation=None
            if validation is None
            else write_part(tmp_path / "validation", *validation, is_classification=is_classification),
            task_type=task,
            classes=int(np.max(y)) + 1 if is_classification else 0,
            class_weights=weights,
        )
        return FitRequest(data, algorithm, hyperparameters, seed, tmp_path / "checkpoints")

    return request
