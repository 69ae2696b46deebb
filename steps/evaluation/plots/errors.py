"""Predicted against actual values, and what is left over.

Drawn for regressions; beyond MANY rows as cells that count.
Cost: rows whose prediction lies far outside the range of the true values are counted in the caption, not drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import BLUE, INK, VERMILION, count_axis, finished, new_figure, number

Floats = NDArray[np.float64]
MANY = 2_000
CELLS = 50
FEW_VALUES = 60
MAX_ROWS = 200_000


def predicted_against_actual_plot(source: Source) -> Plot | None:
    """One dot per test row; a perfect model puts all on the diagonal."""
    pairs = _pairs(source)
    if pairs is None:
        return None
    actual, predicted, outside = pairs
    low, high = _span(np.r_[actual, predicted])
    figure = new_figure(7.2, 5.8)
    axes = figure.add_subplot()
    cells = _cloud(axes, actual, predicted, _edges(low, high, _step(actual)), _edges(low, high))
    if cells is not None:
        _colour_bar(figure, axes, cells)
    axes.plot([low, high], [low, high], color=INK, linewidth=1.2, linestyle=(0, (5, 3)), label="perfect")
    title = f"Predicted against actual: R² {number(source.metric('r2'))}"
    target = source.target
    axes.set(xlim=(low, high), ylim=(low, high), xlabel=f"actual {target}", ylabel=f"predicted {target}")
    axes.legend(loc="upper left")
    caption = "Each dot is a test row; above the dashed line the model predicts too much, below it too little."
    return finished(source, figure, "predicted_actual", title, caption + outside)


def residuals_plot(source: Source) -> Plot | None:
    """Residuals over predictions, with their running median, and their histogram."""
    pairs = _pairs(source)
    if pairs is None:
        return None
    actual, predicted, outside = pairs
    residual = actual - predicted
    figure = new_figure(7.4, 4.8)
    cloud, bars = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    (left, right), (bottom, top) = _span(predicted), _span(residual)
    _cloud(cloud, predicted, residual, _edges(left, right), _edges(bottom, top, _step(actual)))
    cloud.axhline(0, color=INK, linewidth=1.2, linestyle=(0, (5, 3)))
    middles = _running_median(predicted, residual)
    if middles is not None:
        cloud.plot(
            *middles, color=VERMILION, marker="s", markersize=4, linewidth=1.6, label="median of a tenth of the rows"
        )
        cloud.legend(loc="upper left")
    bars.hist(residual, bins=40, range=(bottom, top), orientation="horizontal", color=BLUE, alpha=0.6)
    bars.axhline(0, color=INK, linewidth=1.2, linestyle=(0, (5, 3)))
    count_axis(bars, "x")
    bars.locator_params(axis="x", nbins=3)
    target = source.target
    title = f"Residuals: {number(source.metric('mae'))} off on average"
    cloud.set(
        xlim=(left, right), ylim=(bottom, top), xlabel=f"predicted {target}", ylabel=f"actual − predicted {target}"
    )
    bars.set(xlabel="rows")
    caption = (
        "Good residuals lie evenly around 0. A bend of the median shows what the model has not learned; "
        "a funnel shows where it is less certain."
    )
    return finished(source, figure, "residuals", title, caption + outside)


def _pairs(source: Source) -> tuple[Floats, Floats, str] | None:
    """Actual and predicted values that can be drawn, and a sentence on those that cannot."""
    answers = source.evaluation.predictions
    if answers.actual is None or answers.predicted is None or not len(answers.actual):
        return None
    step = max(1, -(-len(answers.actual) // MAX_ROWS))
    actual = np.asarray(answers.actual[::step], dtype=np.float64)
    predicted = np.asarray(answers.predicted[::step], dtype=np.float64)
    finite = np.isfinite(actual) & np.isfinite(predicted)
    if not finite.any():
        return None
    low, high = float(actual[finite].min()), float(actual[finite].max())
    reach = max(high - low, abs(high) * 1e-6, 1e-9)
    drawn = finite & (predicted >= low - reach) & (predicted <= high + reach)
    hidden = len(actual) - int(drawn.sum())
    if not drawn.any():
        drawn, hidden = finite, len(actual) - int(finite.sum())
    rows = "row is" if hidden == 1 else "rows are"
    outside = f" {hidden:,} {rows} predicted far outside the range of true values and not drawn." if hidden else ""
    return actual[drawn], predicted[drawn], outside


def _cloud(axes: Any, x: Floats, y: Floats, x_edges: Floats, y_edges: Floats) -> Any | None:
    """Dots, or cells that count where dots would cover each other; the cells, for a colour bar."""
    if len(x) <= MANY:
        strength = float(np.clip(20 / np.sqrt(len(x)), 0.3, 0.8))
        axes.scatter(x, y, s=22, color=BLUE, alpha=strength, linewidths=0)
        return None
    from matplotlib.colors import LogNorm

    counts, _, _ = np.histogram2d(x, y, bins=(x_edges, y_edges))
    norm = LogNorm(1, max(2.0, float(counts.max())))
    return axes.pcolormesh(x_edges, y_edges, np.where(counts, counts, np.nan).T, cmap="viridis_r", norm=norm)


def _edges(low: float, high: float, step: float = 0.0) -> Floats:
    """Edges of at most CELLS cells, none narrower than ``step``.

    A target of whole numbers leaves empty space between them, which narrower cells would show as stripes.
    """
    cells = CELLS if step * CELLS <= high - low else max(1, int((high - low) / step))
    return np.linspace(low, high, cells + 1)


def _colour_bar(figure: Any, axes: Any, cells: Any) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    bar = figure.colorbar(cells, ax=axes, label="test rows", ticks=LogLocator(subs=(1, 2, 5), numticks=8))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.outline.set_visible(False)


def _step(actual: Floats) -> float:
    """Distance between the values of a target that has few of them, else 0."""
    values = np.unique(actual)
    return float(np.diff(values).min()) if 1 < len(values) <= FEW_VALUES else 0.0


def _span(values: Floats) -> tuple[float, float]:
    """The range of the values with a margin; wider than nothing."""
    low, high = float(values.min()), float(values.max())
    margin = max((high - low) * 0.04, abs(high) * 1e-6, 1e-9)
    return low - margin, high + margin


def _running_median(x: Floats, y: Floats) -> tuple[Floats, Floats] | None:
    """Medians of ten groups of equal size along x; None where there are too few rows or values."""
    if len(x) < 50 or len(np.unique(x)) < 10:
        return None
    groups = np.array_split(np.argsort(x, kind="stable"), 10)
    return np.array([np.median(x[group]) for group in groups]), np.array([np.median(y[group]) for group in groups])
