"""Retry policies: which failures are tried again, when, and how often.

Place in the flow: an executor classifies its failure, the engine asks here whether to wait and try again. Pure.
One cost: only what the service calls its own fault is retried (throttling, faults, capacity); a script that exits
with an error is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SERVICE_FAULT = "Step.SERVICE_FAULT"
THROTTLING = "Step.THROTTLING"
INTERNAL_ERROR = "SageMaker.JOB_INTERNAL_ERROR"
CAPACITY_ERROR = "SageMaker.CAPACITY_ERROR"
RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"
EXCEPTION_TYPES = (SERVICE_FAULT, THROTTLING, INTERNAL_ERROR, CAPACITY_ERROR, RESOURCE_LIMIT)
MAX_ATTEMPTS = 20
MAX_INTERVAL_SECONDS = 14400 * 60.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """One policy; of `max_attempts` and `expire_after_minutes` one is set."""

    exceptions: tuple[str, ...]
    interval_seconds: float = 1.0
    backoff_rate: float = 2.0
    max_attempts: int | None = None
    expire_after_minutes: float | None = None


# The service retries its own faults even where a step names no policy.
DEFAULT_POLICIES = (RetryPolicy((SERVICE_FAULT, THROTTLING), max_attempts=2),)


def parse_policy(raw: object) -> RetryPolicy:
    """A policy as a definition writes it.

    Raises:
        ValueError: naming the member that is wrong.
    """
    if not isinstance(raw, Mapping):
        raise ValueError("a retry policy must be an object")
    kinds = raw.get("ExceptionType")
    if not isinstance(kinds, list) or not kinds or any(kind not in EXCEPTION_TYPES for kind in kinds):
        raise ValueError(f"ExceptionType must list some of {', '.join(EXCEPTION_TYPES)}, got {kinds!r}")
    attempts, minutes = raw.get("MaxAttempts"), raw.get("ExpireAfterMin")
    if attempts is not None and not (_number(attempts) and 1 <= attempts <= MAX_ATTEMPTS):
        raise ValueError(f"MaxAttempts must be in [1, {MAX_ATTEMPTS}], got {attempts!r}")
    if minutes is not None and not (_number(minutes) and 0 <= minutes <= 14400):
        raise ValueError(f"ExpireAfterMin must be in [0, 14400], got {minutes!r}")
    interval, rate = raw.get("IntervalSeconds", 1), raw.get("BackoffRate", 2.0)
    for member, value in (("IntervalSeconds", interval), ("BackoffRate", rate)):
        if not (_number(value) and 0 <= value < 1e6):
            raise ValueError(f"{member} must be a number that is not negative, got {value!r}")
    return RetryPolicy(tuple(kinds), float(interval), float(rate), attempts, minutes)


def seconds_until_next(
    policies: Sequence[RetryPolicy], kind: str | None, *, attempt: int, first_failure: float, now: float
) -> float | None:
    """Seconds to wait before the next attempt, or None where the failure is final.

    Args:
        kind: the failure's exception type; None for one that is never retried.
        attempt: attempts made so far, counting from 1.
        first_failure: when the first of them failed, in the same clock as `now`.
    """
    policy = next((p for p in (*policies, *DEFAULT_POLICIES) if kind in p.exceptions), None)
    if policy is None or (policy.max_attempts is not None and attempt > policy.max_attempts):
        return None
    wait = policy.interval_seconds * policy.backoff_rate ** (attempt - 1)
    if policy.expire_after_minutes is not None and now + wait > first_failure + policy.expire_after_minutes * 60:
        return None
    return min(wait, MAX_INTERVAL_SECONDS)


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
