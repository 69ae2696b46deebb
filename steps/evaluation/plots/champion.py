"""The new model beside the one in place, metric by metric.

Drawn where a champion was scored on the same rows. Cost: each metric has a scale of its own, so lengths compare within
a row only; values stand beside the dots.
"""

from __future__ import annotations

import math
from typing import Any

from contracts.metric_plugins import find_metric
from steps.evaluation.evaluation import Measured
from steps.evaluation.metric_names import titled_metrics
from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import BLUE, INK, ORANGE, SOFT, finished, new_figure, number

MAX_METRICS = 8
VARIANTS = ("_macro", "_weighted")
"""Other means of metrics that are drawn already; the table has them."""


def champion_plot(source: Source) -> Plot | None:
    """One strip per metric with both models and their standard deviations."""
    champion = source.evaluation.champion
    if champion is None:
        return None
    ours, theirs = source.evaluation.metrics, champion.metrics
    titled = [name for name in titled_metrics(source.evaluation) if not name.endswith(VARIANTS)]
    names = [name for name in titled if name in theirs and _finite(ours[name]) and _finite(theirs[name])]
    names = names[:MAX_METRICS]
    if not names:
        return None
    figure = new_figure(7.2, 1.3 + 0.62 * len(names))
    strips = figure.subplots(len(names), 1, squeeze=False)[:, 0]
    reference = source.lettering.show(champion.reference, 32)
    for name, axes in zip(names, strips, strict=True):
        _strip(axes, name, ours[name], theirs[name], ("new model", reference))
    title = f"New model against {reference}"
    handles, labels = strips[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=2)
    caption = (
        f"{champion.verdict} Dots are values on the same test rows, whiskers one standard deviation; "
        "each metric has its own scale."
    )
    return finished(source, figure, "champion", title, caption)


def _strip(axes: Any, name: str, new: Measured, old: Measured, labels: tuple[str, str]) -> None:
    for height, item, colour, marker, label, ink in (
        (0.32, new, BLUE, "o", labels[0], INK),
        (-0.32, old, ORANGE, "D", labels[1], SOFT),
    ):
        spread = _spread(item)
        axes.errorbar(
            item.value, height, xerr=spread, fmt=marker, color=colour, markersize=8, elinewidth=2, capsize=4,
            label=label, markeredgecolor=INK, markeredgewidth=0.6,
        )  # fmt: skip
        axes.annotate(
            number(item.value, 4), (1.01, height), xycoords=("axes fraction", "data"), va="center", fontsize=9,
            color=ink, annotation_clip=False,
        )  # fmt: skip
    low = min(item.value - _spread(item) for item in (new, old))
    high = max(item.value + _spread(item) for item in (new, old))
    margin = max((high - low) * 0.12, abs(high) * 1e-3, 1e-6)
    row = find_metric(name)
    better = "" if row is None else " ↑" if row.direction == "maximize" else " ↓"
    axes.set(ylim=(-0.75, 0.75), yticks=[0], xlim=(low - margin, high + margin))
    axes.set_yticklabels([f"{name}{better}"])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.tick_params(axis="x", labelsize=8, length=2, pad=1)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)


def _spread(item: Measured) -> float:
    return item.deviation if math.isfinite(item.deviation) else 0.0


def _finite(item: Measured) -> bool:
    return math.isfinite(item.value)
