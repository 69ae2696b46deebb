"""Preflight of conditions: known types, each with the operands it needs.

Place in the flow: called for every Condition step. One cost: whether operands can be compared shows at run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.definition_steps import is_variable
from pipelines.preflight_findings import Collector, hint, shown

COMPARISONS = ("Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")
ALL = (*COMPARISONS, "In", "Not", "Or")


def check_conditions(step: str, conditions: Any, into: Collector, *, field: str = "Arguments.Conditions") -> None:
    """All of a list of conditions."""
    if not isinstance(conditions, list) or not conditions:
        into.add(step, field, "must list at least one condition")
        return
    for index, condition in enumerate(conditions):
        _check(step, condition, f"{field}[{index}]", into)


def _check(step: str, condition: Any, field: str, into: Collector) -> None:
    kind = condition.get("Type") if isinstance(condition, Mapping) else None
    if kind in COMPARISONS:
        _operand(step, condition.get("LeftValue"), f"{field}.LeftValue", into)
        _operand(step, condition.get("RightValue"), f"{field}.RightValue", into)
    elif kind == "In":
        _operand(step, condition.get("QueryValue"), f"{field}.QueryValue", into)
        values = condition.get("Values")
        if not isinstance(values, list) or not values:
            into.add(step, f"{field}.Values", "must list at least one value")
            return
        for index, value in enumerate(values):
            _operand(step, value, f"{field}.Values[{index}]", into)
    elif kind == "Not":
        _check(step, condition.get("Expression"), f"{field}.Expression", into)
    elif kind == "Or":
        check_conditions(step, condition.get("Conditions"), into, field=f"{field}.Conditions")
    else:
        into.add(step, f"{field}.Type", f"cannot be '{shown(kind)}'{hint(str(kind), ALL)}")


def _operand(step: str, value: Any, field: str, into: Collector) -> None:
    if not is_variable(value) and not isinstance(value, (str, int, float, bool)):
        into.add(step, field, f"must be a value or a variable, got '{shown(value)}'")
