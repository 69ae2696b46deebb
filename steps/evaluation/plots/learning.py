"""Learning curves: loss by iteration, or score by number of training rows.

Drawn for models whose card has a history or a learning curve. Cost: at most MAX_POINTS iterations are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.metrics import DEFAULT_METRIC
from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import BLUE, INK, VERMILION, count_axis, finished, new_figure, number

Floats = NDArray[np.float64]
MAX_POINTS = 600
WIDE = 30
"""A loss that falls by more than this factor is drawn on a logarithmic axis."""


def learning_curve_plot(source: Source) -> Plot | None:
    """By iteration where the algorithm iterates, else by training rows."""
    history = _mappings(source.card.get("history"))
    return _by_iteration(source, history) or _by_rows(source, _mappings(source.facts.get("learning_curve")))


def _by_iteration(source: Source, history: Sequence[Mapping[str, Any]]) -> Plot | None:
    measure = _measure(history)
    if measure is None:
        return None
    x = np.array([_number(row.get("iteration", index + 1)) for index, row in enumerate(history)])
    lines = {part: _column(history, f"{part}_{measure}") for part in ("train", "validation")}
    lines = {part: values for part, values in lines.items() if np.isfinite(values).any()}
    if not lines or int(np.isfinite(x).sum()) < 2:
        return None
    figure = new_figure()
    axes = figure.add_subplot()
    _draw(axes, x, lines)
    judged = lines.get("validation")
    title = f"Learning curve: {len(history):,} iterations"
    best = _best(source, x, judged)
    if best is not None:
        stated = number(float(judged[best])) if judged is not None else ""
        title = f"Learning curve: best after {x[best]:,.0f} of {len(history):,} iterations"
        axes.axvline(x[best], color=INK, linewidth=1, linestyle=(0, (2, 3)))
        if judged is not None and math.isfinite(judged[best]):
            axes.plot(
                x[best], judged[best], marker="*", markersize=15, color=INK, linestyle="none", label=f"best: {stated}"
            )
    _loss_scale(axes, lines)
    axes.set(xlabel="iteration", ylabel=source.lettering.show(measure.replace("_", " ")))
    count_axis(axes, "x")
    axes.legend(loc="best")
    caption = (
        "While both lines fall the model still learns; where validation rises and train falls on, it learns the "
        "training rows by heart."
    )
    return finished(source, figure, "learning_curve", title, caption)


def _by_rows(source: Source, curve: Sequence[Mapping[str, Any]]) -> Plot | None:
    x = _column(curve, "rows")
    lines = {part: _column(curve, part) for part in ("train", "validation")}
    lines = {part: values for part, values in lines.items() if np.isfinite(values).any()}
    if not lines or int(np.isfinite(x).sum()) < 2:
        return None
    figure = new_figure()
    axes = figure.add_subplot()
    _draw(axes, x, lines)
    title = f"Learning curve: what {np.nanmax(x):,.0f} training rows bring"
    measure = str(
        source.facts.get("learning_curve_metric") or DEFAULT_METRIC.get(source.evaluation.task_type, "score")
    ).replace("_", " ")
    axes.set(xlabel="training rows", ylabel=source.lettering.show(measure))
    count_axis(axes, "x")
    axes.legend(loc="best")
    caption = (
        "If validation still improves at the right end, more rows would help; a lasting gap to train means overfitting."
    )
    return finished(source, figure, "learning_curve", title, caption)


def _draw(axes: Any, x: Floats, lines: Mapping[str, Floats]) -> None:
    looks = {"train": (BLUE, "-", "o"), "validation": (VERMILION, "--", "s")}
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), MAX_POINTS)).round().astype(np.int64))
    for part, values in lines.items():
        colour, style, marker = looks[part]
        few = len(kept) <= 30
        axes.plot(
            x[kept], values[kept], color=colour, linestyle=style, marker=marker if few else "", markersize=4, label=part
        )


def _best(source: Source, x: Floats, judged: Floats | None) -> int | None:
    """Place of the iteration that the trainer kept, else of the lowest validation loss."""
    stated = source.facts.get("best_iteration")
    if isinstance(stated, int | float):
        places = np.flatnonzero(x == float(stated))
        if len(places):
            return int(places[0])
    return None if judged is None else int(np.nanargmin(judged))


def _loss_scale(axes: Any, lines: Mapping[str, Floats]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    values = np.concatenate(list(lines.values()))
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    if 0 < low * WIDE < high < 1e300:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _measure(history: Sequence[Mapping[str, Any]]) -> str | None:
    """What the history measures: loss if it does, else the first of its train_ or validation_ members."""
    names = [key.split("_", 1)[1] for row in history[:1] for key in row if key.startswith(("train_", "validation_"))]
    return "loss" if "loss" in names else next(iter(names), None)


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> Floats:
    return np.array([_number(row.get(name)) for row in rows], dtype=np.float64)


def _number(value: object) -> float:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if is_number else math.nan  # type: ignore[arg-type]
