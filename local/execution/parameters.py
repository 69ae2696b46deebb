"""Pipeline parameters and typed outputs: text and JSON -> values of the four types a definition knows.

Place in the flow: `definition` reads a definition's parameters with it, StartPipelineExecution an execution's values,
Lambda and Callback steps their outputs. Pure. One cost: none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.api_errors import ApiError

PARAMETER_TYPES = ("String", "Integer", "Float", "Boolean")
_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}\Z")
_INTEGER = re.compile(r"[+-]?[0-9]{1,100}\Z")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A pipeline parameter; `default` is None where it has none."""

    name: str
    type: str
    default: Any = None
    choices: tuple[Any, ...] = ()


def typed(kind: str, value: Any) -> Any:
    """A value, or its text form, as String, Integer, Float or Boolean.

    Raises:
        ValueError: it is not of that type, or the type is not known.
    """
    if isinstance(value, dict | list) or value is None:
        raise ValueError("not a scalar")
    text = str(value)
    if kind == "String":
        return text if not isinstance(value, bool) else text.lower()
    if kind == "Boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind == "Integer" and _INTEGER.match(text):
        return int(text)
    if kind == "Float" and not isinstance(value, bool) and math.isfinite(float(text)):
        return float(text)
    raise ValueError(f"not of type {kind}")


def convert(parameter: Parameter, text: Any) -> Any:
    """A parameter's value from its text form.

    Raises:
        ApiError: the value is not of the parameter's type, or not one of its choices.
    """
    try:
        value = typed(parameter.type, text)
    except ValueError as error:
        message = f"parameter {parameter.name} must be of type {parameter.type}, got {str(text)[:80]!r}"
        raise ApiError("ValidationException", message) from error
    if parameter.choices and value not in parameter.choices:
        raise ApiError(
            "ValidationException", f"parameter {parameter.name} must be one of {list(parameter.choices)}, got {value!r}"
        )
    return value


def read_parameters(raw: Any, problems: list[str]) -> dict[str, Parameter]:
    """A definition's parameters by name; what is wrong with them is added to `problems`."""
    found: dict[str, Parameter] = {}
    if not isinstance(raw, list):
        problems.append("Parameters must be a list")
        return found
    for item in raw:
        name, kind = (item.get("Name"), item.get("Type")) if isinstance(item, dict) else (None, None)
        if not isinstance(name, str) or not _NAME.match(name) or kind not in PARAMETER_TYPES:
            problems.append(
                f"parameter {str(name)[:80]!r} needs a name of {_NAME.pattern[:-2]}"
                f" and a type of {', '.join(PARAMETER_TYPES)}"
            )
            continue
        if name in found:
            problems.append(f"parameter {name} is defined twice")
        choices = item.get("EnumValues") or []
        if not isinstance(choices, list):
            problems.append(f"parameter {name}: EnumValues must be a list")
            continue
        found[name] = Parameter(name, kind, item.get("DefaultValue"), tuple(choices))
        if found[name].default is not None:
            try:
                convert(found[name], found[name].default)
            except ApiError as error:
                problems.append(f"{error.message}, as its default")
    return found


def execution_values(parameters: Mapping[str, Parameter], given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Parameter values of an execution, defaults included.

    Raises:
        ApiError: unknown, missing or ill-typed parameters, all of them named.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    stated = {item["Name"]: item["Value"] for item in given}
    problems.extend(f"parameter {str(name)[:80]} is not defined" for name in stated if name not in parameters)
    for name, parameter in parameters.items():
        if name not in stated and parameter.default is None:
            problems.append(f"parameter {name} has no value and no default")
            continue
        try:
            values[name] = convert(parameter, stated.get(name, parameter.default))
        except ApiError as error:
            problems.append(error.message)
    if problems:
        raise ApiError("ValidationException", "; ".join(problems))
    return values
