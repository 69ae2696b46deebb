"""A training's checkpoint: one folder, replaced as a whole, and only ever continued by the training that wrote it.

Used by the trainers that iterate. What identifies the training (data, algorithm, hyperparameters, seed) is hashed; a
checkpoint of another one, or a damaged one, is ignored with a line in the log.
Cost: the state is written twice for a moment.
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
        draft, current = self.folder.with_name(f"{self.folder.name}.draft"), self.folder
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        write(draft)
        text = json.dumps({"fingerprint": self.fingerprint, **state})
        (draft / STATE_NAME).write_text(text, encoding="utf-8")
        old = self.folder.with_name(f"{self.folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if current.exists():
            os.rename(current, old)
        os.rename(draft, current)
        shutil.rmtree(old, ignore_errors=True)

    def load(self) -> tuple[dict[str, Any], Path] | None:
        """State and folder of this training's last checkpoint; None where there is none that can be continued."""
        for folder in (self.folder, self.folder.with_name(f"{self.folder.name}.old")):
            path = folder / STATE_NAME
            if not path.is_file():
                continue
            try:
                state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                same = state["fingerprint"] == self.fingerprint
            except (ValueError, KeyError, TypeError) as error:
                print(f"The checkpoint in {folder} is damaged ({error}) and was ignored.", flush=True)
                continue
            if same:
                return state, folder
            print(f"The checkpoint in {folder} is of another training and was ignored.", flush=True)
        return None


def fingerprint(request: FitRequest) -> str:
    """SHA-256 of what the training depends on: parts by name, size and rows, algorithm, hyperparameters, seed."""
    parts = [request.data.train, *([request.data.validation] if request.data.validation else [])]
    facts = {
        "parts": [[part.rows, [[path.name, path.stat().st_size] for path in part.paths]] for part in parts],
        "features": request.data.train.features,
        "task": [request.data.task_type, request.data.classes, request.data.class_weights],
        "algorithm": request.algorithm,
        "hyperparameters": dict(request.hyperparameters),
        "seed": request.seed,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
