"""Metrics of how well scores rank rows: areas under the ROC and the precision-recall curve, and the curves.

Part of steps.metrics.classification. Tied scores are one step of the curve, as in scikit-learn.
Cost: one sort per class.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from steps.metrics.weighted import Floats, Indices, ones

Flags = NDArray[np.bool_]


def auc_roc(actual: Indices, probabilities: Floats, weights: Floats | None = None) -> Floats:
    """(b,) areas under the ROC curve, in [0, 1]; NaN where a side has no rows.

    Binary: of the second class. More classes: each against the rest, averaged over those that have rows.

    Args:
        actual: (n,) class indices.
        probabilities: (n, k).
        weights: (b, n) row weights; one row of ones if absent.

    Source: Mann and Whitney (1947); Fawcett (2006) for ties.
    """
    return ranking_metrics(actual, probabilities, weights, ("auc_roc",))["auc_roc"]


def average_precision(actual: Indices, probabilities: Floats, weights: Floats | None = None) -> Floats:
    """(b,) precisions averaged over the steps in recall, in [0, 1]; NaN where the class has no rows.

    Binary: of the second class. More classes: each against the rest, averaged over those that have rows.
    """
    return ranking_metrics(actual, probabilities, weights, ("average_precision",))["average_precision"]


def ranking_metrics(
    actual: Indices, probabilities: Floats, weights: Floats | None, wanted: Collection[str]
) -> dict[str, Floats]:
    """Those of auc_roc and average_precision that are wanted, from one sort per class."""
    if weights is None:
        weights = ones(len(actual))
    functions = {"auc_roc": _area, "average_precision": _average_precision}
    totals = {name: np.zeros(len(weights)) for name in wanted}
    counts = {name: np.zeros(len(weights)) for name in wanted}
    for index in (1,) if probabilities.shape[1] == 2 else range(probabilities.shape[1]):
        positive = actual == index
        if not positive.any():
            continue
        steps = _steps(positive, probabilities[:, index], weights)
        for name in wanted:
            values = functions[name](*steps)
            known = np.isfinite(values)
            totals[name] += np.where(known, values, 0.0)
            counts[name] += known
    return {name: np.where(counts[name] > 0, totals[name] / np.maximum(counts[name], 1), np.nan) for name in wanted}


def roc_curve(positive: Flags, score: Floats) -> tuple[Floats, Floats]:
    """False and true positive rates from (0, 0) to (1, 1), one point per distinct score."""
    true, false = _cumulated(positive, score)
    return np.r_[0.0, false / false[-1]], np.r_[0.0, true / true[-1]]


def precision_recall_curve(positive: Flags, score: Floats) -> tuple[Floats, Floats]:
    """Precision and recall, from the highest threshold to the lowest, one point per distinct score."""
    true, false = _cumulated(positive, score)
    return true / (true + false), true / true[-1]


def _steps(positive: Flags, score: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """(b, s) weights of positive and of negative rows by distinct score, ascending."""
    order = np.argsort(score, kind="stable")
    starts = np.r_[0, np.flatnonzero(np.diff(score[order])) + 1]
    ordered, is_positive = weights[:, order], positive[order]
    return (
        np.add.reduceat(ordered * is_positive, starts, axis=1),
        np.add.reduceat(ordered * ~is_positive, starts, axis=1),
    )


def _area(positives: Floats, negatives: Floats) -> Floats:
    below = np.cumsum(negatives, axis=1) - negatives
    wins = (positives * (below + negatives / 2)).sum(axis=1)
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return np.where(pairs > 0, wins / np.where(pairs > 0, pairs, 1.0), np.nan)


def _average_precision(positives: Floats, negatives: Floats) -> Floats:
    found = np.cumsum(positives[:, ::-1], axis=1)
    claimed = found + np.cumsum(negatives[:, ::-1], axis=1)
    precision = found / np.where(claimed > 0, claimed, 1.0)
    total = found[:, -1]
    return np.where(total > 0, (positives[:, ::-1] * precision).sum(axis=1) / np.where(total > 0, total, 1.0), np.nan)


def _cumulated(positive: Flags, score: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(-score, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(score[order])), len(score) - 1]
    true = np.cumsum(positive[order])[ends].astype(np.float64)
    return true, (ends + 1) - true
