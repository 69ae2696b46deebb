"""Condition steps: the conditions of a list must all hold.

Place in the flow: pure; the executor resolves variables first. One cost: none.

Source: SageMaker pipeline definition schema, condition types.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from local.execution.ports import StepError

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def evaluate(condition: Mapping[str, Any]) -> bool:
    """Whether a resolved condition holds.

    Raises:
        StepError: unknown type, or values that cannot be compared.
    """
    kind = condition.get("Type")
    if kind == "Equals":
        return _equal(condition.get("LeftValue"), condition.get("RightValue"))
    if kind in _COMPARISONS:
        left, right = condition.get("LeftValue"), condition.get("RightValue")
        if not (_is_number(left) and _is_number(right)) and not (isinstance(left, str) and isinstance(right, str)):
            raise StepError(f"{kind} cannot compare {left!r} with {right!r}")
        return _COMPARISONS[str(kind)](left, right)
    if kind == "In":
        return any(_equal(condition.get("QueryValue"), value) for value in condition.get("Values", []))
    if kind == "Not":
        return not evaluate(condition.get("Expression") or condition.get("Condition") or {})
    if kind == "Or":
        return any(evaluate(member) for member in condition.get("Conditions", []))
    if kind == "And":
        return all(evaluate(member) for member in condition.get("Conditions", []))
    raise StepError(f"condition type {str(kind)[:40]!r} is not known")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    """Numbers compare as numbers, everything else only with its own type."""
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)
