"""Decides what a network does to its inputs: columns that are not scaled get a scale, far outliers a limit.

Used by train_torch. PrepareData scales columns by default, but an issue may ask it not to; and one row 25 standard
deviations out, which PrepareData keeps, once raised a validation loss by a third and stopped a training in its
fourth epoch. Cost: two passes over the matrix.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from steps.estimators.network_layers import Inputs

LIMIT = 12.0
"""Spreads beyond which a value counts as this far out; 5 and 8 already cost accuracy on heavy-tailed columns."""
UNSCALED = 3.0
"""A column whose mean or spread exceeds this is scaled; flags and standardised columns stay as they are."""
BLOCK_ROWS = 65_536


def fitted_inputs(x: NDArray[np.float32]) -> Inputs:
    """The scale of each column of a training matrix (n, features)."""
    mean = sum(block.sum(axis=0, dtype=np.float64) for block in _blocks(x)) / len(x)
    squares = sum(((block - mean) ** 2).sum(axis=0) for block in _blocks(x)) / len(x)
    spread = np.sqrt(squares)
    unscaled = (np.abs(mean) > UNSCALED) | (spread > UNSCALED)
    return Inputs(
        shift=np.where(unscaled, mean, 0.0).astype(np.float32),
        spread=np.where(unscaled & (spread > 0), spread, 1.0).astype(np.float32),
        limit=LIMIT,
    )


def _blocks(x: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    return (x[start : start + BLOCK_ROWS] for start in range(0, len(x), BLOCK_ROWS))
