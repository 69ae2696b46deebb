"""Target encoding: the target's mean at each level, fitted out of fold for the rows that train.

Third part of the fit. A training row is encoded with means of the other folds, so that its own target never reaches
its own feature; validation, test and served rows are encoded with the means of all training rows.
Cost: folds times levels numbers a column; rare levels beyond MAX_LEVELS get the prior.

Source: scikit-learn's TargetEncoder for the scheme; the smoothing adds PRIOR_ROWS rows of the overall mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from steps.processing.kinds import ColumnKind
from steps.processing.statistics import MAX_LEVELS
from steps.recipes.categorical import TargetColumn

FOLDS = 5
PRIOR_ROWS = 10.0
MAX_OUTPUTS = 20
FOLD = "\0fold"
Floats = NDArray[np.float64]


def fold_of(first_row: int, rows: int, seed: int) -> pl.Series:
    """(rows,) fold of each row by its number: a hash, so that batches need no memory of each other."""
    numbers = pl.int_range(first_row, first_row + rows, dtype=pl.UInt64, eager=True)
    return (numbers.hash(seed=seed) % FOLDS).cast(pl.UInt8).alias(FOLD)


@dataclass(slots=True)
class TargetMeans:
    """Sums of the target by level and fold.

    Attributes:
        outputs: class indices whose shares are encoded, or None for the mean of a number.
    """

    column: ColumnKind
    outputs: tuple[int, ...] | None
    sums: pl.DataFrame | None = None

    def add(self, levels: pl.Series, target: pl.Series, folds: pl.Series) -> None:
        """Add training rows."""
        frame = pl.DataFrame({"level": levels.fill_null(""), FOLD: folds, "target": target})
        measured = (
            [pl.col("target").cast(pl.Float64)]
            if self.outputs is None
            else [(pl.col("target") == output).cast(pl.Float64) for output in self.outputs]
        )
        found = frame.group_by("level", FOLD).agg(
            pl.len().cast(pl.Float64).alias("rows"), *(item.sum().alias(f"sum{i}") for i, item in enumerate(measured))
        )
        self._include(found)

    def include(self, other: TargetMeans) -> None:
        """Add the sums of further rows."""
        if other.sums is not None:
            self._include(other.sums)

    def _include(self, found: pl.DataFrame) -> None:
        if self.sums is not None:
            found = pl.concat([self.sums, found]).group_by("level", FOLD).agg(pl.exclude("level", FOLD).sum())
        if found.height > MAX_LEVELS * FOLDS:
            found = found.top_k(MAX_LEVELS * FOLDS // 2, by=["rows", "level"])
        self.sums = found

    def encoder(self, features: tuple[str, ...], missing: tuple[str, ...]) -> tuple[TargetColumn, OutOfFold]:
        """The recipe for rows that do not train, and the means of the other folds for those that do."""
        if self.sums is None:
            raise ValueError(f"no training row was added for '{self.column.name}'")
        levels, rows, totals = _by_fold(self.sums, len(features))
        means, prior = _means(rows.sum(axis=0), totals.sum(axis=0))
        center, scale = _center_and_scale(means, rows.sum(axis=0))
        recipe = TargetColumn(
            name=self.column.name,
            levels=tuple(levels.to_list()),
            means=tuple(map(tuple, means.tolist())),
            prior=tuple(prior.tolist()),
            center=tuple(center.tolist()),
            scale=tuple(scale.tolist()),
            features=features,
            missing=missing,
        )
        others = []
        for fold in range(FOLDS):
            kept = [number for number in range(FOLDS) if number != fold]
            means, prior = _means(rows[kept].sum(axis=0), totals[kept].sum(axis=0))
            table = np.concatenate([means, prior[:, None]], axis=1)
            others.append((table - center[:, None]) / scale[:, None])
        return recipe, OutOfFold(self.column, levels, np.stack(others).astype(np.float32), features)


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Encodes training rows.

    Attributes:
        table: (folds, outputs, levels + 1) scaled means of the other folds; the last one is for unknown levels.
    """

    column: ColumnKind
    levels: pl.Series
    table: NDArray[np.float32]
    features: tuple[str, ...]

    def encode(self, cells: pl.Series, folds: pl.Series) -> list[pl.Series]:
        """One feature an output.

        Args:
            cells: (n,) category texts.
            folds: (n,) fold of each row.
        """
        numbers = pl.Series(range(len(self.levels)), dtype=pl.UInt32)
        places = cells.fill_null("").replace_strict(
            self.levels, numbers, default=len(self.levels), return_dtype=pl.UInt32
        )
        found = self.table[folds.to_numpy(), :, places.to_numpy()]
        return [pl.Series(feature, found[:, index]) for index, feature in enumerate(self.features)]


def _by_fold(sums: pl.DataFrame, outputs: int) -> tuple[pl.Series, Floats, Floats]:
    """Levels (l,), rows (folds, l) and sums (folds, outputs, l)."""
    levels = sums.get_column("level").unique().sort()
    places = sums.get_column("level").replace_strict(levels, pl.Series(range(len(levels))))
    where = (sums.get_column(FOLD).to_numpy(), places.to_numpy())
    rows, totals = np.zeros((FOLDS, len(levels))), np.zeros((FOLDS, outputs, len(levels)))
    rows[where] = sums.get_column("rows").to_numpy()
    for index in range(outputs):
        totals[:, index][where] = sums.get_column(f"sum{index}").to_numpy()
    return levels, rows, totals


def _means(rows: Floats, totals: Floats) -> tuple[Floats, Floats]:
    """Means (outputs, l) drawn towards the prior (outputs,)."""
    prior = totals.sum(axis=1) / max(1.0, rows.sum())
    return (totals + PRIOR_ROWS * prior[:, None]) / (rows + PRIOR_ROWS), prior


def _center_and_scale(means: Floats, rows: Floats) -> tuple[Floats, Floats]:
    weights = rows / max(1.0, rows.sum())
    center = means @ weights
    spread = np.sqrt(((means - center[:, None]) ** 2) @ weights)
    return center, np.where(spread > 0, spread, 1.0)
