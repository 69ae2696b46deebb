"""Permutation importance: how much worse the model gets when a column is shuffled.

Drawn for every task that has importances. Cost: the MAX_COLUMNS most important columns are drawn.
"""

from __future__ import annotations

import math

import numpy as np

from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import BLUE, INK, SOFT, finished, new_figure

MAX_COLUMNS = 15


def importance_plot(source: Source) -> Plot | None:
    """Horizontal bars, the most important column on top."""
    known = [item for item in source.evaluation.importances if math.isfinite(item.drop.value)]
    if not known:
        return None
    shown = sorted(known, key=lambda item: -item.drop.value)[:MAX_COLUMNS]
    values = np.array([item.drop.value for item in shown])
    deviations = np.array([item.drop.deviation if math.isfinite(item.drop.deviation) else 0.0 for item in shown])
    names = [source.lettering.show(item.column, 28) for item in shown]
    places = np.arange(len(shown))
    figure = new_figure(7.2, float(np.clip(1.35 + 0.33 * len(shown), 2.0, 6.4)))
    axes = figure.add_subplot()
    axes.barh(places, values, color=BLUE, alpha=0.75, height=0.7)
    axes.errorbar(values, places, xerr=deviations, fmt="none", ecolor=INK, elinewidth=1.2, capsize=3)
    axes.axvline(0, color=SOFT, linewidth=1)
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(False, axis="y")
    axes.set_ylim(max(len(shown), 2) - 0.5, -0.5)
    title = (
        f"Permutation importance: {names[0]} matters most"
        if values[0] > 0
        else "Permutation importance: no column matters"
    )
    axes.set_xlabel("how much the judged metric worsens when shuffled")
    caption = (
        "Bars are means of the repeats, whiskers their standard deviation. A column near 0 is not needed, "
        "or another one says the same."
    )
    if len(known) > len(shown):
        caption += f" {len(known) - len(shown)} less important columns are not drawn."
    return finished(source, figure, "permutation_importance", title, caption)
