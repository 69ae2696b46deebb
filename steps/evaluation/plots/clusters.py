"""Clusterings: where the clusters lie, how large they are.

Cost: a map shows two dimensions of many; clusters that overlap in it may be apart in the others.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from steps.evaluation.plots.groups import (
    MAX_GROUPS,
    NO_GROUP,
    draw_groups,
    in_proportion,
    label_second,
    plane,
    points_of,
    reference_of,
)
from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import BLUE, INK, NOISE, colour, count_axis, finished, new_figure, number

MAX_BARS = 20


def cluster_map_plot(source: Source) -> Plot | None:
    """The rows in two dimensions, coloured by cluster; beside them by reference label, where there is one."""
    found = points_of(source)
    predicted = source.evaluation.predictions.predicted
    if found is None or predicted is None:
        return None
    points, rows = plane(found[0]), found[1]
    labels = np.asarray(predicted)[rows].astype(np.int64)
    reference = reference_of(source, rows)
    figure = new_figure(9.6 if reference else 6.6, 5.4)
    panels = figure.subplots(1, 2 if reference else 1, sharex=True, sharey=True, squeeze=False)[0]
    draw_groups(panels[0], points, labels, str)
    clusters = len(np.unique(labels[labels != NO_GROUP]))
    title = f"Cluster map: {clusters} cluster{'' if clusters == 1 else 's'}"
    noise = float((labels == NO_GROUP).mean())
    if noise:
        title += f", {noise:.0%} noise"
    label_second(panels[0], found[0], "second coordinate")
    if reference is not None:
        draw_groups(panels[1], points, *reference)
        ari = source.metric("ari")
        panels[0].set_title("clusters")
        panels[1].set_title("reference labels" + (f" (ARI {number(ari)})" if np.isfinite(ari) else ""))
    for axes in panels:
        in_proportion(axes, points)
        axes.set_xlabel("first coordinate")
    caption = "Each dot is a test row in the two coordinates that show most of the data; numbers are cluster ids."
    if noise:
        caption += " Grey crosses belong to no cluster."
    if clusters > MAX_GROUPS:
        caption += f" Clusters beyond the {MAX_GROUPS} largest are grey, too."
    return finished(source, figure, "cluster_map", title, caption)


def cluster_choice_plot(source: Source) -> Plot | None:
    """Silhouette by number of clusters, where the trainer tried several."""
    tried = source.facts.get("tried")
    rows = [row for row in tried if isinstance(row, Mapping)] if isinstance(tried, list) else []
    pairs = [(row.get("n_clusters"), row.get("silhouette")) for row in rows]
    known = sorted((int(k), float(s)) for k, s in pairs if isinstance(k, int) and isinstance(s, int | float))
    if len(known) < 2:
        return None
    counts, scores = zip(*known, strict=True)
    best = int(np.argmax(scores))
    figure = new_figure(7.2, 3.8)
    axes = figure.add_subplot()
    axes.plot(counts, scores, color=BLUE, marker="o", markersize=6, linewidth=1.6)
    axes.plot(counts[best], scores[best], marker="*", markersize=17, color=INK, linestyle="none")
    axes.set(xlabel="number of clusters", ylabel="silhouette of the training rows")
    count_axis(axes, "x")
    title = f"Choice of clusters: {counts[best]} are the most distinct"
    caption = (
        "The number was not given, so the trainer took the one with the highest silhouette on a sample of its rows."
    )
    return finished(source, figure, "cluster_choice", title, caption)


def cluster_sizes_plot(source: Source) -> Plot | None:
    """Rows per cluster, noise last."""
    sizes = {int(key): int(value) for key, value in source.evaluation.cluster_sizes.items()}
    total = sum(sizes.values())
    if not total:
        return None
    ids = sorted((key for key in sizes if key != NO_GROUP), key=lambda key: (-sizes[key], key))
    bars = [(str(key), sizes[key], colour(key)) for key in ids[:MAX_BARS]]
    if len(ids) > MAX_BARS:
        rest = ids[MAX_BARS:]
        bars.append((f"{len(rest)} others", sum(sizes[key] for key in rest), NOISE))
    if NO_GROUP in sizes:
        bars.append(("noise", sizes[NO_GROUP], NOISE))
    figure = new_figure(7.2, float(np.clip(1.35 + 0.33 * len(bars), 2.0, 7.4)))
    axes = figure.add_subplot()
    names, counts, colours = zip(*bars, strict=True)
    places = np.arange(len(bars))
    drawn = axes.barh(places, counts, color=colours, height=0.7, alpha=0.85)
    for name, bar in zip(names, drawn, strict=True):
        if not name.isdigit():
            bar.set(hatch="////", edgecolor="white")
    axes.bar_label(drawn, [f" {count:,} ({count / total:.0%})" for count in counts], fontsize=9.5, color=INK)
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(False, axis="y")
    axes.margins(x=0.16)
    axes.set_ylim(max(len(bars), 2) - 0.5, -0.5)
    count_axis(axes, "x")
    title = (
        f"Cluster sizes: the largest holds {sizes[ids[0]] / total:.0%}" if ids else "Cluster sizes: all rows are noise"
    )
    axes.set(xlabel="test rows", ylabel="cluster")
    caption = "One cluster with nearly all rows, or many with a handful, rarely is what one looks for."
    return finished(source, figure, "cluster_sizes", title, caption)
