"""Preflight of retry policies.

Place in the flow: called for every step that carries some. One cost: the list of exceptions is the SDK's, repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.preflight_findings import Collector, hint, shown

EXCEPTIONS = (
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
)
MAX_ATTEMPTS = 20
MAX_EXPIRE_MINUTES = 14_400


def check_retry_policies(step: str, policies: Any, into: Collector) -> None:
    """Exception types, pauses, and exactly one end: a number of attempts or a time."""
    if not isinstance(policies, list):
        into.add(step, "RetryPolicies", "must be a list")
        return
    for index, policy in enumerate(policies):
        field = f"RetryPolicies[{index}]"
        if not isinstance(policy, Mapping):
            into.add(step, field, f"must be an object, got '{shown(policy)}'")
            continue
        _check_policy(step, field, policy, into)


def _check_policy(step: str, field: str, policy: Mapping[str, Any], into: Collector) -> None:
    types = policy.get("ExceptionType")
    if not isinstance(types, list) or not types:
        into.add(step, f"{field}.ExceptionType", "must list at least one exception")
    else:
        for name in types:
            if name not in EXCEPTIONS:
                into.add(step, f"{field}.ExceptionType", f"cannot be '{shown(name)}'{hint(str(name), EXCEPTIONS)}")
    rate, pause = policy.get("BackoffRate", 2.0), policy.get("IntervalSeconds", 1)
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or rate < 0:
        into.add(step, f"{field}.BackoffRate", f"must be a number of 0 or more, got '{shown(rate)}'")
    if isinstance(pause, bool) or not isinstance(pause, int) or pause < 0:
        into.add(step, f"{field}.IntervalSeconds", f"must be an integer of 0 or more, got '{shown(pause)}'")
    if ("MaxAttempts" in policy) == ("ExpireAfterMin" in policy):
        into.add(step, field, "must have either MaxAttempts or ExpireAfterMin")
    for key, most in (("MaxAttempts", MAX_ATTEMPTS), ("ExpireAfterMin", MAX_EXPIRE_MINUTES)):
        value = policy.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            into.add(step, f"{field}.{key}", f"must be an integer from 1 to {most}, got '{shown(value)}'")
