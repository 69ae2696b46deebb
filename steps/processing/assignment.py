"""Gives every row its part: reads the target, group or time column batch by batch and deals the rows.

Between the target and the fit. One byte a row is kept; nothing else grows with the data set (groups and times, where
asked for, keep what they must).
Cost: one more pass over one column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.errors import DataError
from steps.processing.remarks import class_counts
from steps.processing.settings import Settings
from steps.processing.splitting import (
    BLOCK_ROWS,
    LEFT_OUT,
    PART_NAMES,
    TEST,
    TRAIN,
    VALIDATION,
    Indices,
    Parts,
    StratifiedDealer,
    cut_times,
    deal_groups,
)
from steps.processing.target import Target
from steps.reading.source import Source
from steps.recipes.values import category_value, date_value, numeric_value

Flags = NDArray[np.bool_]
_NO_TIME = np.iinfo(np.int64).min


@dataclass(slots=True)
class Assignment:
    """The part of every row (see steps.processing.splitting), and rows of each class by part."""

    parts: Parts
    kind: str
    class_counts: dict[str, list[int]] = field(default_factory=dict)
    repeated: int = 0

    def rows(self, part: int) -> int:
        """Rows of a part."""
        return int((self.parts == part).sum())

    def fold(self, number: int, folds: int, seed: int) -> Assignment:
        """The training rows as a fold sees them: one share validates, the others train."""
        rows = np.flatnonzero(self.parts == TRAIN)
        share = np.random.default_rng([seed, folds]).permutation(len(rows)) % folds
        parts = np.full(len(self.parts), LEFT_OUT, dtype=np.uint8)
        parts[rows] = np.where(share == number, VALIDATION, TRAIN)
        return Assignment(parts, f"fold {number + 1} of {folds}")


def assign_rows(
    source: Source, target: Target | None, settings: Settings, seed: int, formats: tuple[str, ...] = ()
) -> Assignment:
    """Deal all rows.

    Args:
        formats: how the time column writes its dates.

    Raises:
        DataError: groups or times that cannot be split.
    """
    kind = settings.split or (
        "stratified" if target is not None and settings.supervised and target.classes else "random"
    )
    if kind == "stratified" and (target is None or target.classes is None):
        raise DataError("split stratified needs classes, but the target is a number; use random.")
    used = target if settings.supervised else None
    repeated = _repeated(source) if settings.drop_duplicates else None
    if kind == "group":
        parts = _by_group(source, used, settings, seed)
    elif kind == "time":
        parts = _by_time(source, used, settings, formats)
    else:
        parts = _dealt(source, used, settings, seed, stratified=kind == "stratified", repeated=repeated)
    if repeated is not None:
        parts[repeated] = LEFT_OUT
    assignment = Assignment(parts, kind, repeated=0 if repeated is None else int(repeated.sum()))
    if used is not None and used.classes is not None:
        assignment.class_counts = _counted(source, used, parts)
    _check(assignment, settings)
    return assignment


def _dealt(
    source: Source, target: Target | None, settings: Settings, seed: int, *, stratified: bool, repeated: Flags | None
) -> Parts:
    dealer = StratifiedDealer(settings.test_size, settings.validation_size, seed)
    dealt = []
    for start, classes in _classes(source, target):
        if not stratified:
            classes = np.where(classes >= 0, 0, -1)
        if repeated is not None:
            classes[repeated[start : start + len(classes)]] = -1
        dealt.append(dealer.deal(classes))
    return np.concatenate(dealt)


def _classes(source: Source, target: Target | None) -> Iterator[tuple[int, Indices]]:
    """First row and class of each row (0 for numbers, -1 for a missing target), in blocks."""
    start = 0
    columns = [target.name] if target is not None else list(source.columns)[:1]
    for batch in source.batches(BLOCK_ROWS, columns):
        if target is None:
            classes = np.zeros(batch.height, dtype=np.int64)
        else:
            encoded = target.encode(batch)
            if target.classes is None:
                encoded = encoded.is_not_null().cast(pl.Int64) - 1
            classes = encoded.fill_null(-1).cast(pl.Int64).to_numpy().copy()
        yield start, classes
        start += batch.height


def _by_group(source: Source, target: Target | None, settings: Settings, seed: int) -> Parts:
    name = settings.group_column or ""
    sizes: Counter[str] = Counter()
    group = category_value(name, source.columns[name])
    columns = [name] if target is None else list(dict.fromkeys([name, target.name]))
    for batch in source.batches(BLOCK_ROWS, columns):
        values = _groups(batch, group, target)
        sizes.update(dict(values.drop_nulls().value_counts().iter_rows()))
    dealt = deal_groups(
        dict(sorted(sizes.items())), test_size=settings.test_size, validation_size=settings.validation_size, seed=seed
    )
    names, parts = list(dealt), list(dealt.values())
    found = []
    for batch in source.batches(BLOCK_ROWS, columns):
        values = _groups(batch, group, target)
        placed = values.replace_strict(names, parts, default=LEFT_OUT, return_dtype=pl.UInt8)
        found.append(placed.fill_null(LEFT_OUT).to_numpy())
    return np.concatenate(found)


def _groups(batch: pl.DataFrame, group: pl.Expr, target: Target | None) -> pl.Series:
    """Group of each row; null where the group or the target is missing."""
    values = batch.select(group.alias("group")).to_series()
    if target is None:
        return values
    return values.to_frame().select(pl.when(target.encode(batch).is_not_null()).then(pl.col("group"))).to_series()


def _by_time(source: Source, target: Target | None, settings: Settings, formats: tuple[str, ...]) -> Parts:
    name = settings.time_column or ""
    dtype = source.columns[name]
    if dtype.is_numeric():
        moment = numeric_value(name, dtype).mul(1e6).cast(pl.Int64, strict=False)
    else:
        moment = date_value(name, dtype, formats).dt.epoch("us")
    columns = [name] if target is None else list(dict.fromkeys([name, target.name]))
    times = []
    for batch in source.batches(BLOCK_ROWS, columns):
        values = batch.select(moment.alias("time")).to_series()
        if target is not None:
            values = (
                values.to_frame().select(pl.when(target.encode(batch).is_not_null()).then(pl.col("time"))).to_series()
            )
        times.append(values.fill_null(_NO_TIME).to_numpy())
    return cut_times(np.concatenate(times), test_size=settings.test_size, validation_size=settings.validation_size)


def _repeated(source: Source) -> Flags:
    """Rows that repeat an earlier one (by a 64-bit hash of the whole row)."""
    hashes = np.concatenate([batch.hash_rows(seed=7).to_numpy() for batch in source.batches(BLOCK_ROWS)])
    repeated = np.ones(len(hashes), dtype=bool)
    repeated[np.unique(hashes, return_index=True)[1]] = False
    return repeated


def _counted(source: Source, target: Target, parts: Parts) -> dict[str, list[int]]:
    number = len(target.classes or ())
    total = {name: [0] * number for name in PART_NAMES}
    start = 0
    for batch in source.batches(BLOCK_ROWS, [target.name]):
        found = class_counts(pl.Series(parts[start : start + batch.height]), target.encode(batch), number)
        total = {name: [a + b for a, b in zip(total[name], found[name], strict=True)] for name in PART_NAMES}
        start += batch.height
    return total


def _check(assignment: Assignment, settings: Settings) -> None:
    if assignment.rows(TRAIN) < 2 or assignment.rows(TEST) < 1:
        raise DataError(
            f"The split leaves {assignment.rows(TRAIN)} training and {assignment.rows(TEST)} test rows; "
            "use more data, or another split or test_size."
        )
    trained = assignment.class_counts.get("train", [])
    if trained and sum(count > 0 for count in trained) < 2:
        raise DataError(
            f"split {assignment.kind} leaves only one class in the training part; use stratified or another column."
        )
