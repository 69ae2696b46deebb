"""Silhouette plot: how much closer each row is to its own cluster than to the next one.

Drawn for clusterings with at least two clusters. Cost: distances of at most MAX_ROWS rows, an even selection of them.
Source: Rousseeuw (1987).
"""

from __future__ import annotations

import numpy as np

from steps.evaluation.plots.groups import NO_GROUP
from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import INK, colour, finished, new_figure, number
from steps.metrics.clustering import silhouette_rows

MAX_ROWS = 1_500
MAX_CLUSTERS = 20


def silhouette_plot(source: Source) -> Plot | None:
    """One blade per cluster, its rows sorted by silhouette."""
    answers = source.evaluation.predictions
    if answers.matrix is None or answers.predicted is None or not len(answers.matrix):
        return None
    rows = np.arange(len(answers.matrix)) if answers.sample is None else np.asarray(answers.sample)
    labels = np.asarray(answers.predicted)[rows].astype(np.int64)
    kept = np.flatnonzero((labels != NO_GROUP) & np.isfinite(answers.matrix).all(axis=1))
    if not len(kept):
        return None
    kept = kept[np.unique(np.linspace(0, len(kept) - 1, min(len(kept), MAX_ROWS)).round().astype(np.int64))]
    labels = labels[kept]
    if not 2 <= len(np.unique(labels)) < len(labels):
        return None
    widths = silhouette_rows(answers.matrix[kept], labels)

    groups, sizes = np.unique(labels, return_counts=True)
    shown = sorted(groups[np.argsort(-sizes, kind="stable")][:MAX_CLUSTERS])
    figure = new_figure(7.2, 5.4)
    axes = figure.add_subplot()
    gap = max(2, len(kept) // 80)
    start, middles = 0, []
    for group in shown:
        blade = np.sort(widths[labels == group])[::-1]
        stop = start + len(blade)
        axes.fill_betweenx(
            np.arange(start, stop + 1), 0, np.r_[blade, blade[-1]], step="post", color=colour(int(group)), alpha=0.8,
            linewidth=0,
        )  # fmt: skip
        middles.append((start + stop) / 2)
        start = stop + gap
    measured = source.metric("silhouette")
    mean = measured if np.isfinite(measured) else float(widths.mean())
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.axvline(mean, color=INK, linewidth=1.4, linestyle=(0, (5, 3)))
    names = [f"{group}  ({float(widths[labels == group].mean()):.2f})" for group in shown]
    axes.set_yticks(middles, names)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(False, axis="y")
    axes.set_ylim(start, -gap)
    title = f"Silhouette: {number(mean)} on average, {(widths < 0).mean():.0%} of the rows below 0"
    axes.set(xlabel="silhouette of a row (1: deep inside its cluster, below 0: nearer to another)")
    axes.set(ylabel="cluster (its mean)", xlim=(min(-0.1, float(widths.min()) - 0.03), 1.0))
    caption = (
        "Each bar is a row, the dashed line their mean; a good cluster is a blade that is wide all along, "
        "a poor one thins out or falls below 0."
    )
    if len(groups) > len(shown):
        caption += f" The {MAX_CLUSTERS} largest of {len(groups)} clusters are drawn."
    return finished(source, figure, "silhouette", title, caption)
