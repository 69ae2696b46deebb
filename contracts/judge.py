"""The Judge: pure rules that say whether a score passes, and what happens where it does not.

Place in the flow: EvaluateModel writes the margin; the pipeline's Condition steps JudgeResults and CheckRetryLimit
apply the same rules on the service. One cost: the rule exists in two notations, so a test compares them.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Literal

from contracts.errors import ConfigError
from contracts.metric_plugins import find_metric, metric_names


@dataclass(frozen=True, slots=True)
class Decision:
    """What the judge decided and which branch comes next."""

    decision: Literal["pass", "fail"]
    next_action: Literal["register", "wait_for_operator", "rollback"]
    margin: float


def margin(metric: str, value: float, threshold: float) -> float:
    """Distance by which `value` passes: >= 0 passes, whatever the metric's direction; same unit as the metric.

    Raises:
        ConfigError: unknown metric, or a value or threshold that is not a finite number.
    """
    row = find_metric(metric)
    if row is None:
        raise ConfigError(f"evaluation_metric must be one of {', '.join(metric_names())}, got '{metric}'.")
    if not (math.isfinite(value) and math.isfinite(threshold)):
        raise ConfigError(
            f"{metric} cannot be judged: value {value} against threshold {threshold}; both must be finite."
        )
    distance = value - threshold if row.direction == "maximize" else threshold - value
    return max(-sys.float_info.max, min(sys.float_info.max, distance))  # JSON has no infinity


def decide(*, margin: float, current_retry: int, max_retry: int) -> Decision:
    """The branch the pipeline takes for a margin and the retries used so far."""
    if margin >= 0:
        return Decision("pass", "register", margin)
    if current_retry < max_retry:
        return Decision("fail", "wait_for_operator", margin)
    return Decision("fail", "rollback", margin)
