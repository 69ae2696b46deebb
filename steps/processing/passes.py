"""The passes over all rows: collect statistics, then write the transformed parts.

Between prepare_data, which decides, and the recipes, which compute. The same two passes prepare each fold of a
cross validation, with a preprocessor of its own.
Cost: a part is written as one Parquet file a batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from steps.preprocessor import Preprocessor
from steps.processing.ahead import worked_ahead
from steps.processing.assignment import Assignment
from steps.processing.fitting import Fitted, encodes_target, fit_preprocessor, fit_target_transform, target_outputs
from steps.processing.kinds import ColumnKind
from steps.processing.sampling import Sample
from steps.processing.settings import Settings
from steps.processing.splitting import LEFT_OUT, PART_NAMES, TRAIN, Parts
from steps.processing.statistics import Moments, Statistics
from steps.processing.target import Target
from steps.processing.target_means import TargetMeans, fold_of
from steps.reading.source import Source
from steps.tables import TARGET_COLUMN, PartWriter


@dataclass(slots=True)
class Preparation:
    """One data set on its way; ``targets`` collects what the training part's target is like."""

    source: Source
    settings: Settings
    target: Target | None
    kinds: list[ColumnKind]
    sample: Sample
    seed: int
    batch_rows: int

    def fit(self, assignment: Assignment) -> tuple[Statistics, Fitted]:
        """Statistics of all rows, and the preprocessor fitted on those that train."""
        kinds = [kind for kind in self.kinds if kind.kind != "dropped"]
        statistics, means = self._unmeasured(kinds)

        def measured(item: tuple[int, pl.DataFrame, Parts]) -> tuple[Statistics, dict[str, TargetMeans]]:
            return self._measured(*item, kinds)

        for found, sums in worked_ahead(self._batches(assignment.parts), measured):
            statistics.include(found)
            for name, further in sums.items():
                means[name].include(further)
        chosen = pl.Series(assignment.parts[self.sample.positions] == TRAIN)
        train_sample = self.sample.frame.filter(chosen)
        fitted = fit_preprocessor(self.kinds, statistics, means, train_sample, self.target, self.settings)
        if self.target is not None and self.settings.target_transform != "none":
            transform = fit_target_transform(self.target.encode(train_sample), self.settings)
            fitted = replace(fitted, preprocessor=replace(fitted.preprocessor, target_transform=transform))
        return statistics, fitted

    def _unmeasured(self, kinds: list[ColumnKind]) -> tuple[Statistics, dict[str, TargetMeans]]:
        means = {
            kind.name: TargetMeans(kind, target_outputs(self.target))
            for kind in kinds
            if self.target is not None and encodes_target(kind, self.settings)
        }
        return Statistics(kinds, self.settings), means

    def _measured(
        self, start: int, batch: pl.DataFrame, parts: Parts, kinds: list[ColumnKind]
    ) -> tuple[Statistics, dict[str, TargetMeans]]:
        """Statistics of one batch."""
        statistics, means = self._unmeasured(kinds)
        is_train, is_used = pl.Series(parts == TRAIN), pl.Series(parts != LEFT_OUT)
        statistics.add(batch, is_train, is_used)
        if means and self.target is not None:
            folds = fold_of(start, batch.height, self.seed).filter(is_train)
            answers = self.target.encode(batch).filter(is_train)
            for sums in means.values():
                levels = batch.select(sums.column.value(self.settings)).to_series().filter(is_train)
                sums.add(levels, answers, folds)
        return statistics, means

    def write(self, assignment: Assignment, fitted: Fitted, folders: Mapping[str, Path]) -> Moments:
        """Write matrices for training and validation, raw rows for the test; returns the training target's moments."""
        writers = {name: PartWriter(folders[name]) for name in PART_NAMES if name in folders}
        moments = Moments()

        def split(item: tuple[int, pl.DataFrame, Parts]) -> tuple[dict[str, pl.DataFrame], pl.Series | None]:
            return self._split(*item, fitted, tuple(writers))

        for pieces, trained in worked_ahead(self._batches(assignment.parts), split):
            for name, piece in pieces.items():
                writers[name].add(piece)
            if trained is not None:
                _add(moments, trained)
        for name, writer in writers.items():
            writer.close(self._empty(name, fitted))
        return moments

    def _split(
        self, start: int, batch: pl.DataFrame, parts: Parts, fitted: Fitted, names: tuple[str, ...]
    ) -> tuple[dict[str, pl.DataFrame], pl.Series | None]:
        """What a batch adds to each part, and the target of its training rows."""
        answers = None if self.target is None else self.target.encode(batch)
        pieces: dict[str, pl.DataFrame] = {}
        trained: pl.Series | None = None
        for number, name in enumerate(PART_NAMES):
            chosen = pl.Series(parts == number)
            if name not in names or not chosen.any():
                continue
            rows = batch.filter(chosen)
            cells = None if answers is None else answers.filter(chosen)
            if name == "test":
                pieces[name] = _raw(rows, self.target, cells)
                continue
            folds = fold_of(start, batch.height, self.seed).filter(chosen) if number == TRAIN else None
            pieces[name] = self._with_target(_features(rows, fitted, folds), cells, fitted.preprocessor)
            if number == TRAIN and self.settings.supervised:
                trained = cells
        return pieces, trained

    def write_fold(self, assignment: Assignment, folder: Path) -> None:
        """Fit and write one fold of a cross validation."""
        _, fitted = self.fit(assignment)
        folders = {name: folder / name for name in ("train", "validation")}
        for path in folders.values():
            path.mkdir(parents=True, exist_ok=True)
        self.write(assignment, fitted, folders)

    def _batches(self, parts: Parts) -> Iterator[tuple[int, pl.DataFrame, Parts]]:
        start = 0
        for batch in self.source.batches(self.batch_rows):
            yield start, batch, parts[start : start + batch.height]
            start += batch.height

    def _with_target(self, features: pl.DataFrame, cells: pl.Series | None, fitted: Preprocessor) -> pl.DataFrame:
        if cells is None or not self.settings.supervised:
            return features
        if fitted.target_transform is not None:
            cells = pl.Series(fitted.target_transform.forward(cells.to_numpy().astype(np.float64)))
        return features.with_columns(cells.alias(TARGET_COLUMN))

    def _empty(self, name: str, fitted: Fitted) -> pl.DataFrame:
        """A part without rows still has its columns."""
        rows = self.sample.frame.clear()
        if name == "test":
            return _raw(rows, self.target, None if self.target is None else self.target.encode(rows))
        cells = None if self.target is None else self.target.encode(rows)
        return self._with_target(_features(rows, fitted, None), cells, fitted.preprocessor)


def _features(rows: pl.DataFrame, fitted: Fitted, folds: pl.Series | None) -> pl.DataFrame:
    """The matrix of raw rows; training rows take target encodings that their own fold did not fit."""
    preprocessor = fitted.preprocessor
    if folds is None or not fitted.out_of_fold:
        return preprocessor.transform(rows)
    values = preprocessor.values(rows)
    made: list[pl.Series] = []
    for recipe in preprocessor.recipes:
        cells = values.get_column(recipe.name)
        others = fitted.out_of_fold.get(recipe.name)
        made += recipe.encode(cells) if others is None else others.encode(cells, folds)
    return preprocessor.with_interactions(pl.DataFrame(made))


def _raw(rows: pl.DataFrame, target: Target | None, cells: pl.Series | None) -> pl.DataFrame:
    """Test rows as they were read, with the encoded target beside them."""
    if target is None or cells is None:
        return rows
    return rows.drop(target.name).with_columns(cells.alias(TARGET_COLUMN))


def _add(moments: Moments, cells: pl.Series) -> None:
    values = cells.cast(pl.Float64).to_numpy()
    moments.add(len(values), 0, float(values.mean()), float(values.var()), float(values.min()), float(values.max()))
