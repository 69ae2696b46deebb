"""Feeds XGBoost from Parquet parts in batches, so that the matrix never stands in memory twice.

Between the parts and train_xgboost. What fits is quantised in memory (one byte a cell); what does not fit stays on disk
as XGBoost's own cache, read again for every tree.
Cost: XGBoost asks for every batch four times; up to KEPT_BYTES of batches are kept meanwhile, more are read again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steps.training.data import Part

MEMORY_VARIABLE = "ISSUEOPS_TRAINING_MEMORY_MB"
DEFAULT_SHARE = 0.5
"""Of the machine's memory that a quantised matrix may take."""
KEPT_BYTES = 512 * 2**20
"""Batches of a part up to this size are read once, and let go when the part is quantised."""


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

    def prepared() -> Iterator[dict[str, Any]]:
        for x, y in part.batches():
            row_weights = weights(y)
            yield {"data": x, "label": labels(y), **({} if row_weights is None else {"weight": row_weights})}

    small = cache is None and 4 * part.rows * max(1, len(part.features)) <= KEPT_BYTES
    kept = list(prepared()) if small else None

    class Batches(xgboost.DataIter):  # type: ignore[misc]
        def __init__(self) -> None:
            self.reset()
            super().__init__(cache_prefix=None if cache is None else str(cache / "xgboost"))

        def next(self, input_data: Callable[..., Any]) -> bool:
            found = next(self.batches, None)
            if found is None:
                return False
            input_data(**found)
            return True

        def reset(self) -> None:
            self.batches = prepared() if kept is None else iter(kept)

    kind = xgboost.QuantileDMatrix if cache is None else xgboost.ExtMemQuantileDMatrix
    return kind(Batches(), max_bin=max_bin, ref=reference)
