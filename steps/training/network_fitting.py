"""The loop that trains a network: minibatches, an average of the weights, early stopping, checkpoints.

Used by train_torch for predictors and autoencoders. What is validated and kept is a moving average of the weights,
which costs nothing and scored best on most data sets. A continued training ends exactly as an uninterrupted one (on a
CPU), because every epoch starts its random numbers from seed and epoch.
Cost: the matrix stands in memory as float32, on the GPU if there is one with room for it.

Source: Polyak and Juditsky (1992) for the average; AdamW: Loshchilov and Hutter (2019).
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.errors import ConfigError
from steps.training.checkpoints import Checkpoint
from steps.training.network_settings import NetworkSettings
from steps.training.progress import print_progress

AVERAGE = 0.99
LEARNING_RATE_FACTOR, LEARNING_RATE_PATIENCE = 0.5, 12
"""The average smooths what a falling learning rate would; halving after 5 epochs scored worse than after 12."""
CHECKPOINT_SECONDS = 5.0
SMALL_BATCH_CELLS = 2**16
VALIDATION_ROWS = 65_536
STATE_FILE = "state.safetensors"


@dataclass(frozen=True, slots=True)
class Batches:
    """Tensors to train on, and to validate on (None: no validation part)."""

    x: Any
    y: Any
    x_validation: Any = None
    y_validation: Any = None


@dataclass(slots=True)
class Progress:
    """Where a training stands; all of it is in the checkpoint."""

    epoch: int = 0
    steps: int = 0
    learning_rate: float = 0.0
    best_loss: float = math.inf
    best_epoch: int = 0
    waiting: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


def fit_network(
    module: Any,
    data: Batches,
    loss_of: Callable[[Any, Any], Any],
    settings: NetworkSettings,
    checkpoint: Checkpoint,
) -> Progress:
    """Train ``module`` in place; it ends with the best average of weights, or the last one."""
    import torch

    torch.set_num_threads(_threads(settings, int(data.x.shape[1])))
    optimizer = _optimizer(torch, module, settings)
    average, best = deepcopy(module), deepcopy(module.state_dict())
    progress = Progress(learning_rate=settings.learning_rate)
    _resume(torch, checkpoint, module, average, best, optimizer, progress)
    saved = time.monotonic()
    while progress.epoch < settings.epochs and not _exhausted(progress, settings):
        progress.epoch += 1
        for group in optimizer.param_groups:
            group["lr"] = progress.learning_rate
        row = {"iteration": float(progress.epoch)}
        row["train_loss"] = _epoch(torch, module, average, optimizer, data, loss_of, settings, progress)
        if data.x_validation is not None:
            row["validation_loss"] = _validated(torch, average, data, loss_of)
        if not all(math.isfinite(value) for value in row.values()):
            raise ConfigError(
                f"The network diverged in epoch {progress.epoch}: its loss is no number any more. "
                "Lower hyperparameters.learning_rate."
            )
        _judge(row, average, best, progress, settings)
        progress.history.append(row)
        print_progress(
            "epoch", progress.epoch, settings.epochs, {k: v for k, v in row.items() if k != "iteration"}, every=5
        )
        if time.monotonic() - saved >= CHECKPOINT_SECONDS:
            _save(checkpoint, module, average, best, optimizer, progress)
            saved = time.monotonic()
    module.load_state_dict(best)
    module.eval()
    return progress


def _epoch(
    torch: Any, module: Any, average: Any, optimizer: Any, data: Batches, loss_of: Callable[[Any, Any], Any],
    settings: NetworkSettings, progress: Progress,
) -> float:  # fmt: skip
    torch.manual_seed((settings.seed * 1_000_003 + progress.epoch) % 2**63)
    module.train()
    device = next(module.parameters()).device
    rows, total = int(data.x.shape[0]), torch.zeros((), dtype=torch.float64, device=device)
    order = torch.randperm(rows).to(data.x.device)
    ours, theirs = list(average.parameters()), list(module.parameters())
    for start in range(0, rows, settings.batch_size):
        chosen = order[start : start + settings.batch_size]
        loss = loss_of(module(data.x[chosen].to(device)), data.y[chosen.to(data.y.device)].to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        progress.steps += 1
        with torch.no_grad():
            torch._foreach_lerp_(ours, theirs, 1.0 - min(AVERAGE, (1 + progress.steps) / (10 + progress.steps)))
        total += loss.detach() * len(chosen)  # stays on the device: asking for the number would wait for it
    return float(total) / rows


def _validated(torch: Any, average: Any, data: Batches, loss_of: Callable[[Any, Any], Any]) -> float:
    average.eval()
    device = next(average.parameters()).device
    with torch.no_grad():
        outputs = [average(rows.to(device)) for rows in torch.split(data.x_validation, VALIDATION_ROWS)]
        return float(loss_of(torch.cat(outputs), data.y_validation.to(device)))


def _judge(
    row: dict[str, float], average: Any, best: dict[str, Any], progress: Progress, settings: NetworkSettings
) -> None:
    """Keep the weights if they are the best so far; lower the learning rate where nothing improves."""
    loss = row.get("validation_loss")
    if loss is None or not settings.judged or loss < progress.best_loss:
        progress.best_loss = row["train_loss"] if loss is None else loss
        progress.best_epoch, progress.waiting = progress.epoch, 0
        for name, value in average.state_dict().items():
            best[name] = value.clone()
        return
    progress.waiting += 1
    if progress.waiting % LEARNING_RATE_PATIENCE == 0:
        progress.learning_rate *= LEARNING_RATE_FACTOR


def _exhausted(progress: Progress, settings: NetworkSettings) -> bool:
    return settings.patience is not None and progress.waiting >= settings.patience


def _optimizer(torch: Any, module: Any, settings: NetworkSettings) -> Any:
    options: dict[str, Any] = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
    if settings.optimizer == "sgd":
        return torch.optim.SGD(module.parameters(), momentum=settings.momentum, **options)
    kind = torch.optim.Adam if settings.optimizer == "adam" else torch.optim.AdamW
    return kind(module.parameters(), **options)


def _threads(settings: NetworkSettings, features: int) -> int:
    """One thread where a batch is too small for two to pay."""
    cells = settings.batch_size * max(features, *settings.hidden)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 1 if cells < SMALL_BATCH_CELLS else cores


def _save(
    checkpoint: Checkpoint, module: Any, average: Any, best: dict[str, Any], optimizer: Any, progress: Progress
) -> None:
    from safetensors.torch import save_file

    tensors = {
        f"{part}/{name}": value
        for part, values in (("module", module.state_dict()), ("average", average.state_dict()), ("best", best))
        for name, value in values.items()
    }
    for number, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{number}/{name}": value for name, value in values.items() if value is not None}
    owned = {name: value.detach().clone().contiguous() for name, value in tensors.items()}

    def write(folder: Path) -> None:
        save_file(owned, folder / STATE_FILE)

    state = {name: getattr(progress, name) for name in Progress.__dataclass_fields__}
    checkpoint.save({"progress": state}, write)


def _resume(
    torch: Any, checkpoint: Checkpoint, module: Any, average: Any, best: dict[str, Any], optimizer: Any,
    progress: Progress,
) -> None:  # fmt: skip
    """Continue where this training's checkpoint ends, if there is one."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    found = checkpoint.load()
    if found is None:
        return
    state, folder = found
    device = next(module.parameters()).device
    fresh = deepcopy(module.state_dict())
    try:
        tensors = {name: value.to(device) for name, value in load_file(folder / STATE_FILE).items()}
        values = state["progress"]
        restored = Progress(**{name: values[name] for name in Progress.__dataclass_fields__})
        parts = {
            part: {name.split("/", 1)[1]: value for name, value in tensors.items() if name.startswith(f"{part}/")}
            for part in ("module", "average", "best", "optimizer")
        }
        module.load_state_dict(parts["module"])
        average.load_state_dict(parts["average"])
        memory: dict[int, dict[str, Any]] = {}
        for name, value in parts["optimizer"].items():
            number, field_name = name.split("/")
            memory.setdefault(int(number), {})[field_name] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": memory})
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, SafetensorError) as error:
        print(f"The checkpoint in {folder} is damaged ({type(error).__name__}) and was ignored.", flush=True)
        module.load_state_dict(fresh)
        average.load_state_dict(fresh)
        optimizer.state.clear()
        return
    best.update(parts["best"])
    for name in Progress.__dataclass_fields__:
        setattr(progress, name, getattr(restored, name))
    print(f"Continues after epoch {progress.epoch} of an interrupted training.", flush=True)
