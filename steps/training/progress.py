"""The lines a training prints: read by SageMaker's metric definitions and by a person at the terminal.

Used by train and by the trainers that iterate. Every line is flushed, so that a log shows it while the job runs.
Cost: a line per epoch or round; trainers with thousands of rounds should pass ``every``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping


def print_metrics(part: str, metrics: Mapping[str, float]) -> None:
    """``metric <part>_<name>=<value>;`` for each finite metric."""
    for name, value in metrics.items():
        if math.isfinite(value):
            print(f"metric {part}_{name}={value:.6g};", flush=True)


def print_progress(unit: str, number: int, total: int, values: Mapping[str, float], *, every: int = 1) -> None:
    """``epoch 12/200 train_loss=0.7 validation_loss=0.8``; the first, the last and every ``every``-th one."""
    if number % every == 0 or number in (1, total):
        shown = " ".join(f"{name}={value:.6g}" for name, value in values.items())
        print(f"{unit} {number}/{total} {shown}".rstrip(), flush=True)
