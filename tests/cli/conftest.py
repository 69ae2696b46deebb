"""A home whose registry holds one model of each task, and the command in this process.

Models are trained by the real steps; their evaluations are written by hand, since only the numbers matter here.
"""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from cli.wiring import open_stack
from contracts import names
from contracts.evaluation_report import EvaluationReport, group_of
from registry import approval, packages
from registry.references import ModelReference
from steps.processing import prepare_data
from steps.runtime import Runtime
from steps.training import train

ROOT = Path(__file__).resolve().parents[2]
PENGUINS = ROOT / "examples" / "data" / "penguins" / "penguins.csv"
MEASUREMENTS = {
    "target": "species",
    "learning_type": "unsupervised",
    "preprocessing_config": {"drop_columns": ["island", "sex", "year"]},
}
Command = Callable[..., "Answer"]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model to train, and what its evaluation says."""

    algorithm: str
    config: dict[str, Any]
    hyperparameters: dict[str, Any]
    report: EvaluationReport


MODELS = {
    "penguin-species": Trained(
        "random_forest",
        {"target": "species", "task_type": "classification", "learning_type": "supervised"},
        {"n_estimators": 50},
        EvaluationReport(
            metric="accuracy",
            threshold=0.9,
            metrics={"accuracy": 0.98, "f1": 0.97, "log_loss": 0.1},
            deviations={"accuracy": 0.01, "log_loss": 0.02},
            group=group_of("classification", 3),
        ),
    ),
    "penguin-body-mass": Trained(
        "linear_regression",
        {"target": "body_mass_g", "task_type": "regression", "learning_type": "supervised"},
        {"penalty": "ridge"},
        EvaluationReport(
            metric="rmse", threshold=400, metrics={"rmse": 310.0, "r2": 0.88}, group=group_of("regression", 0)
        ),
    ),
    "penguin-groups": Trained(
        "kmeans",
        {"task_type": "clustering", **MEASUREMENTS},
        {"n_clusters": 3},
        EvaluationReport(
            metric="silhouette", threshold=0.4, metrics={"silhouette": 0.5}, group=group_of("clustering", 0)
        ),
    ),
    "penguin-components": Trained(
        "pca",
        {"task_type": "dimensionality_reduction", **MEASUREMENTS},
        {"n_components": 2},
        EvaluationReport(
            metric="explained_variance",
            threshold=0.8,
            metrics={"explained_variance": 0.9},
            group=group_of("dimensionality_reduction", 0),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def train_model(base: Path, wanted: Trained) -> Path:
    """PrepareData and TrainModel below a folder; returns model.tar.gz."""
    inputs = base / "prepare" / "processing" / "input"
    (inputs / "config").mkdir(parents=True)
    shutil.copytree(PENGUINS.parent, inputs / "dataset")
    (inputs / "config" / "data_config.json").write_text(json.dumps({"seed": 42} | wanted.config))
    prepare_data.main(["--dataset-id", "penguins", "--dataset-fingerprint", "f"], Runtime(base / "prepare"))
    channels = base / "train" / "input" / "data"
    for name in ("train", "validation", "folds", "preprocessor", "metadata"):
        shutil.copytree(base / "prepare" / "processing" / name, channels / name)
    values = {"algorithm": wanted.algorithm, "hyperparameters": json.dumps(wanted.hyperparameters), "seed": "42"}
    (base / "train" / "input" / "config").mkdir()
    (base / "train" / "input" / "config" / "hyperparameters.json").write_text(json.dumps(values))
    train.main([], Runtime(base / "train"))
    packed = base / "model.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(base / "train" / "model", arcname=".")
    return packed


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one version of each model; none is approved."""
    folder = tmp_path_factory.mktemp("trained")
    home = folder / "home"
    archives = {name: train_model(folder / name, wanted) for name, wanted in MODELS.items()}
    with open_stack(home) as stack:
        for name, path in archives.items():
            stack.objects.put_file(names.LOCAL_BUCKET, f"{name}/model.tar.gz", path)
            stack.objects.put_bytes(names.LOCAL_BUCKET, f"{name}/e.json", MODELS[name].report.to_json().encode())
            sagemaker, uri = stack.client("sagemaker"), f"s3://{names.LOCAL_BUCKET}/{name}"
            packages.ensure_group(sagemaker, name)
            packages.register(
                sagemaker,
                packages.Registration(name, "image", f"{uri}/model.tar.gz", name, metrics_uri=f"{uri}/e.json"),
            )
    return home


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """The trained home, to be changed at will."""
    copy = tmp_path / "home"
    shutil.copytree(trained, copy, ignore=shutil.ignore_patterns("lock"))
    return copy


@pytest.fixture
def issueops(home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """The command on the home; what it printed as text."""

    def call(*arguments: object) -> Answer:
        capfdbinary.readouterr()
        code = main([*map(str, arguments), "--home", str(home)])
        out, err = capfdbinary.readouterr()
        return Answer(code, out.decode(), err.decode())

    return call


@pytest.fixture
def approved(home: Path, issueops: Command) -> Command:
    """The command on the home, with every first version approved."""
    with open_stack(home) as stack:
        for model in MODELS:
            approval.approve(stack.client("sagemaker"), ModelReference(model, 1), by="ada")
    return issueops
