"""Target encoding: the target's mean at each level, fitted out of fold for the rows that train.

Third part of the fit. A training row is encoded with means of the other folds, so that its own target never reaches
its own feature; validation, test and served rows are encoded with the means of all training rows.
Cost: folds times levels numbers a column; rare levels beyond MAX_LEVELS get the prior.

Source: scikit-learn's TargetEncoder for the scheme; the smoothing adds PRIOR_ROWS rows of the overall mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
        if self.sums is not None:
            found = pl.concat([self.sums, found]).group_by("level", FOLD).agg(pl.exclude("level", FOLD).sum())
        if found.height > MAX_LEVELS * FOLDS:
            found = found.top_k(MAX_LEVELS * FOLDS // 2, by=["rows", "level"])
        self.sums = found

    def encoder(
        self, features: tuple[str, ...], missing: tuple[str, ...]
    ) -> tuple[TargetColumn, tuple[TargetColumn, ...]]:
        """The recipe for rows that do not train, and one recipe a fold for those that do."""
        if self.sums is None:
            raise ValueError(f"no training row was added for '{self.column.name}'")
        sums = self.sums.sort("level", FOLD)
        whole = self._recipe(sums, features, missing)
        folds = tuple(
            replace(
                self._recipe(sums.filter(pl.col(FOLD) != fold), features, missing),
                center=whole.center,
                scale=whole.scale,
            )
            for fold in range(FOLDS)
        )
        return whole, folds

    def _recipe(self, sums: pl.DataFrame, features: tuple[str, ...], missing: tuple[str, ...]) -> TargetColumn:
        by_level = sums.group_by("level", maintain_order=True).agg(pl.exclude("level", FOLD).sum())
        rows = by_level.get_column("rows").to_numpy()
        totals = np.stack([by_level.get_column(f"sum{i}").to_numpy() for i in range(len(features))])
        prior = totals.sum(axis=1) / max(1.0, rows.sum())
        means = (totals + PRIOR_ROWS * prior[:, None]) / (rows + PRIOR_ROWS)
        center, scale = _center_and_scale(means, rows)
        return TargetColumn(
            name=self.column.name,
            levels=tuple(by_level.get_column("level").to_list()),
            means=tuple(tuple(float(value) for value in row) for row in means),
            prior=tuple(float(value) for value in prior),
            center=center,
            scale=scale,
            features=features,
            missing=missing,
        )


def _center_and_scale(
    means: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    weights = rows / max(1.0, rows.sum())
    center = means @ weights
    spread = np.sqrt(((means - center[:, None]) ** 2) @ weights)
    return tuple(center.tolist()), tuple(np.where(spread > 0, spread, 1.0).tolist())
