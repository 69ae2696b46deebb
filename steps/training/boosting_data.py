"""Feeds XGBoost from Parquet parts in batches, so that the matrix never stands in memory twice.

Between the parts and train_xgboost. What fits is quantised in memory (one byte a cell); what does not fit stays on disk
as XGBoost's own cache, read again for every tree.
Cost: every batch is read twice, once for the quantiles and once for the bins.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steps.training.data import Part

MEMORY_VARIABLE = "ISSUEOPS_TRAINING_MEMORY_MB"
DEFAULT_SHARE = 0.5
"""Of the machine's memory that a quantised matrix may take."""


def training_memory_bytes() -> int:
    """What the quantised matrix may take: the variable, else half of the machine's memory."""
    given = os.environ.get(MEMORY_VARIABLE, "")
    if given.isdigit():
        return int(given) * 2**20
    return int(DEFAULT_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def fits_in_memory(part: Part) -> bool:
    """Whether the quantised part (a byte a cell) and one batch of numbers fit."""
    return part.rows * max(1, len(part.features)) <= training_memory_bytes()


def quantised(
    part: Part,
    *,
    max_bin: int,
    labels: Callable[[NDArray[Any]], NDArray[Any]],
    weights: Callable[[NDArray[Any]], NDArray[np.float64] | None],
    cache: Path | None = None,
    reference: Any = None,
) -> Any:
    """The part as XGBoost's QuantileDMatrix, or ExtMemQuantileDMatrix where a cache folder is given.

    Args:
        labels: target as it stands in the part -> label.
        weights: target -> weight of each row, or None.
        reference: the training matrix, whose bins a validation matrix must share.
    """
    import xgboost

    class Batches(xgboost.DataIter):  # type: ignore[misc]
        def __init__(self) -> None:
            self.batches = part.batches()
            super().__init__(cache_prefix=None if cache is None else str(cache / "xgboost"))

        def next(self, input_data: Callable[..., Any]) -> bool:
            found = next(self.batches, None)
            if found is None:
                return False
            x, y = found
            row_weights = weights(y)
            given: Mapping[str, Any] = {} if row_weights is None else {"weight": row_weights}
            input_data(data=x, label=labels(y), **given)
            return True

        def reset(self) -> None:
            self.batches = part.batches()

    kind = xgboost.QuantileDMatrix if cache is None else xgboost.ExtMemQuantileDMatrix
    return kind(Batches(), max_bin=max_bin, ref=reference)
