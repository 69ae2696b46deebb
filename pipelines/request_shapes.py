"""Checks a step's arguments against the request shape that botocore has for that API.

Place in the flow: preflight's strongest check: members, types, enumerations, patterns and limits are the service's own.
Variables may stand wherever a single value may; what they hold is known only at run time, but the declared type of a
parameter is checked. One cost: loading the service model takes about 0.2 s, once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.loaders

from pipelines.definition_steps import is_variable
from pipelines.preflight_findings import Collector, hint, shown

REQUEST_SHAPES: Mapping[str, str] = {
    "Processing": "CreateProcessingJobRequest",
    "Training": "CreateTrainingJobRequest",
    "RegisterModel": "CreateModelPackageInput",
}
FILLED_BY_THE_PIPELINE = frozenset({"ProcessingJobName", "TrainingJobName"})
_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}
_MAX_PATTERN_INPUT = 4096


@cache
def _shapes() -> Mapping[str, Any]:
    model = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")
    shapes: Mapping[str, Any] = model["shapes"]
    return shapes


def check_request(kind: str, arguments: Any, *, step: str, parameter_types: Mapping[str, str], into: Collector) -> None:
    """Check the arguments of one Processing, Training or RegisterModel step."""
    _Check(step, parameter_types, into).shape(REQUEST_SHAPES[kind], arguments, "Arguments")


class _Check:
    def __init__(self, step: str, parameter_types: Mapping[str, str], into: Collector) -> None:
        self._step = step
        self._parameter_types = parameter_types
        self._into = into

    def shape(self, name: str, value: Any, field: str) -> None:
        if self._into.full:
            return
        shape = _shapes()[name]
        kind = shape["type"]
        if kind == "structure":
            self._structure(shape, value, field)
        elif kind == "list":
            self._list(shape, value, field)
        elif kind == "map":
            self._map(shape, value, field)
        elif is_variable(value):
            self._variable(kind, value, field)
        elif kind == "string":
            self._string(shape, value, field)
        elif kind == "boolean":
            if not isinstance(value, bool):
                self._problem(field, f"must be true or false, got '{shown(value)}'")
        elif kind in _NUMBERS:
            self._number(shape, kind, value, field)

    def _problem(self, field: str, problem: str) -> None:
        self._into.add(self._step, field, problem)

    def _structure(self, shape: Mapping[str, Any], value: Any, field: str) -> None:
        if not isinstance(value, Mapping) or is_variable(value):
            self._problem(field, f"must be an object, got '{shown(value)}'")
            return
        members = shape["members"]
        for key, item in value.items():
            if key not in members:
                self._problem(f"{field}.{key}", f"is unknown to the service{hint(key, members)}")
            else:
                self.shape(members[key]["shape"], item, f"{field}.{key}")
        for key in shape.get("required", ()):
            if key not in value and key not in FILLED_BY_THE_PIPELINE:
                self._problem(f"{field}.{key}", "is required and missing")

    def _list(self, shape: Mapping[str, Any], value: Any, field: str) -> None:
        if not isinstance(value, list):
            self._problem(field, f"must be a list, got '{shown(value)}'")
            return
        self._size(shape, len(value), field, "entries")
        for index, item in enumerate(value):
            self.shape(shape["member"]["shape"], item, f"{field}[{index}]")

    def _map(self, shape: Mapping[str, Any], value: Any, field: str) -> None:
        if not isinstance(value, Mapping) or is_variable(value):
            self._problem(field, f"must be an object, got '{shown(value)}'")
            return
        self._size(shape, len(value), field, "entries")
        for key, item in value.items():
            self._string(_shapes()[shape["key"]["shape"]], key, f"{field} key '{shown(key)}'")
            self.shape(shape["value"]["shape"], item, f"{field}.{key}")

    def _string(self, shape: Mapping[str, Any], value: Any, field: str) -> None:
        if not isinstance(value, str):
            self._problem(field, f"must be a string, got '{shown(value)}'")
            return
        if not self._size(shape, len(value), field, "characters"):
            return
        allowed = shape.get("enum")
        if allowed and value not in allowed:
            guess = hint(value, allowed)
            choice = guess or (f"; expected one of {', '.join(allowed)}" if len(allowed) <= 12 else "")
            self._problem(field, f"cannot be '{shown(value)}'{choice}")
        pattern = _compiled(shape.get("pattern", ""))
        if pattern and len(value) <= _MAX_PATTERN_INPUT and not pattern.fullmatch(value):
            self._problem(field, f"is '{shown(value)}', which does not match {shown(pattern.pattern)}")

    def _number(self, shape: Mapping[str, Any], kind: str, value: Any, field: str) -> None:
        wanted = (int,) if _NUMBERS[kind] is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted):
            self._problem(field, f"must be {'an integer' if wanted == (int,) else 'a number'}, got '{shown(value)}'")
            return
        low, high = shape.get("min"), shape.get("max")
        if low is not None and value < low:
            self._problem(field, f"is {shown(value)}; the least is {low}")
        if high is not None and value > high:
            self._problem(field, f"is {shown(value)}; the most is {high}")

    def _variable(self, kind: str, value: Mapping[str, Any], field: str) -> None:
        expression = value.get("Get")
        if not isinstance(expression, str) or not expression.startswith("Parameters."):
            return
        declared = self._parameter_types.get(expression.removeprefix("Parameters."))
        fitting = {"string": ("String",), "boolean": ("Boolean",)}.get(kind, ("Integer", "Float"))
        if declared is not None and declared not in fitting:
            remedy = "; join it into a string" if kind == "string" else ""
            self._problem(field, f"takes a {kind}, but {shown(expression)} is declared as {shown(declared)}{remedy}")

    def _size(self, shape: Mapping[str, Any], size: int, field: str, unit: str) -> bool:
        low, high = shape.get("min"), shape.get("max")
        if high is not None and size > high:
            self._problem(field, f"has {size} {unit}; SageMaker takes at most {high}")
            return False
        if low is not None and size < low:
            self._problem(field, f"has {size} {unit}; SageMaker wants at least {low}")
            return False
        return True


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern with its Unicode classes as Python has them, or None where that cannot be read."""
    for theirs, ours in ((r"\p{Alnum}", "A-Za-z0-9"), (r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Z}", r"\s")):
        pattern = pattern.replace(theirs, ours)
    pattern = re.sub(r"\$\{\d+,\d+\}$", "$", pattern)
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None
