"""Classification metrics over weighted rows, so that one call serves the value and its bootstrap.

Used by TrainModel (progress lines) and EvaluateModel (the verdict). Equal to scikit-learn's where both exist.
In binary problems precision, recall, f1, auc_roc and average_precision are those of the second class; with more
classes they are the plain mean over classes ("macro"), which a rare class weighs on as much as a frequent one.
Cost: importing scikit-learn's metrics would cost a second; these are numpy only.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from steps.metrics.ranking import ranking_metrics
from steps.metrics.weighted import Floats, Indices, mean, ones, ratio, sums_by

BY_CONFUSION = (
    "accuracy", "balanced_accuracy",
    "precision", "recall", "f1",
    "precision_macro", "recall_macro", "f1_macro",
    "precision_weighted", "recall_weighted", "f1_weighted",
)  # fmt: skip
BY_RANKING = ("auc_roc", "average_precision")
BY_PROBABILITY = ("log_loss", "brier")
NAMES = (*BY_CONFUSION, *BY_RANKING, *BY_PROBABILITY)
_EPSILON = float(np.finfo(np.float64).eps)


def classification_metrics(
    actual: Indices,
    predicted: Indices,
    probabilities: Floats,
    weights: Floats | None = None,
    *,
    wanted: Collection[str] = NAMES,
) -> dict[str, Floats]:
    """Every metric of NAMES that is wanted (and those that come with it at no cost); NaN where not defined.

    Args:
        actual: (n,) class indices.
        predicted: (n,) class indices.
        probabilities: (n, k).
        weights: (b, n) row weights; one row of ones if absent.

    Returns:
        Name to (b,) values.
    """
    if weights is None:
        weights = ones(len(actual))
    values: dict[str, Floats] = {}
    if any(name in BY_CONFUSION for name in wanted):
        values |= _counted_metrics(*_class_counts(actual, predicted, probabilities.shape[1], weights))
    ranked = [name for name in BY_RANKING if name in wanted]
    if ranked:
        values |= ranking_metrics(actual, probabilities, weights, ranked)
    if any(name in BY_PROBABILITY for name in wanted):
        values["log_loss"] = log_loss(actual, probabilities, weights)
        values["brier"] = brier_score(actual, probabilities, weights)
    return values


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
    return _counted_metrics(hits, confusion.sum(axis=-1), confusion.sum(axis=-2))


def class_metrics(confusion: Floats) -> list[dict[str, float]]:
    """Precision, recall, f1 and support of each class of one (k, k) confusion matrix."""
    hits, support, claimed = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall, f1 = _by_class(hits, support, claimed)
    return [
        {
            "precision": float(precision[index]),
            "recall": float(recall[index]),
            "f1": float(f1[index]),
            "support": int(support[index]),
        }
        for index in range(len(support))
    ]


def log_loss(actual: Indices, probabilities: Floats, weights: Floats | None = None) -> Floats:
    """(b,) mean negative logarithm of the true class's probability, >= 0; probabilities are clipped to 1e-16 or so."""
    stated = np.clip(probabilities[np.arange(len(actual)), actual], _EPSILON, 1 - _EPSILON)
    return mean(-np.log(stated), ones(len(actual)) if weights is None else weights)


def brier_score(actual: Indices, probabilities: Floats, weights: Floats | None = None) -> Floats:
    """(b,) mean squared error of probabilities; lower is better.

    Binary: of the second class, in [0, 1]. More classes: summed over them, in [0, 2].

    Source: Brier (1950).
    """
    if probabilities.shape[1] == 2:
        errors = (probabilities[:, 1] - (actual == 1)) ** 2
    else:
        own = probabilities[np.arange(len(actual)), actual]
        errors = (probabilities**2).sum(axis=1) - 2 * own + 1
    return mean(errors, ones(len(actual)) if weights is None else weights)


def _class_counts(actual: Indices, predicted: Indices, classes: int, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """(b, k) weights of rows that are right, that are of the class, and that are predicted as it."""
    right = weights * (actual == predicted)
    return sums_by(actual, right, classes), sums_by(actual, weights, classes), sums_by(predicted, weights, classes)


def _by_class(
    hits: NDArray[np.generic], support: NDArray[np.generic], claimed: NDArray[np.generic]
) -> tuple[Floats, Floats, Floats]:
    top = np.asarray(hits, dtype=np.float64)
    both = np.asarray(support, dtype=np.float64) + np.asarray(claimed, dtype=np.float64)
    return ratio(hits, claimed), ratio(hits, support), ratio(2 * top, both)


def _counted_metrics(hits: Floats, support: Floats, claimed: Floats) -> dict[str, Floats]:
    """BY_CONFUSION from (..., k) counts."""
    by_class = dict(zip(("precision", "recall", "f1"), _by_class(hits, support, claimed), strict=True))
    total = support.sum(axis=-1)
    seen, present = support > 0, (support + claimed) > 0
    shares = ratio(support, total[..., None])
    metrics = {
        "accuracy": ratio(hits.sum(axis=-1), total),
        "balanced_accuracy": ratio((by_class["recall"] * seen).sum(axis=-1), seen.sum(axis=-1)),
    }
    macro = {name: ratio((v * present).sum(axis=-1), present.sum(axis=-1)) for name, v in by_class.items()}
    binary = support.shape[-1] == 2
    metrics |= {name: values[..., 1] if binary else macro[name] for name, values in by_class.items()}
    metrics |= {f"{name}_macro": values for name, values in macro.items()}
    metrics |= {f"{name}_weighted": (values * shares).sum(axis=-1) for name, values in by_class.items()}
    return {name: np.where(total > 0, values, np.nan) for name, values in metrics.items()}
