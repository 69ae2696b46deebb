"""The three steps as SageMaker runs them: the packed bundle, one child process a job, the job's folders below a base.

Benchmarks of steps measure through here and never import a step, so that what is timed is what a container runs,
imports included. Files pass from job to job as hard links: SageMaker's downloads are not what is measured.
Cost: the folders of all jobs stay until the workshop's folder is removed; `forget` removes one earlier.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measuring import Measured, measure
from steps.bundle import build_bundle

CHANNELS = ("train", "validation", "folds", "preprocessor", "metadata")
# Threads that spin while they wait slow each other down on a shared machine; both sides of a comparison get this.
PASSIVE_THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}


@dataclass(frozen=True, slots=True)
class Job:
    """A finished job: its folders and what it took."""

    base: Path
    measured: Measured

    @property
    def failed(self) -> bool:
        """True where the job ended with another status than 0."""
        return self.measured.status != 0

    @property
    def failure(self) -> str:
        """The line that the job left for the issue, or the last line of its errors."""
        path = self.base / "output" / "failure"
        if path.is_file():
            return path.read_text(encoding="utf-8").strip()
        return (self.measured.errors.strip().splitlines() or [f"status {self.measured.status}"])[-1]

    def document(self, name: str) -> dict[str, Any]:
        """A JSON file of the job, by its path below the base folder."""
        content: dict[str, Any] = json.loads((self.base / name).read_text(encoding="utf-8"))
        return content

    def forget(self) -> None:
        """Remove the job's folders."""
        shutil.rmtree(self.base, ignore_errors=True)


@dataclass(slots=True)
class Workshop:
    """Lays out jobs below one folder and runs them through one bundle."""

    folder: Path
    bundle: Path
    count: int = field(default=0)

    @classmethod
    def open(cls, folder: Path) -> Workshop:
        """A workshop with the bundle of the code as it is now."""
        return cls(folder, build_bundle(folder / "code").path)

    def prepare(self, data: Path, config: Mapping[str, Any]) -> Job:
        """PrepareData on one data file; ``config`` is data_config.json."""
        base = self._base()
        inputs = base / "processing" / "input"
        (inputs / "dataset").mkdir(parents=True)
        _link(str(data), str(inputs / "dataset" / data.name))
        (inputs / "config").mkdir()
        (inputs / "config" / "data_config.json").write_text(json.dumps(dict(config)), encoding="utf-8")
        return self._run(
            base, "prepare-data", "--dataset-id", data.stem, "--dataset-fingerprint", "0" * 64,
            "--seed", str(config["seed"]),
        )  # fmt: skip

    def train(self, prepared: Job, algorithm: str, hyperparameters: Mapping[str, Any], *, seed: int) -> Job:
        """TrainModel on what PrepareData wrote."""
        base = self._base()
        for name in CHANNELS:
            if (prepared.base / "processing" / name).is_dir():
                _link_tree(prepared.base / "processing" / name, base / "input" / "data" / name)
        (base / "input" / "config").mkdir(parents=True)
        values = {
            "algorithm": algorithm,
            "task_type": prepared.document("processing/metadata/metadata.json")["task_type"],
            "hyperparameters": json.dumps(dict(hyperparameters)),
            "seed": str(seed),
        }
        (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(values), encoding="utf-8")
        return self._run(base, "train")

    def evaluate(self, prepared: Job, trained: Job, metric: str, threshold: float) -> Job:
        """EvaluateModel on the packed model and the raw test part."""
        base = self._base()
        inputs = base / "processing" / "input"
        for name in ("test", "metadata"):
            _link_tree(prepared.base / "processing" / name, inputs / name)
        (inputs / "model").mkdir()
        with tarfile.open(inputs / "model" / "model.tar.gz", "w:gz", compresslevel=1) as archive:
            for path in sorted((trained.base / "model").iterdir()):
                archive.add(path, path.name)
        return self._run(base, "evaluate", "--metric", metric, "--threshold", str(threshold))

    def _base(self) -> Path:
        self.count += 1
        path = self.folder / f"job-{self.count}"
        path.mkdir(parents=True)
        return path

    def _run(self, base: Path, *arguments: str) -> Job:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        environment |= PASSIVE_THREADS | {"SAGEMAKER_BASE_DIR": str(base)}
        argv = [sys.executable, str(self.bundle), *arguments]
        return Job(base, measure(argv, environment=environment, folder=base))


def _link_tree(source: Path, destination: Path) -> None:
    shutil.copytree(source, destination, copy_function=_link)


def _link(source: str, destination: str) -> None:
    try:
        os.link(source, destination)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(source, destination)
