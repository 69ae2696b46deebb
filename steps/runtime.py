"""The container contract: every ``/opt/ml`` path that a step reads or writes.

First in the flow of each step; no other module knows these paths. The base folder is taken from
``SAGEMAKER_BASE_DIR`` (sagemaker-training-toolkit's own variable), so a job also runs in any folder.
Cost: a step cannot be given a path by argument; a test has to lay out the folders as SageMaker does.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import ConfigError, DataError

BASE_DIR_VARIABLE = "SAGEMAKER_BASE_DIR"
FAILURE_LIMIT = 1024  # characters that DescribeTrainingJob and DescribeProcessingJob keep of the reason


@dataclass(frozen=True, slots=True)
class Runtime:
    """The folders of one job below its base folder."""

    base: Path

    @classmethod
    def current(cls) -> Runtime:
        """The runtime of this process."""
        return cls(Path(os.environ.get(BASE_DIR_VARIABLE, "/opt/ml")))

    # -- processing jobs

    def processing_input(self, name: str) -> Path:
        """Folder of a ProcessingInput; DataError if the job was started without it."""
        return _existing(self.base / "processing" / "input" / name, f"processing input '{name}'")

    def processing_output(self, name: str) -> Path:
        """Folder of a ProcessingOutput, created."""
        return _created(self.base / "processing" / name)

    # -- training jobs

    def channel(self, name: str) -> Path:
        """Folder of an input data channel; DataError if the job was started without it."""
        return _existing(self.base / "input" / "data" / name, f"input channel '{name}'")

    def hyperparameters(self) -> dict[str, str]:
        """The job's hyperparameters as SageMaker passes them: text to text."""
        path = self.base / "input" / "config" / "hyperparameters.json"
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ConfigError(f"{path} does not exist; the training job was started without it.") from error
        except json.JSONDecodeError as error:
            raise ConfigError(f"{path} is not JSON: {error}.") from error
        if not isinstance(values, dict):
            raise ConfigError(f"{path} must hold a JSON object, got {type(values).__name__}.")
        return {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}

    def model_dir(self) -> Path:
        """Where the trained model goes; SageMaker packs it as model.tar.gz."""
        return _created(self.base / "model")

    def checkpoint_dir(self) -> Path:
        """Folder that survives a spot interruption."""
        return _created(self.base / "checkpoints")

    # -- how it ended

    def write_failure(self, reason: str) -> str:
        """Leave one line saying why the job failed; returns that line.

        Training jobs report ``output/failure``, processing jobs ``output/message``; both get the line.
        """
        line = " ".join(reason.split())[:FAILURE_LIMIT] or "The step failed without a reason."
        output = _created(self.base / "output")
        for name in ("failure", "message"):
            (output / name).write_text(line + "\n", encoding="utf-8")
        return line


def _existing(path: Path, what: str) -> Path:
    if not path.is_dir():
        raise DataError(f"The {what} is missing: {path} does not exist.")
    return path


def _created(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
