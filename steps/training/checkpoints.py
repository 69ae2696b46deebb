"""A training's checkpoint: one folder, replaced as a whole, and only ever continued by the training that wrote it.

Used by the trainers that iterate. What identifies the training (data, algorithm, hyperparameters, seed) is hashed; a
checkpoint of another one, or a damaged one, is ignored with a line in the log. The one before the last stays as a
reserve, for an interruption may come while files are copied to or from S3.
Cost: the state is kept twice, and the data's files are read once more, to be hashed (about 1 GB a second).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steps.training.fitting import FitRequest

STATE_NAME = "state.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The folder below which states are kept, and whose training it is."""

    folder: Path
    fingerprint: str

    @classmethod
    def of(cls, request: FitRequest) -> Checkpoint:
        """The checkpoint of one training."""
        return cls(request.checkpoints / request.algorithm, fingerprint(request))

    def save(self, state: Mapping[str, Any], write: Callable[[Path], None]) -> None:
        """Replace what was there: ``write`` puts its files into an empty folder, ``state`` stands beside them."""
        draft, old = self._beside("draft"), self._beside("old")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        write(draft)
        files = {path.name: _digest(path) for path in sorted(draft.iterdir())}
        text = json.dumps({"fingerprint": self.fingerprint, "files": files, **state})
        (draft / STATE_NAME).write_text(text, encoding="utf-8")
        if self.folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.rename(self.folder, old)
        os.rename(draft, self.folder)

    def load(self) -> tuple[dict[str, Any], Path] | None:
        """State and folder of this training's last checkpoint; None where there is none that can be continued."""
        for folder in (self.folder, self._beside("old")):
            path = folder / STATE_NAME
            if not path.is_file():
                continue
            try:
                state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                same = state["fingerprint"] == self.fingerprint
                whole = all(_digest(folder / Path(name).name) == digest for name, digest in state["files"].items())
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                print(f"The checkpoint in {folder} is damaged ({type(error).__name__}) and was ignored.", flush=True)
                continue
            if same and whole:
                return state, folder
            why = "is damaged" if same else "is of another training"
            print(f"The checkpoint in {folder} {why} and was ignored.", flush=True)
        return None

    def _beside(self, what: str) -> Path:
        return self.folder.with_name(f"{self.folder.name}.{what}")


def fingerprint(request: FitRequest) -> str:
    """SHA-256 of what the training depends on: the content of its parts, algorithm, hyperparameters, seed."""
    parts = [request.data.train, *([request.data.validation] if request.data.validation else [])]
    facts = {
        "parts": [[_digest(path) for path in part.paths] for part in parts],
        "features": request.data.train.features,
        "task": [request.data.task_type, request.data.classes, request.data.class_weights],
        "algorithm": request.algorithm,
        "hyperparameters": dict(request.hyperparameters),
        "seed": request.seed,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
