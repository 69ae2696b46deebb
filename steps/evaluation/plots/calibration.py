"""Reliability diagram: whether "80 %" comes true in 80 of 100 cases.

Drawn for classifications: the second class's probability of a binary problem, else that of the predicted class.
Cost: ten bins of equal width; sparse ones show it by their error bars.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import BLUE, SOFT, count_axis, finished, new_figure, percent_axis

Floats = NDArray[np.float64]
BINS = 10
_Z = 1.96


def calibration_plot(source: Source) -> Plot | None:
    """Observed frequency over stated probability, with the number of rows behind each point."""
    answers = source.evaluation.predictions
    if answers.probabilities is None or answers.actual is None:
        return None
    known = np.isfinite(answers.probabilities).all(axis=1)
    actual, probabilities = answers.actual[known], answers.probabilities[known]
    if not len(actual) or probabilities.shape[1] < 2:
        return None
    if probabilities.shape[1] == 2:
        stated, hit = probabilities[:, 1], actual == 1
        x_label, y_label = f"stated probability of {source.class_label(1)}", "share that came true"
    else:
        stated, hit = probabilities.max(axis=1), actual == probabilities.argmax(axis=1)
        x_label, y_label = "stated probability of the predicted class", "share that is right"
    places = np.clip((stated * BINS).astype(np.int64), 0, BINS - 1)
    rows = np.bincount(places, minlength=BINS).astype(np.float64)
    full = rows > 0
    mean = np.bincount(places, stated, minlength=BINS)[full] / rows[full]
    share = np.bincount(places, hit, minlength=BINS)[full] / rows[full]
    low, high = _wilson(share, rows[full])

    figure = new_figure(7.2, 5.4)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    upper.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (4, 4)), label="honest probabilities")
    spread = np.maximum(np.stack([share - low, high - share]), 0)
    upper.errorbar(
        mean, share, yerr=spread, color=BLUE, marker="o", markersize=6, linewidth=1.6, elinewidth=1.2, capsize=3,
        label="test rows (95% interval)",
    )  # fmt: skip
    lower.bar((np.arange(BINS) + 0.5) / BINS, rows, width=0.9 / BINS, color=BLUE, alpha=0.55)
    gap = float((rows[full] * np.abs(mean - share)).sum() / rows.sum())
    title = f"Calibration: probabilities are off by {100 * gap:.1f} points on average"
    upper.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel=y_label)
    lower.set(xlabel=x_label, ylabel="rows")
    percent_axis(upper, "y")
    percent_axis(lower, "x")
    count_axis(lower, "y")
    lower.locator_params(axis="y", nbins=3)
    upper.legend(loc="upper left")
    figure.align_ylabels()
    caption = (
        "Points below the dashed line: the model is surer than it should be; above it: it could be surer. "
        "The bars count the test rows behind each point."
    )
    return finished(source, figure, "calibration", title, caption)


def _wilson(share: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """95% interval of a share of so many rows. Source: Wilson (1927)."""
    centre = (share + _Z**2 / (2 * rows)) / (1 + _Z**2 / rows)
    half = _Z / (1 + _Z**2 / rows) * np.sqrt(share * (1 - share) / rows + _Z**2 / (4 * rows**2))
    return centre - half, centre + half
