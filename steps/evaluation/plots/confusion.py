"""Confusion matrix: which classes are taken for which.

Drawn for classifications. Cost: beyond MAX_CLASSES classes those with the fewest mistakes are pooled into one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from steps.evaluation.plots.plot import Plot, Source
from steps.evaluation.plots.style import INK, finished, new_figure, shades

MAX_CLASSES = 20
ROOMY = 10
"""Up to so many classes a cell has room for the count and the share of its row."""

Counts = NDArray[np.float64]


def confusion_plot(source: Source) -> Plot | None:
    """Counts and shares of each row; shade follows the share."""
    if source.evaluation.confusion is None or source.evaluation.classes is None:
        return None
    counts = np.asarray(source.evaluation.confusion, dtype=np.float64)
    names = [source.lettering.show(name, 18) for name in source.evaluation.classes]
    total, wrong = int(counts.sum()), int(counts.sum() - np.trace(counts))
    counts, names, pooled = _pooled(counts, names)
    figure = _matrix(counts, names)
    mistakes = "no test row is" if not wrong else f"{wrong:,} of {total:,} test rows {'is' if wrong == 1 else 'are'}"
    title = f"Confusion matrix: {mistakes} wrong"
    caption = (
        "Rows are true classes, columns predicted ones; the shade is the share of the row, so the diagonal is recall."
    )
    if pooled:
        caption += f" The {MAX_CLASSES - 1} classes with the most mistakes are shown, {pooled} others are pooled."
    return finished(source, figure, "confusion_matrix", title, caption)


def _matrix(counts: Counts, names: list[str]) -> Any:
    size = len(names)
    side = float(np.clip(2.2 + 0.62 * size, 4.6, 10.5 if size > ROOMY else 8.5))
    figure = new_figure(max(side + 1.2, 6.4), side * (0.92 if size > 3 else 0.85))
    axes = figure.add_subplot()
    support = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, support, out=np.zeros_like(counts), where=support > 0)
    axes.imshow(shares, cmap=shades(), vmin=0, vmax=1, aspect="auto")
    axes.grid(False)
    axes.set_xticks(range(size), names, rotation=0 if _fits(names) else 40, ha="center" if _fits(names) else "right")
    axes.set_yticks(range(size), names)
    axes.set_xticks(np.arange(size + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(size + 1) - 0.5, minor=True)
    axes.grid(True, which="minor", color="#E6E9EF", linewidth=1)
    axes.tick_params(which="both", length=0)
    axes.tick_params(which="major", labelcolor=INK)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            _write(axes, row, column, int(count), float(shares[row, column]), size)
    return figure


def _write(axes: Any, row: int, column: int, count: int, share: float, size: int) -> None:
    text = f"{count:,}\n{share:.0%}" if size <= ROOMY else f"{count:,}"
    axes.text(
        column,
        row,
        text,
        ha="center",
        va="center",
        fontsize=10.5 if size <= 6 else 9 if size <= ROOMY else 7.5,
        color="white" if share > 0.55 else INK,
        fontweight="bold" if row == column else "normal",
    )


def _fits(names: list[str]) -> bool:
    return len(names) * max(map(len, names)) <= 60


def _pooled(counts: Counts, names: list[str]) -> tuple[Counts, list[str], int]:
    """At most MAX_CLASSES rows and columns; the last one then stands for all others."""
    if len(names) <= MAX_CLASSES:
        return counts, names, 0
    mistakes = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diagonal(counts)
    shown = np.sort(np.argsort(-mistakes, kind="stable")[: MAX_CLASSES - 1])
    group = np.full(len(names), len(shown))
    group[shown] = np.arange(len(shown))
    summed = np.zeros((MAX_CLASSES, MAX_CLASSES))
    np.add.at(summed, (group[:, None], group[None, :]), counts)
    rest = len(names) - len(shown)
    return summed, [*(names[index] for index in shown), f"{rest} others"], rest
