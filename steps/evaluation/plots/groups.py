"""Rows in the plane, coloured by group: shared by cluster maps and projections.

Groups differ by colour and marker and carry their name at their middle, so the picture is read without colours too.
Cost: beyond MAX_POINTS an even selection of rows is drawn, beyond MAX_GROUPS groups the smallest are drawn alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steps.evaluation.plots.plot import Source
from steps.evaluation.plots.style import BLUE, INK, NOISE, colour, marker

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
MAX_POINTS = 4_000
MAX_GROUPS = 20
PANEL = 330.0
"""Side of a panel in points, near enough to keep names apart."""
NO_GROUP = -1
"""Cluster id of noise."""


def points_of(source: Source) -> tuple[Floats, Indices] | None:
    """(k, d) finite coordinates and the positions of their rows in the test part."""
    answers = source.evaluation.predictions
    if answers.coordinates is None or not answers.coordinates.size:
        return None
    coordinates = np.asarray(answers.coordinates, dtype=np.float64)
    coordinates = coordinates[:, None] if coordinates.ndim == 1 else coordinates
    rows = np.arange(len(coordinates)) if answers.sample is None else np.asarray(answers.sample)
    kept = np.flatnonzero(np.isfinite(coordinates).all(axis=1))
    kept = kept[np.unique(np.linspace(0, len(kept) - 1, min(len(kept), MAX_POINTS)).round().astype(np.int64))]
    return (coordinates[kept], rows[kept]) if len(kept) else None


def how_many(source: Source, rows: Indices) -> str:
    """Such as "4,000 of 10,000 test rows"."""
    coordinates = source.evaluation.predictions.coordinates
    total = len(rows) if coordinates is None else len(coordinates)
    return f"{len(rows):,} of {total:,} test rows" if len(rows) < total else f"{total:,} test rows"


def reference_of(source: Source, rows: Indices) -> tuple[Indices, Callable[[int], str]] | None:
    """Reference labels of rows and how they are called, or None where the data has none."""
    actual = source.evaluation.predictions.actual
    if actual is None or len(actual) <= int(rows.max()):
        return None
    labels = np.asarray(actual)[rows]
    if not np.issubdtype(labels.dtype, np.integer):
        known, labels = np.unique(labels.astype(str), return_inverse=True)
        return labels.astype(np.int64), lambda label: source.lettering.show(known[label], 16)
    reference = source.metadata.get("reference")
    stated = reference.get("classes") if isinstance(reference, Mapping) else None
    names = stated or source.evaluation.classes or ()

    def name(label: int) -> str:
        return source.lettering.show(names[label] if 0 <= label < len(names) else label, 16)

    return labels.astype(np.int64), name


def draw_groups(axes: Any, points: Floats, labels: Indices, name: Callable[[int], str]) -> None:
    """Scatter of (k, 2) points; NO_GROUP in grey behind the others."""
    groups, sizes = np.unique(labels, return_counts=True)
    largest = groups[np.argsort(-np.where(groups == NO_GROUP, 0, sizes), kind="stable")][:MAX_GROUPS]
    size = _dot_size(len(points))
    rest = ~np.isin(labels, largest[largest != NO_GROUP])
    if rest.any():
        axes.scatter(*points[rest].T, s=size * 0.7, marker="x", color=NOISE, alpha=0.7, linewidths=0.8, label="noise")
    for group in sorted(int(item) for item in largest if item != NO_GROUP):
        chosen = points[labels == group]
        axes.scatter(*chosen.T, s=size, marker=marker(group), color=colour(group), alpha=0.65, linewidths=0)
    taken: list[tuple[float, float, float]] = []
    for group in sorted(int(item) for item in largest if item != NO_GROUP):
        _write_at_middle(axes, points, points[labels == group], (name(group), colour(group)), taken)


def draw_plain(axes: Any, points: Floats) -> None:
    """Scatter of (k, 2) points without groups."""
    strength = float(np.clip(20 / np.sqrt(len(points)), 0.25, 0.8))
    axes.scatter(*points.T, s=_dot_size(len(points)), color=BLUE, alpha=strength, linewidths=0)


def plane(points: Floats) -> Floats:
    """(k, 2): the first two coordinates; the only one above an even spread, where there is one."""
    if points.shape[1] >= 2:
        return points[:, :2]
    spread = np.random.default_rng(0).uniform(-1, 1, len(points))
    return np.column_stack([points[:, 0], spread])


def label_second(axes: Any, points: Floats, name: str) -> None:
    """The vertical axis of ``plane``: the second coordinate, or a mere spread where there is none."""
    if points.shape[1] >= 2:
        axes.set_ylabel(name)
    else:
        axes.set_ylabel("(spread out to be seen)")
        axes.set_yticks([])


def in_proportion(axes: Any, points: Floats) -> None:
    """The same length for the same distance on both axes, unless one is much longer than the other."""
    spread = np.ptp(points, axis=0)
    if 0 < spread.max() <= 3 * spread.min():
        axes.set_aspect("equal")


def _dot_size(count: int) -> float:
    return float(np.clip(480 / np.sqrt(count), 8, 36))


def _write_at_middle(
    axes: Any, everything: Floats, points: Floats, label: tuple[str, str], taken: list[tuple[float, float, float]]
) -> None:
    """The name at the point nearest to the group's median, so that it lies inside a ring, too.

    Moved up or down where another name is there already: ``taken`` holds the middles and half widths so far, on a
    panel that is taken to be PANEL points wide and high.
    """
    text, shade = label
    low, span = everything.min(axis=0), np.ptp(everything, axis=0)
    scale = np.where(span > 0, span, 1.0)
    middle = np.median(points, axis=0)
    nearest = points[(((points - middle) / scale) ** 2).sum(axis=1).argmin()]
    x, y = (nearest - low) / scale * PANEL
    half = 4.0 + 3.2 * len(text)
    for shift in (0.0, 16.0, -16.0, 32.0, -32.0, 48.0, -48.0):
        if all(abs(x - other) > half + width or abs(y + shift - height) > 15 for other, height, width in taken):
            break
    else:
        shift = 0.0
    taken.append((float(x), float(y + shift), half))
    axes.annotate(
        text,
        nearest,
        xytext=(0, shift),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=9.5,
        fontweight="bold",
        color=INK,
        bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "alpha": 0.82, "edgecolor": shade, "linewidth": 1.2},
    )
