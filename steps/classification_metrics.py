"""Classification metrics over weighted rows, so that one call serves the value and its bootstrap.

Used by TrainModel (progress lines) and EvaluateModel (the verdict). Equal to scikit-learn's where both
exist.
In binary problems precision, recall and f1 are those of the second class; with more classes they are the
plain mean over classes ("macro"), which a rare class weighs on as much as a frequent one.
Cost: importing scikit-learn's metrics would cost a second; these are numpy only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def confusion_matrix(actual: Indices, predicted: Indices, classes: int) -> Floats:
    """(classes, classes) counts; rows are actual classes, columns predicted ones."""
    cells = np.bincount(actual * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.float64)


def confusion_metrics(confusion: Floats) -> dict[str, Floats]:
    """Metrics that a confusion matrix determines, each in [0, 1]; a ratio without cases is 0.

    Args:
        confusion: (..., k, k) counts or weights; leading axes are kept in the results.
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    support = confusion.sum(axis=-1)
    claimed = confusion.sum(axis=-2)
    total = support.sum(axis=-1)
    precision = _ratio(hits, claimed)
    recall = _ratio(hits, support)
    f1 = _ratio(2 * hits, support + claimed)
    by_class = {"precision": precision, "recall": recall, "f1": f1}
    metrics = {"accuracy": _ratio(hits.sum(axis=-1), total)}
    if confusion.shape[-1] == 2:
        metrics |= {name: values[..., 1] for name, values in by_class.items()}
    else:
        present = (support + claimed) > 0
        metrics |= {
            name: _ratio((values * present).sum(axis=-1), present.sum(axis=-1)) for name, values in by_class.items()
        }
    weights = _ratio(support, total[..., None])
    metrics |= {f"weighted_{name}": (values * weights).sum(axis=-1) for name, values in by_class.items()}
    return metrics


def class_metrics(confusion: Floats) -> list[dict[str, float]]:
    """Precision, recall, f1 and support of each class of one (k, k) confusion matrix."""
    hits, support, claimed = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall, f1 = _ratio(hits, claimed), _ratio(hits, support), _ratio(2 * hits, support + claimed)
    return [
        {
            "precision": float(precision[index]),
            "recall": float(recall[index]),
            "f1": float(f1[index]),
            "support": int(support[index]),
        }
        for index in range(len(support))
    ]


def auc_roc(actual: Indices, probabilities: Floats, weights: Floats | None = None) -> Floats:
    """Area under the ROC curve, in [0, 1]; NaN where a side has no rows.

    Binary: of the second class. More classes: each against the rest, averaged over those that have rows.

    Args:
        actual: (n,) class indices.
        probabilities: (n, k).
        weights: (b, n) row weights; one row of ones if absent.

    Returns:
        (b,) areas.

    Source: Mann and Whitney (1947); Fawcett (2006) for ties.
    """
    if weights is None:
        weights = np.ones((1, len(actual)))
    classes = probabilities.shape[1]
    if classes == 2:
        return _binary_auc(actual == 1, probabilities[:, 1], weights)
    areas = [
        _binary_auc(actual == index, probabilities[:, index], weights)
        for index in range(classes)
        if (actual == index).any()
    ]
    stacked = np.stack(areas) if areas else np.full((1, len(weights)), np.nan)
    known = np.isfinite(stacked)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, stacked, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def roc_curve(positive: NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """False and true positive rates from (0, 0) to (1, 1), one point per distinct score."""
    true, false = _cumulated(positive, score)
    return np.r_[0.0, false / false[-1]], np.r_[0.0, true / true[-1]]


def precision_recall_curve(positive: NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """Precision and recall, from the highest threshold to the lowest, one point per distinct score."""
    true, false = _cumulated(positive, score)
    return true / (true + false), true / true[-1]


def _cumulated(positive: NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(-score, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(score[order])), len(score) - 1]
    true = np.cumsum(positive[order])[ends].astype(np.float64)
    return true, (ends + 1) - true


def _binary_auc(positive: NDArray[np.bool_], score: Floats, weights: Floats) -> Floats:
    order = np.argsort(score, kind="stable")
    starts = np.r_[0, np.flatnonzero(np.diff(score[order])) + 1]
    sorted_weights = weights[:, order]
    is_positive = positive[order]
    positives = np.add.reduceat(sorted_weights * is_positive, starts, axis=1)
    negatives = np.add.reduceat(sorted_weights * ~is_positive, starts, axis=1)
    below = np.cumsum(negatives, axis=1) - negatives
    wins = (positives * (below + negatives / 2)).sum(axis=1)
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return np.where(pairs > 0, wins / np.where(pairs > 0, pairs, 1.0), np.nan)


def _ratio(numerator: NDArray[np.generic], denominator: NDArray[np.generic]) -> Floats:
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    return np.divide(top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom > 0)
