"""What a trainer is asked for and what it gives back; every framework module has one ``fit`` between the two.

Between train and train_<framework>. Cost: none worth naming.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steps.estimators.protocol import Estimator
from steps.training.data import TrainingData


@dataclass(frozen=True, slots=True)
class FitRequest:
    """One training: data, algorithm, what the issue set, seed, and the folder that survives an interruption.

    ``hyperparameters`` holds what was given, under the library's own names; what is left out is the trainer's default.
    """

    data: TrainingData
    algorithm: str
    hyperparameters: Mapping[str, Any]
    seed: int
    checkpoints: Path


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted estimator.

    Attributes:
        history: one mapping per iteration, such as {"iteration": 1, "train_loss": 0.7, "validation_loss": 0.8};
            empty where the algorithm does not iterate.
        facts: what the trainer derived from the data (best_iteration, n_clusters, eps ...), JSON values.
    """

    estimator: Estimator
    history: Sequence[Mapping[str, float]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
