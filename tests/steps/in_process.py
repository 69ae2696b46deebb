"""The three steps one after the other in this process: as in a job, without the cost of starting one."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from steps.evaluation import evaluate
from steps.model_artifact import Model, load_model
from steps.processing import prepare_data
from steps.runtime import Runtime
from steps.training import train

from .conftest import pack


@dataclass(frozen=True)
class Trained:
    """Outputs of the three steps."""

    base: Path

    @property
    def report(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.base / "evaluate/processing/evaluation/evaluation.json").read_text())
        return content

    @property
    def card(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.base / "train/model/model.json").read_text(encoding="utf-8"))
        return content

    @property
    def test_rows(self) -> pl.DataFrame:
        return pl.read_parquet(self.base / "prepare/processing/test/*.parquet")

    @property
    def model(self) -> Model:
        return load_model(self.base / "train" / "model")


def run_steps(
    base: Path,
    data: pl.DataFrame,
    *,
    algorithm: str,
    metric: str,
    threshold: float,
    hyperparameters: dict[str, Any] | None = None,
    preprocessing: dict[str, Any] | None = None,
    champion: Path | None = None,
    **config: Any,
) -> Trained:
    """Prepare, train and evaluate below a folder; ``config`` goes into data_config.json."""
    inputs = base / "prepare" / "processing" / "input"
    (inputs / "dataset").mkdir(parents=True)
    (inputs / "config").mkdir()
    data.write_parquet(inputs / "dataset" / "data.parquet")
    settings = {"seed": 42, "task_type": None, "learning_type": "supervised"} | config
    text = json.dumps(settings | {"preprocessing_config": preprocessing or {}})
    (inputs / "config" / "data_config.json").write_text(text, encoding="utf-8")
    prepare_data.main(["--dataset-id", "d", "--dataset-fingerprint", "f"], Runtime(base / "prepare"))

    prepared = base / "prepare" / "processing"
    for name in ("train", "validation", "folds", "preprocessor", "metadata"):
        shutil.copytree(prepared / name, base / "train" / "input" / "data" / name)
    folder = base / "train" / "input" / "config"
    folder.mkdir()
    values = {"algorithm": algorithm, "hyperparameters": json.dumps(hyperparameters or {}), "seed": "42"}
    (folder / "hyperparameters.json").write_text(json.dumps(values))
    train.main([], Runtime(base / "train"))

    inputs = base / "evaluate" / "processing" / "input"
    for name in ("test", "metadata"):
        shutil.copytree(prepared / name, inputs / name)
    (inputs / "model").mkdir()
    pack(base / "train" / "model", inputs / "model" / "model.tar.gz")
    arguments = ["--metric", metric, "--threshold", str(threshold)]
    (inputs / "champion").mkdir()
    if champion is None:
        (inputs / "champion" / "none.json").write_text("{}")
    else:
        shutil.copy(champion, inputs / "champion" / "model.tar.gz")
        arguments += ["--champion", "standing@1"]
    evaluate.main(arguments, Runtime(base / "evaluate"))
    return Trained(base)
