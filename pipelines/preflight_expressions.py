"""Preflight of functions in arguments: Std:Join and Std:JsonGet must be written as the service reads them.

Place in the flow: called for every step after its references. One cost: functions that the service may add later are
refused until they are listed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.definition_steps import is_variable
from pipelines.preflight_findings import Collector, hint, shown

FUNCTIONS = ("Std:Join", "Std:JsonGet")


def check_expressions(step: str, value: Any, into: Collector, *, field: str = "Arguments") -> None:
    """Check every function in a step's arguments."""
    for where, name, body in _functions(value, field):
        if name not in FUNCTIONS:
            into.add(step, where, f"uses '{shown(name)}', which is no function of the service{hint(name, FUNCTIONS)}")
        elif not isinstance(body, Mapping):
            into.add(step, where, f"{name} must be an object, got '{shown(body)}'")
        elif name == "Std:Join":
            _check_join(step, where, body, into)
        else:
            _check_json_get(step, where, body, into)


def _functions(value: Any, field: str) -> Iterator[tuple[str, str, Any]]:
    if isinstance(value, Mapping):
        name = str(next(iter(value), ""))
        if is_variable(value) and name != "Get":
            yield field, name, value[name]
        for key, item in value.items():
            yield from _functions(item, f"{field}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _functions(item, f"{field}[{index}]")


def _check_join(step: str, field: str, body: Mapping[str, Any], into: Collector) -> None:
    if not isinstance(body.get("On", ""), str):
        into.add(step, field, "Std:Join must have a string in On")
    values = body.get("Values")
    if not isinstance(values, list):
        into.add(step, field, "Std:Join must have a list in Values")
        return
    for value in values:
        if not is_variable(value) and not isinstance(value, (str, int, float, bool)):
            into.add(step, field, f"Std:Join joins values and variables only, got '{shown(value)}'")


def _check_json_get(step: str, field: str, body: Mapping[str, Any], into: Collector) -> None:
    path = body.get("Path")
    if not is_variable(path) and not (isinstance(path, str) and path):
        into.add(step, field, "Std:JsonGet must have a path in Path")
    if ("PropertyFile" in body) == ("S3Uri" in body):
        into.add(step, field, "Std:JsonGet must read either a PropertyFile or an S3Uri")
