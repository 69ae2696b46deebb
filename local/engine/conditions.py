"""Conditions of a Condition step: comparisons, In, Not, Or, nested.

Place in the flow: `definition` validates their form, the engine evaluates them with expressions already resolved on
demand. Pure. One cost: values of different kinds are refused rather than compared, so a definition that relies on
implicit conversion fails with a reason.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping

from local.engine.expressions import ExpressionError, Scope, evaluate

_ORDERED: Mapping[str, Callable[[object, object], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_MEMBERS = {
    **dict.fromkeys(("Equals", *_ORDERED), ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "Or": ("Conditions",),
    "And": ("Conditions",),
    "Not": (),
}


def problems(condition: object) -> Iterator[str]:
    """What is wrong with a condition's form."""
    kind = condition.get("Type") if isinstance(condition, Mapping) else None
    if not isinstance(condition, Mapping) or not isinstance(kind, str) or kind not in _MEMBERS:
        yield f"a condition's Type must be one of {', '.join(_MEMBERS)}, got {kind!r}"
        return
    for member in _MEMBERS[kind]:
        if member not in condition:
            yield f"condition {kind} lacks {member}"
    for member in ("Values", "Conditions"):
        if member in _MEMBERS[kind] and not isinstance(condition.get(member), list):
            yield f"condition {kind}: {member} must be a list"
            return
    if kind == "Not":
        if _negated(condition) is None:
            yield "condition Not lacks Condition"
        else:
            yield from problems(_negated(condition))
    for nested in condition["Conditions"] if kind in ("Or", "And") else ():
        yield from problems(nested)


def holds(condition: Mapping[str, object], scope: Scope) -> bool:
    """Whether a well-formed condition holds.

    Raises:
        ExpressionError: a value is missing, or values cannot be compared.
    """
    kind = str(condition["Type"])
    if kind == "Not":
        negated = _negated(condition)
        assert isinstance(negated, Mapping)  # noqa: S101 - `problems` ran when the definition was read
        return not holds(negated, scope)
    if kind in ("Or", "And"):
        nested = condition["Conditions"]
        assert isinstance(nested, list)  # noqa: S101 - as above
        return (any if kind == "Or" else all)(holds(item, scope) for item in nested)
    if kind == "In":
        query = evaluate(condition["QueryValue"], scope)
        values = condition["Values"]
        assert isinstance(values, list)  # noqa: S101 - as above
        return any(_equal(query, evaluate(value, scope)) for value in values)
    left, right = evaluate(condition["LeftValue"], scope), evaluate(condition["RightValue"], scope)
    if kind == "Equals":
        return _equal(left, right)
    if not (_kind(left) == _kind(right) and _kind(left) in ("number", "string")):
        raise ExpressionError(f"{kind} cannot compare {_shown(left)} with {_shown(right)}")
    return _ORDERED[kind](left, right)


def _negated(condition: Mapping[str, object]) -> object:
    # The SDK writes Condition, the published schema says Expression.
    return condition.get("Condition", condition.get("Expression"))


def _equal(left: object, right: object) -> bool:
    if left is None or right is None:
        return left is right
    if _kind(left) != _kind(right):
        raise ExpressionError(f"cannot compare {_shown(left)} with {_shown(right)} for equality")
    return left == right


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else type(value).__name__


def _shown(value: object) -> str:
    return f"the {_kind(value)} {str(value)[:80]!r}"
