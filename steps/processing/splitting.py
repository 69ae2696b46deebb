"""Splits rows into training, validation and test parts.

Third stage of PrepareData, before anything is fitted. Same seed, same parts.
Cost: rows are treated as independent; grouped or ordered data would leak between the parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers of each part, ascending; together every row once."""

    train: Indices
    validation: Indices
    test: Indices
    small_classes: tuple[int, ...]
    """Classes with too few rows to stand in every part."""


def split_rows(
    n: int,
    *,
    classes: NDArray[np.int64] | None,
    test_size: float,
    validation_size: float,
    seed: int,
) -> Split:
    """Split n rows; stratified by class index where classes are given.

    The training part keeps at least one row of every class. Fractions are of all rows.
    """
    generator = np.random.default_rng(seed)
    parts = 3 if validation_size > 0 else 2
    groups = [np.arange(n)] if classes is None else [np.flatnonzero(classes == c) for c in np.unique(classes)]
    small = tuple(int(classes[group[0]]) for group in groups if classes is not None and len(group) < parts)
    test, validation = [], []
    owed_test = owed_validation = 0.0
    for group in groups:
        shuffled = generator.permutation(group)
        owed_test += len(group) * test_size
        owed_validation += len(group) * validation_size
        take_test = min(_rounded(owed_test), len(group) - 1)
        take_validation = min(_rounded(owed_validation), len(group) - 1 - take_test)
        owed_test -= take_test
        owed_validation -= take_validation
        test.append(shuffled[:take_test])
        validation.append(shuffled[take_test : take_test + take_validation])
    test_rows, validation_rows = _sorted(test), _sorted(validation)
    rest = np.ones(n, dtype=bool)
    rest[test_rows] = rest[validation_rows] = False
    return Split(np.flatnonzero(rest), validation_rows, test_rows, small)


def _rounded(value: float) -> int:
    return max(0, int(np.floor(value + 0.5 + 1e-9)))


def _sorted(parts: list[Indices]) -> Indices:
    return np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)
