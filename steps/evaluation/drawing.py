"""Small SVG drawings for the HTML report: a ROC curve, predictions against true values.

Used by EvaluateModel. Plain text, no plotting library in the container.
Cost: at most MAX_POINTS points are drawn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from steps.evaluation.scoring import Curves

Floats = NDArray[np.float64]
SIDE, EDGE = 300, 44
MAX_POINTS = 600


def roc_drawing(curves: Curves) -> str:
    """The ROC curve above the diagonal of chance."""
    path = " ".join(
        f"{_x(x):.1f},{_y(y):.1f}" for x, y in zip(curves.false_positive_rate, curves.true_positive_rate, strict=True)
    )
    area = f"{_x(0):.1f},{_y(0):.1f} {path} {_x(1):.1f},{_y(0):.1f}"
    body = f'<polygon class="area" points="{area}"/>{_diagonal()}<polyline class="line" points="{path}"/>'
    return _framed(body, "false positive rate", "true positive rate", ("0", "1"), ("0", "1"), "ROC curve")


def predicted_against_actual(actual: Floats, predicted: Floats) -> str:
    """One dot per test row; a perfect model puts all on the diagonal."""
    step = max(1, -(-len(actual) // MAX_POINTS))
    x, y = actual[::step], predicted[::step]
    low = float(min(x.min(), y.min()))
    span = float(max(x.max(), y.max())) - low or 1.0
    dots = "".join(
        f'<circle cx="{_x((a - low) / span):.1f}" cy="{_y((b - low) / span):.1f}" r="2.5"/>'
        for a, b in zip(x, y, strict=True)
    )
    ends = (f"{low:.4g}", f"{low + span:.4g}")
    return _framed(
        f'{_diagonal()}<g class="dots">{dots}</g>', "true value", "predicted value", ends, ends, "Predictions"
    )


def _framed(body: str, x_label: str, y_label: str, x_ends: tuple[str, str], y_ends: tuple[str, str], title: str) -> str:
    size = SIDE + 2 * EDGE
    middle, bottom = EDGE + SIDE / 2, EDGE + SIDE
    return (
        f'<svg viewBox="0 0 {size} {size}" width="{size}" role="img" aria-label="{title}">'
        f'<rect class="frame" x="{EDGE}" y="{EDGE}" width="{SIDE}" height="{SIDE}"/>{body}'
        f'<text x="{middle}" y="{size - 8}" text-anchor="middle">{x_label}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{y_label}</text>'
        f'<text x="{EDGE}" y="{bottom + 18}">{x_ends[0]}</text>'
        f'<text x="{bottom}" y="{bottom + 18}" text-anchor="end">{x_ends[1]}</text>'
        f'<text x="{EDGE - 4}" y="{bottom}" text-anchor="end">{y_ends[0]}</text>'
        f'<text x="{EDGE - 4}" y="{EDGE + 10}" text-anchor="end">{y_ends[1]}</text></svg>'
    )


def _diagonal() -> str:
    return f'<line class="chance" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'


def _x(fraction: float) -> float:
    return EDGE + SIDE * float(fraction)


def _y(fraction: float) -> float:
    return EDGE + SIDE * (1 - float(fraction))
