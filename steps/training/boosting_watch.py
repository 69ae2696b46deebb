"""Watches a boosting: history, progress lines, early stopping and checkpoints, all of which survive an interruption.

Used by train_xgboost. XGBoost's own early stopping forgets where it stood when a training is continued, so the rule is
kept here. Cost: a checkpoint writes the whole ensemble, every CHECKPOINT_EVERY trees or, where trees are slow, every
CHECKPOINT_SECONDS.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steps.training.checkpoints import Checkpoint
from steps.training.progress import print_progress

CHECKPOINT_EVERY = 50
CHECKPOINT_SECONDS = 30.0
PROGRESS_EVERY = 25
PROGRESS_SECONDS = 10.0
MODEL_NAME = "booster.ubj"


@dataclass(slots=True)
class Watch:
    """State of one training.

    Attributes:
        trees: trees at most.
        stop_after: trees without progress on the validation part that end it; None: never.
    """

    checkpoint: Checkpoint
    trees: int
    stop_after: int | None
    history: list[Mapping[str, float]] = field(default_factory=list)
    saved: float = field(default_factory=time.monotonic)
    shown: float = field(default_factory=time.monotonic)

    @property
    def done(self) -> int:
        """Trees fitted so far."""
        return len(self.history)

    @property
    def best_trees(self) -> int:
        """Trees to keep: up to the best validation score, or all."""
        if self.stop_after is None or not self.history:
            return self.done
        scores = [row["validation_loss"] for row in self.history]
        return scores.index(min(scores)) + 1

    @property
    def stopped(self) -> bool:
        """Whether the validation part has seen no progress for long enough."""
        return self.stop_after is not None and self.done - self.best_trees >= self.stop_after

    def resumed(self, xgboost: Any) -> Any:
        """The booster of an interrupted training, or None; fills in its history."""
        found = self.checkpoint.load()
        if found is None:
            return None
        state, folder = found
        booster = xgboost.Booster()
        try:
            booster.load_model(folder / MODEL_NAME)
            history = [{name: float(value) for name, value in row.items()} for row in state["history"]]
        except (xgboost.core.XGBoostError, ValueError, KeyError, TypeError, AttributeError) as error:
            print(f"The checkpoint in {folder} is damaged ({type(error).__name__}) and was ignored.", flush=True)
            return None
        if booster.num_boosted_rounds() != len(history):
            print(f"The checkpoint in {folder} contradicts itself and was ignored.", flush=True)
            return None
        self.history = list(history)
        print(f"Continues after {self.done} trees of an interrupted training.", flush=True)
        return booster

    def callback(self, xgboost: Any) -> Any:
        """What XGBoost calls after each tree."""
        watch = self

        class Callback(xgboost.callback.TrainingCallback):  # type: ignore[misc]
            def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
                row = {f"{part}_loss": float(next(iter(logs.values()))[-1]) for part, logs in evals_log.items()}
                watch.history.append({"iteration": float(watch.done + 1), **row})
                watch.show(row)
                if watch.done % CHECKPOINT_EVERY == 0 or time.monotonic() - watch.saved >= CHECKPOINT_SECONDS:
                    watch.save(model)
                return watch.stopped

        return Callback()

    def show(self, row: Mapping[str, float]) -> None:
        """A line in the log, now and then."""
        slow = time.monotonic() - self.shown >= PROGRESS_SECONDS
        print_progress("tree", self.done, self.trees, row, every=1 if slow else PROGRESS_EVERY)
        if slow or self.done % PROGRESS_EVERY == 0:
            self.shown = time.monotonic()

    def save(self, booster: Any) -> None:
        """Write a checkpoint."""

        def write(folder: Path) -> None:
            booster.save_model(folder / MODEL_NAME)

        self.checkpoint.save({"history": [dict(row) for row in self.history]}, write)
        self.saved = time.monotonic()
