"""What the functional tests share: a way to call the real command in a real process, and small issues."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

ROOT = Path(__file__).resolve().parents[2]

ISSUE = """# {title}

```yaml
learning_type: supervised
algorithm: random_forest
dataset_id: penguins
target: species
hyperparameters: {{n_estimators: {trees}, max_depth: {depth}}}
evaluation_metric: accuracy
evaluation_threshold: {threshold}
max_retry: {max_retry}
model_name: penguin-species
```
"""


_Found = TypeVar("_Found")


def eventually(what: str, look: Callable[[], _Found], *, seconds: float = 120.0) -> _Found:
    """The first true thing that `look` finds."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


@dataclass(frozen=True, slots=True)
class Result:
    """A finished command: exit code, parsed stdout (None where it is no JSON), stderr."""

    code: int
    json: Any
    stderr: str
    stdout: str


@dataclass(frozen=True, slots=True)
class Command:
    """The `issueops` command on one home."""

    home: Path

    def __call__(self, *arguments: str, as_json: bool = True) -> Result:
        process = subprocess.run(
            self.argv(*arguments, as_json=as_json),
            capture_output=True,
            text=True,
            timeout=240,
            env=self.environment(),
        )
        parsed = json.loads(process.stdout) if as_json and process.stdout.strip() else None
        return Result(process.returncode, parsed, process.stderr, process.stdout)

    def argv(self, *arguments: str, as_json: bool = True) -> list[str]:
        extra = ["--home", str(self.home)] + (["--json"] if as_json else [])
        return [sys.executable, "-m", "cli.main", *arguments, *extra]

    @staticmethod
    def environment() -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def issueops(tmp_path: Path) -> Command:
    """The command on a fresh home."""
    return Command(tmp_path / "home")


@pytest.fixture
def write_issue(tmp_path: Path):
    """Writes an issue file; a forest of one shallow tree misses a threshold of 0.95."""

    def write(
        *,
        trees: int = 50,
        depth: int = 8,
        threshold: float = 0.95,
        max_retry: int = 2,
        title: str = "Penguins",
    ) -> str:
        path = tmp_path / f"{title.replace(' ', '_')}.md"
        path.write_text(
            ISSUE.format(title=title, trees=trees, depth=depth, threshold=threshold, max_retry=max_retry),
            encoding="utf-8",
        )
        return str(path)

    return write
