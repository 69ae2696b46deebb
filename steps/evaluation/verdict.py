"""Says in one sentence whether one model is better than another.

Used for the champion and for the dummy. Cost: none.
"""

from __future__ import annotations

import math

from steps.evaluation.evaluation import Measured
from steps.evaluation.scoring import NOISE, outcome

_OPENINGS = {
    "better": "Better than {other}",
    "worse": "Worse than {other}",
    "same": "No difference from {other} beyond the noise",
    "unknown": "Whether it differs from {other} cannot be told from so few rows",
}


def sentence(other: str, metric: str, values: tuple[float, float], difference: Measured) -> str:
    """Such as "Better than penguins@3: accuracy is 0.957 against 0.913 (better by 0.043 ± 0.012)."

    Args:
        values: the new model's and the other's.
        difference: signed so that > 0 is better.
    """
    opening = _OPENINGS[outcome(difference)].format(other=other)
    text = f"{opening}: {metric} is {_shown(values[0], 4)} against {_shown(values[1], 4)}"
    if difference.value == 0:
        return f"{text}."
    word = "better" if difference.value > 0 else "worse"
    spread = f" ± {_shown(difference.deviation, 2)}" if math.isfinite(difference.deviation) else ""
    why = f"; below {NOISE:g} standard deviations" if outcome(difference) == "same" else ""
    return f"{text} ({word} by {_shown(abs(difference.value), 3)}{spread}{why})."


def _shown(value: float, digits: int) -> str:
    """Significant digits; whole numbers from a thousand on, without an exponent."""
    return f"{value:,.0f}" if 1_000 <= abs(value) < 1e15 else f"{value:.{digits}g}"
