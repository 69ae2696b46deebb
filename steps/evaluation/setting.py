"""What an evaluation is given: the model, the rows it is judged on, and what it is judged by.

Filled by evaluate, read by the evaluation of each task. Cost: none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steps.evaluation.held_out import HeldOut
from steps.model_artifact import Model


@dataclass(frozen=True, slots=True)
class Setting:
    """One evaluation.

    Attributes:
        metric: the judged one.
        champion: folder with the model in place; None where there is none.
        reference: what that model is called; "" where the job was not told.
    """

    model: Model
    held_out: HeldOut
    metadata: Mapping[str, Any]
    metric: str
    champion: Path | None = None
    reference: str = ""

    @property
    def seed(self) -> int:
        """Seed of samples and replicas: the data's, so that models of the same data see the same."""
        return int(self.metadata.get("seed") or 0)
