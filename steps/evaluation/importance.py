"""Permutation importance: how much the judged metric worsens when one raw column is shuffled.

Used by the evaluation of supervised tasks. Raw columns, not features: what is shuffled is what a caller would send.
Cost: REPEATS predictions of at most MAX_ROWS rows for each of at most MAX_COLUMNS columns; where there are more, those
that the predictions vary with most are taken, which costs no prediction.

Source: Breiman (2001), with repeats as in scikit-learn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from steps.evaluation.answers import Answers
from steps.evaluation.evaluation import Importance, Measured
from steps.evaluation.scoring import is_maximized, value_of
from steps.metrics.weighted import Floats

MAX_ROWS = 2_000
MAX_COLUMNS = 50
REPEATS = 3
STACKED_ROWS = 20_000
STACKED_CELLS = 2_000_000
GROUPS = 20
DIGITS = 12
"""Decimals kept, so that a mean of ups and downs that cancel is 0."""
Predict = Callable[[pl.DataFrame], Floats]
Answer = Callable[[Floats], Sequence[Answers]]


def permutation_importances(
    frame: pl.DataFrame, columns: Sequence[str], predict: Predict, answer: Answer, metric: str, *, seed: int
) -> list[Importance]:
    """Importances of raw columns, the largest first; empty where the metric is not defined on these rows.

    Args:
        frame: (n, …) raw rows.
        columns: those that the model reads.
        predict: raw rows to (n,) or (n, k) predictions.
        answer: such predictions of ``frame``, as answers that give the metric.
    """
    frame = frame.select([name for name in columns if name in frame.columns])
    predicted = predict(frame)
    before = value_of(answer(predicted), metric)
    if frame.height < 2 or not math.isfinite(before):
        return []
    chosen = _leading(frame, predicted)
    sign = 1.0 if is_maximized(metric) else -1.0
    drops = [
        sign * (before - value_of(answer(shuffled), metric)) for shuffled in _shuffled(frame, chosen, predict, seed)
    ]
    by_column = np.asarray(drops, dtype=np.float64).reshape(len(chosen), REPEATS)
    found = [
        Importance(name, Measured(round(float(row.mean()), DIGITS), round(float(row.std(ddof=1)), DIGITS)))
        for name, row in zip(chosen, by_column, strict=True)
    ]
    return sorted(found, key=lambda item: (-item.drop.value, item.column))


def _shuffled(frame: pl.DataFrame, columns: Sequence[str], predict: Predict, seed: int) -> Iterator[Floats]:
    """Predictions with each column shuffled REPEATS times; several at once, because each call of a model costs."""
    generator = np.random.default_rng(abs(seed))
    together = max(1, min(STACKED_ROWS // frame.height, STACKED_CELLS // (frame.height * frame.width)))
    waiting: list[pl.DataFrame] = []
    for name in columns:
        for _ in range(REPEATS):
            values = frame.get_column(name).gather(generator.permutation(frame.height))
            waiting.append(frame.with_columns(values.alias(name)))
            if len(waiting) == together:
                yield from _predicted(waiting, predict)
                waiting = []
    if waiting:
        yield from _predicted(waiting, predict)


def _predicted(frames: Sequence[pl.DataFrame], predict: Predict) -> list[NDArray[np.float64]]:
    return np.split(predict(pl.concat(frames, how="vertical")), len(frames))


def _leading(frame: pl.DataFrame, predicted: Floats) -> list[str]:
    """At most MAX_COLUMNS columns: those whose groups of rows differ most in what is predicted for them."""
    present = frame.columns
    if len(present) <= MAX_COLUMNS:
        return present
    answers = predicted[:, None] if predicted.ndim == 1 else predicted
    shares = {name: _explained(_groups(frame.get_column(name)), answers) for name in present}
    leading = set(sorted(present, key=lambda name: -shares[name])[:MAX_COLUMNS])
    return [name for name in present if name in leading]


def _groups(values: pl.Series) -> NDArray[np.int64]:
    """(n,) at most GROUPS groups, and one for missing: equal levels, or neighbours where they are numbers."""
    if values.n_unique() > GROUPS:
        numbers = values.cast(pl.Float64, strict=False)
        if numbers.null_count() < len(values) / 2:
            ranks = numbers.fill_nan(None).rank("average")
            return (ranks * GROUPS / len(values)).ceil().fill_null(0).cast(pl.Int64).to_numpy()
    codes = values.cast(pl.String, strict=False).rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    frequent = np.argsort(-np.bincount(codes), kind="stable")[:GROUPS]
    return np.where(np.isin(codes, frequent), codes, -1)


def _explained(groups: NDArray[np.int64], answers: Floats) -> float:
    """Share of the answers' variance between groups, corrected for their number; at most 1."""
    names, own = np.unique(groups, return_inverse=True)
    if not 2 <= len(names) < len(groups):
        return 0.0
    sums = np.stack([np.bincount(own, column) for column in answers.T], axis=1)
    centred = answers - (sums / np.bincount(own)[:, None])[own]
    within, total = float((centred**2).sum()), float(((answers - answers.mean(axis=0)) ** 2).sum())
    if total <= 0:
        return 0.0
    return 1.0 - within / total * (len(groups) - 1) / (len(groups) - len(names))
