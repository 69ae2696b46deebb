"""Decides for every row whether it trains, validates, tests, or is left out.

Third stage of PrepareData, before anything is fitted. Same seed, same parts. Rows are dealt with in blocks, each
class (stratified) or all rows (random) of a block shuffled on their own, and what rounding leaves over is carried on:
shares stay exact, and memory holds one byte a row. Groups stay together; times are cut at two dates.
Cost: a class is spread over the blocks of its rows, so a row's part depends on where it stands in the file.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contracts.errors import DataError

Indices = NDArray[np.int64]
Parts = NDArray[np.uint8]
TRAIN, VALIDATION, TEST, LEFT_OUT = range(4)
PART_NAMES = ("train", "validation", "test")
BLOCK_ROWS = 250_000


@dataclass(slots=True)
class StratifiedDealer:
    """Deals rows in shares, class by class; state is what the parts are still owed."""

    test_size: float
    validation_size: float
    seed: int
    _generator: np.random.Generator = field(init=False)
    _seen: set[int] = field(init=False, default_factory=set)
    _owed: list[float] = field(init=False, default_factory=lambda: [0.0, 0.0])

    def __post_init__(self) -> None:
        self._generator = np.random.default_rng(self.seed)

    def deal(self, classes: Indices) -> Parts:
        """Parts of a block of rows.

        Args:
            classes: (n,) class of each row, one value where rows are alike; -1 leaves a row out.

        A class's first row trains. Classes share what rounding leaves over, so that parts have their sizes also
        where every class is small.
        """
        parts = np.full(len(classes), LEFT_OUT, dtype=np.uint8)
        for label in np.unique(classes[classes >= 0]):
            rows = self._generator.permutation(np.flatnonzero(classes == label))
            keep = 0 if int(label) in self._seen else 1
            self._seen.add(int(label))
            test = self._take(0, len(rows) * self.test_size, len(rows) - keep)
            validation = self._take(1, len(rows) * self.validation_size, len(rows) - keep - test)
            parts[rows] = TRAIN
            parts[rows[:test]] = TEST
            parts[rows[test : test + validation]] = VALIDATION
        return parts

    def _take(self, which: int, due: float, most: int) -> int:
        self._owed[which] += due
        taken = max(0, min(int(np.floor(self._owed[which] + 0.5 + 1e-9)), most))
        self._owed[which] -= taken
        return taken


def deal_groups(
    sizes: Mapping[Hashable, int], *, test_size: float, validation_size: float, seed: int
) -> dict[Hashable, int]:
    """Part of each group; whole groups, shuffled, until a part has its share.

    Raises:
        DataError: fewer groups than parts.
    """
    needed = 3 if validation_size > 0 else 2
    if len(sizes) < needed:
        raise DataError(f"group_column has {len(sizes)} group(s); at least {needed} are needed, one for each part.")
    groups = list(sizes)
    order = [groups[index] for index in np.random.default_rng(seed).permutation(len(groups))]
    total = sum(sizes.values())
    parts: dict[Hashable, int] = {}
    wanted = [(TEST, test_size * total), (VALIDATION, validation_size * total)][: needed - 1]
    for to_come, (part, share) in zip((needed - 1, 1), wanted, strict=False):  # parts that still need a group
        taken = 0.0
        while len(order) > to_come and (taken == 0 or taken + sizes[order[0]] / 2 <= share):
            group = order.pop(0)
            parts[group] = part
            taken += sizes[group]
    return parts | dict.fromkeys(order, TRAIN)


def cut_times(times: Indices, *, test_size: float, validation_size: float) -> Parts:
    """Oldest rows train, newest test; rows of the same moment stay together.

    Args:
        times: (n,) moments; the smallest int64 where there is none (the row is left out).

    Raises:
        DataError: the moments are too alike to be cut.
    """
    known = times != np.iinfo(np.int64).min
    ordered = np.sort(times[known])
    parts = np.full(len(times), LEFT_OUT, dtype=np.uint8)
    if len(ordered):
        to_test = ordered[min(len(ordered) - 1, int(np.ceil(len(ordered) * (1 - test_size))))]
        to_validation = ordered[int(len(ordered) * (1 - test_size - validation_size))]
        parts[known] = TRAIN
        parts[known & (times >= to_validation)] = VALIDATION if validation_size > 0 else TRAIN
        parts[known & (times >= to_test)] = TEST
    if not (parts == TRAIN).any() or not (parts == TEST).any():
        raise DataError("time_column holds too few different moments to put older rows before newer ones.")
    return parts


def blocks(rows: int, size: int = BLOCK_ROWS) -> Iterator[slice]:
    """Consecutive slices of at most ``size`` rows."""
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))
