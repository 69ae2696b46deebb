"""Runs steps as SageMaker would: the packed bundle, a subprocess, the folders of one job below a base folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from steps.bundle import build_bundle

PENGUINS = Path(__file__).resolve().parents[2] / "examples" / "data" / "penguins"


@dataclass
class Job:
    """The folders of one finished job."""

    base: Path
    status: int
    output: str

    @property
    def failure(self) -> str:
        return (self.base / "output" / "failure").read_text(encoding="utf-8").rstrip("\n")

    def json(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.base / "processing" / name).read_text(encoding="utf-8"))
        return content

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.base / "processing" / name / "part-00000.parquet")


@dataclass
class Workshop:
    """Lays out jobs below one folder and runs them through one bundle."""

    folder: Path
    bundle: Path
    count: int = field(default=0)

    def base(self) -> Path:
        self.count += 1
        path = self.folder / f"job-{self.count}"
        path.mkdir()
        return path

    def dataset(self, base: Path, data: Path | str | bytes, config: dict[str, Any]) -> None:
        target = base / "processing" / "input" / "dataset"
        target.parent.mkdir(parents=True)
        if isinstance(data, Path):
            shutil.copytree(data, target)
        else:
            target.mkdir()
            (target / "data.csv").write_bytes(data.encode() if isinstance(data, str) else data)
        folder = base / "processing" / "input" / "config"
        folder.mkdir()
        (folder / "data_config.json").write_text(json.dumps({"task_type": None, "seed": 42} | config))

    def run(self, base: Path, *arguments: str) -> Job:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        finished = subprocess.run(
            [sys.executable, str(self.bundle), *arguments],
            env=environment | {"SAGEMAKER_BASE_DIR": str(base)},
            cwd=base,
            capture_output=True,
            text=True,
            check=False,
        )
        return Job(base, finished.returncode, finished.stdout + finished.stderr)

    def prepare(self, data: Path | str | bytes, **config: Any) -> Job:
        base = self.base()
        self.dataset(base, data, config)
        return self.run(base, "prepare-data", "--dataset-id", "a", "--dataset-fingerprint", "f", "--seed", "42")

    def train(self, prepared: Job, algorithm: str, **hyperparameters: Any) -> Job:
        base = self.base()
        for name in ("train", "validation", "folds", "preprocessor", "metadata"):
            shutil.copytree(prepared.base / "processing" / name, base / "input" / "data" / name)
        (base / "input" / "config").mkdir()
        values = {"algorithm": algorithm, "hyperparameters": json.dumps(hyperparameters), "seed": "42"}
        (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(values))
        return self.run(base, "train")

    def evaluate(self, prepared: Job, trained: Job, metric: str, threshold: float) -> Job:
        base = self.base()
        inputs = base / "processing" / "input"
        for name in ("test", "metadata"):
            shutil.copytree(prepared.base / "processing" / name, inputs / name)
        (inputs / "model").mkdir()
        pack(trained.base / "model", inputs / "model" / "model.tar.gz")
        return self.run(base, "evaluate", "--metric", metric, "--threshold", str(threshold))


def pack(folder: Path, archive: Path) -> Path:
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)
    return archive


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("steps")
    return Workshop(folder, build_bundle(folder / "code").path)


@dataclass(frozen=True)
class Run:
    """Three jobs on one data set."""

    prepared: Job
    trained: Job
    evaluated: Job


@pytest.fixture(scope="session")
def penguins(workshop: Workshop) -> Run:
    prepared = workshop.prepare(PENGUINS, target="species")
    trained = workshop.train(prepared, "random_forest")
    return Run(prepared, trained, workshop.evaluate(prepared, trained, "accuracy", 0.9))


@pytest.fixture(scope="session")
def cars(workshop: Workshop) -> Run:
    prepared = workshop.prepare(cars_csv(), target="mpg")
    trained = workshop.train(prepared, "linear_regression")
    return Run(prepared, trained, workshop.evaluate(prepared, trained, "rmse", 0.5))


def cars_csv(rows: int = 240) -> str:
    """Fuel consumption by a formula, with a missing marker of each kind among the numbers."""
    markers = ("?", "NA", "", "null")
    lines = ["mpg,weight,cylinders,origin,name"]
    for index in range(rows):
        weight = 1800 + (index * 37) % 2400
        cylinders = (4, 6, 8)[index % 3]
        origin = ("usa", "japan", "europe")[index % 5 % 3]
        noise = ((index * 7919) % 101 - 50) / 100
        mpg = 50 - weight / 120 - cylinders / 2 + (2 if origin == "japan" else 0) + noise
        shown = markers[index // 60 % 4] if index % 60 == 7 else str(weight)
        lines.append(f"{mpg:.3f},{shown},{cylinders},{origin},car {index}")
    return "\n".join(lines) + "\n"
