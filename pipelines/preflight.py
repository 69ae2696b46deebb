"""Finds what SageMaker would refuse in a definition, before it is sent: every mistake at once, by step and field.

Place in the flow: compiling, `get-pipeline-definition` and `run-pipeline` call `check`. Text is bounded in size,
then in depth, then read: any input ends in findings. One cost: limits move with the service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from contracts.findings import Finding
from contracts.names import MAX_PARAMETER_CHARACTERS
from pipelines.definition_steps import placed_steps
from pipelines.preflight_findings import Collector, hint, shown
from pipelines.preflight_references import check_references
from pipelines.preflight_steps import check_steps

VERSION = "2020-12-01"
MAX_DEFINITION_CHARACTERS = 1_048_576
MAX_DEPTH = 64
MAX_PARAMETERS = 200
MAX_ENUM_VALUES = 16
NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
TOP_LEVEL = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps")
PARAMETER_TYPES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}
PARAMETER_MEMBERS = ("Name", "Type", "DefaultValue", "EnumValues")


def check(text: str) -> list[Finding]:
    """All findings in a definition's JSON; none means that the service should take it."""
    into = Collector()
    definition = _read(text, into)
    if definition is not None:
        _check_top(definition, into)
        types = _check_parameters(definition.get("Parameters", []), into)
        check_steps(definition.get("Steps"), types, into)
        check_references(placed_steps(definition), types, into)
    return into.findings()


def _read(text: str, into: Collector) -> Mapping[str, Any] | None:
    if len(text) > MAX_DEFINITION_CHARACTERS:
        into.add("", "definition", f"has {len(text)} characters; SageMaker takes at most {MAX_DEFINITION_CHARACTERS}")
        return None
    try:
        definition = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        into.add("", "definition", f"is nested deeper than {MAX_DEPTH} levels")
        return None
    except ValueError as error:
        into.add("", "definition", f"is not JSON: {shown(error)}")
        return None
    if not isinstance(definition, Mapping):
        into.add("", "definition", "must be a JSON object")
        return None
    if _deeper_than(definition, MAX_DEPTH):
        into.add("", "definition", f"is nested deeper than {MAX_DEPTH} levels")
        return None
    return definition


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _deeper_than(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, Mapping) else item)
            if isinstance(child, (Mapping, list))
        ]
        if not level:
            return False
    return True


def _check_top(definition: Mapping[str, Any], into: Collector) -> None:
    if definition.get("Version") != VERSION:
        into.add("", "Version", f"must be '{VERSION}', got '{shown(definition.get('Version'))}'")
    for key in definition:
        if key not in TOP_LEVEL:
            into.add("", key, f"is unknown to the service{hint(key, TOP_LEVEL)}")


def _check_parameters(parameters: Any, into: Collector) -> dict[str, str]:
    """Declared types by name."""
    if not isinstance(parameters, list):
        into.add("", "Parameters", "must be a list")
        return {}
    if len(parameters) > MAX_PARAMETERS:
        into.add("", "Parameters", f"has {len(parameters)} entries; SageMaker takes at most {MAX_PARAMETERS}")
    types: dict[str, str] = {}
    for index, parameter in enumerate(parameters):
        name = parameter.get("Name") if isinstance(parameter, Mapping) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            into.add("", f"Parameters[{index}].Name", f"must be 1 to 64 letters, digits, - or _, got '{shown(name)}'")
            continue
        if name in types:
            into.add("", f"Parameters.{name}", "is declared twice")
        types[name] = str(parameter.get("Type"))
        _check_parameter(name, parameter, into)
    return types


def _check_parameter(name: str, parameter: Mapping[str, Any], into: Collector) -> None:
    field = f"Parameters.{name}"
    for key in parameter:
        if key not in PARAMETER_MEMBERS:
            into.add("", f"{field}.{key}", f"is unknown to the service{hint(key, PARAMETER_MEMBERS)}")
    kind = parameter.get("Type")
    if not isinstance(kind, str) or kind not in PARAMETER_TYPES:
        into.add("", f"{field}.Type", f"must be one of {', '.join(PARAMETER_TYPES)}, got '{shown(kind)}'")
        return
    default = parameter.get("DefaultValue")
    if default is not None:
        if not _is(kind, default):
            into.add("", f"{field}.DefaultValue", f"must be of type {kind}, got '{shown(default)}'")
        elif isinstance(default, str) and len(default) > MAX_PARAMETER_CHARACTERS:
            into.add(
                "",
                f"{field}.DefaultValue",
                f"has {len(default)} characters; SageMaker takes at most {MAX_PARAMETER_CHARACTERS}",
            )
    if "EnumValues" in parameter:
        _check_enumeration(field, kind, parameter["EnumValues"], default, into)


def _check_enumeration(field: str, kind: str, allowed: Any, default: Any, into: Collector) -> None:
    if not isinstance(allowed, list) or not allowed:
        into.add("", f"{field}.EnumValues", "must be a list of at least one value")
        return
    if len(allowed) > MAX_ENUM_VALUES:
        into.add("", f"{field}.EnumValues", f"has {len(allowed)} entries; SageMaker takes at most {MAX_ENUM_VALUES}")
    if kind != "String":
        into.add("", f"{field}.EnumValues", f"can be given for String parameters only, not for {kind}")
    if default is not None and default not in allowed:
        into.add("", f"{field}.DefaultValue", f"'{shown(default)}' is not one of its EnumValues")


def _is(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "Boolean"
    return isinstance(value, PARAMETER_TYPES[kind])
