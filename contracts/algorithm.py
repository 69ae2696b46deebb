"""What a row of the algorithm catalogue says.

Place in the flow: rows stand in supervised_algorithms and unsupervised_algorithms, `contracts.algorithms` is the
table. One cost: none at run time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.hyperparameters import Hyperparameter

SUPERVISED = "supervised"
UNSUPERVISED = "unsupervised"
LEARNING_TYPES = (SUPERVISED, UNSUPERVISED, "reinforcement")


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm.

    Attributes:
        framework: chooses the container image and the training module.
        unmeasured: metrics of its task that the method cannot have, such as the inertia of DBSCAN.
    """

    name: str
    learning_type: str
    task_types: tuple[str, ...]
    framework: Literal["sklearn", "xgboost", "torch"]
    title: str
    hyperparameters: tuple[Hyperparameter, ...]
    unmeasured: tuple[str, ...] = ()

    def hyperparameter(self, name: str) -> Hyperparameter | None:
        """The row of that name or alias, or None."""
        return next((row for row in self.hyperparameters if name in (row.name, *row.aliases)), None)
