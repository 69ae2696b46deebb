"""Retry policies: whether a failed attempt is tried again, and when.

Place in the flow: the step runner asks after each failure. Pure. One cost: intervals are those of the definition, so
a policy written for the cloud waits here too.

Source: "Retry Policy for Pipeline Steps", Amazon SageMaker developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DEFAULT_INTERVAL, DEFAULT_BACKOFF, DEFAULT_ATTEMPTS = 1.0, 2.0, 5


def next_delay(
    policies: Sequence[Mapping[str, Any]], exception_type: str, *, attempt: int, elapsed: float
) -> float | None:
    """Seconds until the next attempt, or None where no policy asks for one.

    Args:
        attempt: attempts made so far, from 1.
        elapsed: seconds since the step began.
    """
    for policy in policies:
        if exception_type not in policy.get("ExceptionType", []):
            continue
        interval = float(policy.get("IntervalSeconds", DEFAULT_INTERVAL))
        try:
            delay = interval * float(policy.get("BackoffRate", DEFAULT_BACKOFF)) ** (attempt - 1)
        except OverflowError:
            return None
        if "ExpireAfterMin" in policy:
            return delay if elapsed + delay <= 60 * float(policy["ExpireAfterMin"]) else None
        return delay if attempt < int(policy.get("MaxAttempts", DEFAULT_ATTEMPTS)) else None
    return None
