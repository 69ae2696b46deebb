"""ROC and precision-recall curves: how well the probabilities rank the rows.

Drawn for classifications: one curve of a binary problem, else one per class against the rest and their mean.
Cost: beyond MAX_CURVES classes only the worst ranked are drawn, and at most MAX_ROWS rows are ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import BLACK, BLUE, SOFT, colour, finished, line, new_figure, number
from steps.metrics.ranking import precision_recall_curve, roc_curve

Floats = NDArray[np.float64]
MAX_CURVES = 8
MAX_ROWS = 50_000
MAX_POINTS = 300


@dataclass(frozen=True, slots=True)
class _Ranking:
    """One class against the rest."""

    index: int
    share: float
    false_rate: Floats
    true_rate: Floats
    precision: Floats
    recall: Floats

    @property
    def area(self) -> float:
        return float(np.trapezoid(self.true_rate, self.false_rate))

    @property
    def average_precision(self) -> float:
        return float((np.diff(self.recall, prepend=0.0) * self.precision).sum())


def roc_plot(source: Source) -> Plot | None:
    """True positive rate over false positive rate, above the diagonal of chance."""
    rankings = _rankings(source)
    if not rankings:
        return None
    figure = new_figure(7.2, 5.4)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (4, 4)), label="chance")
    binary = len(source.evaluation.classes or ()) == 2
    if binary:
        only = rankings[0]
        axes.fill_between(only.false_rate, only.true_rate, color=BLUE, alpha=0.1, linewidth=0)
        axes.plot(*_thin(only.false_rate, only.true_rate), color=BLUE, label=source.class_label(only.index))
        area = only.area
    else:
        area = float(np.mean([item.area for item in rankings]))
        for place, item in enumerate(_worst(rankings, [item.area for item in rankings])):
            _draw(
                axes,
                _thin(item.false_rate, item.true_rate),
                f"{source.class_name(item.index)}: {number(item.area)}",
                place,
            )
        grid = np.linspace(0, 1, 201)
        mean = np.mean([np.interp(grid, item.false_rate, item.true_rate) for item in rankings], axis=0)
        axes.plot(grid, np.r_[0.0, mean[1:]], color=BLACK, linewidth=3, label=f"mean of classes: {number(area)}")
    measured = source.metric("auc_roc")
    title = f"ROC curve: AUC {number(measured if np.isfinite(measured) else area)}"
    _dress(axes, "false positive rate", "true positive rate", "lower right")
    caption = (
        "Each point is a threshold; the further towards the upper left corner, the better. AUC is the chance that a "
        "row of the class gets a higher probability than a row of another one." + _rest(rankings)
    )
    return finished(source, figure, "roc_curve", title, caption)


def precision_recall_plot(source: Source) -> Plot | None:
    """Precision over recall, above the line of the class's share."""
    rankings = _rankings(source)
    if not rankings:
        return None
    figure = new_figure(7.2, 5.4)
    axes = figure.add_subplot()
    binary = len(source.evaluation.classes or ()) == 2
    values = [item.average_precision for item in rankings]
    if binary:
        only = rankings[0]
        axes.axhline(only.share, color=SOFT, linewidth=1, linestyle=(0, (4, 4)), label=f"chance: {number(only.share)}")
        recall, precision = _thin(np.r_[0.0, only.recall], np.r_[only.precision[0], only.precision])
        axes.plot(recall, precision, color=BLUE, drawstyle="steps-pre", label=source.class_label(only.index))
    else:
        for place, item in enumerate(_worst(rankings, values)):
            points = _thin(np.r_[0.0, item.recall], np.r_[item.precision[0], item.precision])
            _draw(axes, points, f"{source.class_name(item.index)}: {number(item.average_precision)}", place)
    title = f"Precision and recall: average precision {number(float(np.mean(values)))}"
    axis_names = "recall: share of the class that is found", "precision: share of the finds that is right"
    _dress(axes, *axis_names, "lower left")
    caption = (
        "Each point is a threshold; the further towards the upper right corner, the better. A rare class shows its "
        "weakness here rather than in the ROC curve." + _rest(rankings)
    )
    return finished(source, figure, "precision_recall", title, caption)


def _rankings(source: Source) -> list[_Ranking]:
    """One per class that some but not all rows belong to; of a binary problem the second class only."""
    answers = source.evaluation.predictions
    if answers.probabilities is None or answers.actual is None:
        return []
    step = max(1, -(-len(answers.actual) // MAX_ROWS))
    actual, probabilities = answers.actual[::step], answers.probabilities[::step]
    known = np.isfinite(probabilities).all(axis=1)
    actual, probabilities = actual[known], probabilities[known]
    classes = range(probabilities.shape[1])
    return [
        _Ranking(
            index,
            float((actual == index).mean()),
            *roc_curve(actual == index, probabilities[:, index]),
            *precision_recall_curve(actual == index, probabilities[:, index]),
        )
        for index in (classes[1:] if len(classes) == 2 else classes)
        if 0 < int((actual == index).sum()) < len(actual)
    ]


def _worst(rankings: Sequence[_Ranking], values: Sequence[float]) -> list[_Ranking]:
    """At most MAX_CURVES, in the order of the classes."""
    order = np.argsort(np.asarray(values), kind="stable")[:MAX_CURVES]
    return [rankings[index] for index in sorted(order)]


def _rest(rankings: Sequence[_Ranking]) -> str:
    hidden = len(rankings) - MAX_CURVES
    return f" The {MAX_CURVES} worst ranked classes are drawn, {hidden} others are not." if hidden > 0 else ""


def _draw(axes: Any, points: tuple[Floats, Floats], label: str, place: int) -> None:
    axes.plot(*points, color=colour(place), linestyle=line(place), linewidth=1.6, label=label)


def _thin(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), MAX_POINTS)).round().astype(np.int64))
    return x[kept], y[kept]


def _dress(axes: Any, x: str, y: str, legend: str) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02), xlabel=x, ylabel=y)
    axes.legend(loc=legend)
