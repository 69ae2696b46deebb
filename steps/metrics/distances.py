"""Euclidean distances between rows, a block at a time, for metrics that need all pairs.

Used by silhouette and trustworthiness. Cost: rows x rows x columns multiplications; memory stays at BLOCK_CELLS.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from steps.metrics.weighted import Floats

BLOCK_CELLS = 2_000_000


def distance_blocks(matrix: NDArray[np.floating]) -> Iterator[tuple[slice, Floats]]:
    """(rows, (r, n) distances of these rows to all n), in order; a row's distance to itself is 0."""
    x = np.asarray(matrix, dtype=np.float64)
    x = x - x.mean(axis=0)  # far from the origin the formula below would lose its digits
    squares = np.einsum("ij,ij->i", x, x)
    step = max(1, BLOCK_CELLS // max(1, len(x)))
    for start in range(0, len(x), step):
        rows = slice(start, min(start + step, len(x)))
        block = squares[rows, None] + squares - 2 * (x[rows] @ x.T)
        np.sqrt(np.maximum(block, 0.0, out=block), out=block)
        block[np.arange(rows.stop - start), np.arange(start, rows.stop)] = 0.0
        yield rows, block
