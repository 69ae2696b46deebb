"""The three steps as a Metaflow flow, written as its tutorial would: prepare, train, evaluate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from metaflow import FlowSpec, step

from steps.bundle import build_bundle

ROOT = Path(__file__).resolve().parents[1]
FOREST = json.dumps({"max_depth": 8, "n_estimators": 200}, separators=(",", ":"))


def run_step(base: Path, *arguments: str) -> None:
    """Run one command of the bundle on its /opt/ml tree."""
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(base)}
    subprocess.run([sys.executable, str(base / "steps.pyz"), *arguments], env=environment, check=True)


class PenguinFlow(FlowSpec):
    """Prepare, train, evaluate."""

    @step
    def start(self):
        """PrepareData."""
        base = Path.cwd() / "prepare"
        self.base = str(base)
        inputs = base / "processing" / "input"
        shutil.rmtree(base, ignore_errors=True)
        (inputs / "config").mkdir(parents=True)
        shutil.copytree(ROOT / "examples/data/penguins", inputs / "dataset")
        config = {
            "dataset_id": "penguins", "target": "species", "task_type": "classification",
            "learning_type": "supervised", "preprocessing_config": {}, "seed": 42,
        }  # fmt: skip
        (inputs / "config" / "data_config.json").write_text(json.dumps(config), encoding="utf-8")
        build_bundle(base)
        run_step(
            base,
            "prepare-data",
            "--dataset-id",
            "penguins",
            "--dataset-fingerprint",
            "0" * 64,
            "--seed",
            "42",
        )
        self.next(self.train)

    @step
    def train(self):
        """TrainModel."""
        base = Path(self.base)
        data = base / "input" / "data"
        for channel in ("train", "validation", "preprocessor", "metadata"):
            shutil.copytree(base / "processing" / channel, data / channel)
        (base / "input" / "config").mkdir(parents=True, exist_ok=True)
        hyperparameters = {
            "algorithm": "random_forest", "task_type": "classification", "hyperparameters": FOREST, "seed": "42",
        }  # fmt: skip
        (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(hyperparameters), encoding="utf-8")
        run_step(base, "train")
        self.next(self.evaluate)

    @step
    def evaluate(self):
        """EvaluateModel."""
        base = Path(self.base)
        inputs = base / "processing" / "input"
        (inputs / "model").mkdir(parents=True, exist_ok=True)
        with tarfile.open(inputs / "model" / "model.tar.gz", "w:gz") as archive:
            archive.add(base / "model", arcname=".")
        for name in ("test", "metadata"):
            shutil.copytree(base / "processing" / name, inputs / name)
        run_step(base, "evaluate", "--metric", "accuracy", "--threshold", "0.95")
        self.next(self.end)

    @step
    def end(self):
        """Metaflow wants an end."""


if __name__ == "__main__":
    PenguinFlow()
