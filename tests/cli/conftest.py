"""A home with trained models, made once by the real command, and the command in this process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PENGUINS = ROOT / "examples" / "data" / "penguins" / "penguins.csv"
ISSUES = {
    "penguin-species": "penguins.md",
    "penguin-body-mass": "penguins_ridge.md",
    "penguin-groups": "penguins_kmeans.md",
    "penguin-components": "penguins_pca.md",
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


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one version of each model; none is approved."""
    home = tmp_path_factory.mktemp("trained") / "home"
    for issue in ISSUES.values():
        finished = subprocess.run(
            [sys.executable, "-m", "cli.main", "run", str(ROOT / "examples/issues" / issue), "--home", str(home)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert finished.returncode == 0, finished.stderr + finished.stdout
    return home


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """The trained home, to be changed at will."""
    copy = tmp_path / "home"
    shutil.copytree(trained, copy, ignore=shutil.ignore_patterns("jobs", "lock"))
    return copy


@pytest.fixture
def issueops(home: Path, capfdbinary: pytest.CaptureFixture[bytes]):
    """The command on the home; standard output as text."""

    def call(*arguments: object) -> Answer:
        capfdbinary.readouterr()
        code = main([*map(str, arguments), "--home", str(home)])
        out, err = capfdbinary.readouterr()
        return Answer(code, out.decode(), err.decode())

    return call


@pytest.fixture
def approved(issueops):
    """The command on the home, with every first version approved."""
    for model in ISSUES:
        assert issueops("models", "approve", f"{model}@1").code == 0
    return issueops
