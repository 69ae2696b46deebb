"""Projections: the rows in the plane, what each component explains, how well rows are restored.

Drawn for dimensionality reductions. Cost: only the first two coordinates are seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from steps.evaluation.plots.groups import (
    draw_groups,
    draw_plain,
    how_many,
    in_proportion,
    label_second,
    plane,
    points_of,
    reference_of,
)
from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import (
    BLUE,
    SOFT,
    VERMILION,
    count_axis,
    finished,
    new_figure,
    number,
    percent_axis,
)

Floats = NDArray[np.float64]
ENOUGH = 0.95
MAX_BARS = 40


def projection_plot(source: Source) -> Plot | None:
    """The first two coordinates, coloured by reference label where there is one."""
    found = points_of(source)
    if found is None:
        return None
    points, rows = found
    reference = reference_of(source, rows)
    figure = new_figure(7.2, 6.2)
    axes = figure.add_subplot()
    title = f"Projection: {how_many(source, rows)}"
    if reference is None:
        draw_plain(axes, plane(points))
    else:
        draw_groups(axes, plane(points), *reference)
        title += f" by {_reference_name(source)}"
    axes.set_xlabel(_axis(source, 0))
    label_second(axes, points, _axis(source, 1))
    if points.shape[1] > 1:
        in_proportion(axes, plane(points))
    trust = source.metric("trustworthiness")
    caption = "Each dot is a test row in the first two of its new coordinates."
    if np.isfinite(trust):
        caption += (
            f" Trustworthiness {number(trust)}: 1 means that all neighbours here are neighbours in the data, too."
        )
    return finished(source, figure, "projection", title, caption)


def explained_variance_plot(source: Source) -> Plot | None:
    """Share of the variance that each principal component explains, and their sum."""
    ratios = _numbers(source.facts.get("explained_variance_ratio"))
    if ratios is None:
        return None
    summed = np.cumsum(ratios)
    shown = min(len(ratios), MAX_BARS)
    places = np.arange(1, shown + 1)
    figure = new_figure()
    axes = figure.add_subplot()
    axes.bar(places, ratios[:shown], color=BLUE, alpha=0.75, width=0.75, label="each component")
    axes.plot(places, summed[:shown], color=VERMILION, marker="o", markersize=5, linewidth=1.6, label="sum so far")
    axes.axhline(ENOUGH, color=SOFT, linewidth=1, linestyle=(0, (4, 4)), label=f"{ENOUGH:.0%}")
    axes.set(ylim=(0, 1.05), xlim=(0.3, shown + 0.7), xlabel="component", ylabel="share of the variance")
    percent_axis(axes, "y")
    count_axis(axes, "x")
    title = f"Explained variance: {len(ratios)} component{'' if len(ratios) == 1 else 's'} hold {summed[-1]:.1%}"
    axes.legend(loc="center right")
    caption = "Where the bars level off, further components add little but noise."
    return finished(source, figure, "explained_variance", title, caption)


def reconstruction_plot(source: Source) -> Plot | None:
    """Histogram of each row's reconstruction error."""
    errors = _numbers(source.evaluation.details.get("reconstruction_errors"))
    if errors is None or len(errors) < 2:
        return None
    figure = new_figure()
    axes = figure.add_subplot()
    middle, high = float(np.median(errors)), float(np.quantile(errors, 0.99))
    top = high if high > float(errors.min()) else float(errors.max()) + 1e-12
    axes.hist(np.minimum(errors, top), bins=40, range=(float(errors.min()), top), color=BLUE, alpha=0.7)
    axes.axvline(middle, color=VERMILION, linewidth=1.6, linestyle="--", label=f"median: {number(middle)}")
    title = "Reconstruction error: what the coordinates leave out"
    axes.set(xlabel="mean squared error of a row (per feature)", ylabel="test rows")
    count_axis(axes, "y")
    axes.legend(loc="upper right")
    caption = (
        "Rows far to the right are unlike the training rows; the last bar holds everything beyond 99% of the rows."
    )
    return finished(source, figure, "reconstruction_error", title, caption)


def _axis(source: Source, index: int) -> str:
    """The coordinate's name, with what it explains where that is known."""
    ratios = _numbers(source.facts.get("explained_variance_ratio"))
    name = ("first", "second")[index]
    if ratios is None or index >= len(ratios):
        return f"{name} coordinate"
    return f"{name} component ({ratios[index]:.1%} of the variance)"


def _reference_name(source: Source) -> str:
    reference = source.metadata.get("reference")
    name = reference.get("name") if isinstance(reference, dict) else None
    return source.lettering.show(name or source.metadata.get("target") or "reference label")


def _numbers(value: Any) -> Floats | None:
    """(n,) finite numbers of a JSON list, or None."""
    if not isinstance(value, list | tuple | np.ndarray) or not len(value):
        return None
    numbers = np.array([item if isinstance(item, int | float) else np.nan for item in value], dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    return numbers if len(numbers) else None
