"""How a network is trained: what the issue set, under defaults that depend on the data.

Used by train_torch. The defaults repeat the catalogue's rows; a null there is decided here.
Cost: none worth naming.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EPOCHS_WITH_VALIDATION, EPOCHS_WITHOUT = 200, 50
MIN_VALIDATION_ROWS = 40
"""Below, the validation part is too small to choose an epoch by; EPOCHS_WITHOUT are run and the last weights kept.

With 8 or 20 rows that scored better on three of four small data sets, with 40 no longer.
"""
SMALLEST_BATCH, LARGEST_BATCH, STEPS_AN_EPOCH = 32, 1_024, 50


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Everything the fitting loop needs.

    Attributes:
        patience: None where it never stops early.
        judged: whether the validation part says which epoch's weights are kept; else the last ones are.
    """

    hidden: tuple[int, ...]
    activation: str
    dropout: float
    learning_rate: float
    weight_decay: float
    optimizer: str
    momentum: float
    batch_size: int
    epochs: int
    patience: int | None
    judged: bool
    seed: int


def network_settings(
    given: Mapping[str, Any], *, rows: int, validation_rows: int, seed: int, hidden: tuple[int, ...], dropout: float
) -> NetworkSettings:
    """The settings of one training.

    Args:
        rows: training rows.
        validation_rows: 0 where there is no validation part.
        hidden: hidden layers where none are given.
        dropout: of the algorithm, where none is given.
    """
    judged = validation_rows >= MIN_VALIDATION_ROWS or ("patience" in given and validation_rows > 0)
    return NetworkSettings(
        hidden=tuple(given.get("hidden_layer_sizes") or hidden),
        activation=given.get("activation", "relu"),
        dropout=float(given.get("dropout", dropout)),
        learning_rate=float(given.get("learning_rate", 1e-3)),
        weight_decay=float(given.get("weight_decay", 1e-4)),
        optimizer=given.get("optimizer", "adamw"),
        momentum=float(given.get("momentum", 0.9)),
        batch_size=int(given.get("batch_size") or _batch_size(rows)),
        epochs=int(given.get("epochs") or (EPOCHS_WITH_VALIDATION if judged else EPOCHS_WITHOUT)),
        patience=given.get("patience", 15) if judged else None,
        judged=judged,
        seed=seed,
    )


def _batch_size(rows: int) -> int:
    """About fifty steps an epoch, as a power of two in [32, 1,024]."""
    power = round(math.log2(max(1.0, rows / STEPS_AN_EPOCH)))
    return int(min(LARGEST_BATCH, max(SMALLEST_BATCH, 2**power)))
