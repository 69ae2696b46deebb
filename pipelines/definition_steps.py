"""Steps of a definition as a flat list, and the references in them.

Place in the flow: preflight and the picture read definitions through this. It takes any JSON: what is not shaped like a
step is left out, and preflight names it. One cost: recursion follows the nesting, so depth must have been bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BRANCHES = ("IfSteps", "ElseSteps")
STEP_REFERENCE = re.compile(r"^Steps\.([A-Za-z0-9_-]+)(?:[.\[].*)?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step and where it hangs: the condition above it and the branch, or neither at the top."""

    name: str
    kind: str
    content: Mapping[str, Any]
    condition: str | None
    branch: str | None

    @property
    def arguments(self) -> Any:
        """Its request; an empty one where there is none."""
        return self.content.get("Arguments", {})

    @property
    def own_arguments(self) -> Any:
        """Its request without the steps that hang below it."""
        if self.kind != "Condition" or not isinstance(self.arguments, Mapping):
            return self.arguments
        return {key: value for key, value in self.arguments.items() if key not in BRANCHES}


def placed_steps(definition: Mapping[str, Any]) -> list[PlacedStep]:
    """All steps, each before those that hang below it."""
    return list(_walk(definition.get("Steps"), None, None))


def _walk(steps: Any, condition: str | None, branch: str | None) -> Iterator[PlacedStep]:
    if not isinstance(steps, list):
        return
    for content in steps:
        if not isinstance(content, Mapping) or not isinstance(content.get("Name"), str):
            continue
        step = PlacedStep(content["Name"], str(content.get("Type")), content, condition, branch)
        yield step
        if step.kind == "Condition" and isinstance(step.arguments, Mapping):
            for name in BRANCHES:
                yield from _walk(step.arguments.get(name), step.name, name)


def is_variable(value: Any) -> bool:
    """True for what the service fills in: {"Get": …}, {"Std:Join": …}, {"Std:JsonGet": …}."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    key = str(next(iter(value)))
    return key == "Get" or key.startswith("Std:")


def gets(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(field, expression) of every Get at any depth."""
    if isinstance(value, Mapping):
        expression = value.get("Get")
        if len(value) == 1 and isinstance(expression, str):
            yield path, expression
            return
        for key, item in value.items():
            yield from gets(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from gets(item, f"{path}[{index}]")


def referenced_steps(step: PlacedStep) -> list[str]:
    """Names of steps whose results it uses, in the order of use, each once."""
    found: dict[str, None] = {}
    for _, expression in gets(step.own_arguments):
        match = STEP_REFERENCE.match(expression)
        if match:
            found[match.group(1)] = None
    return list(found)


def triggers(step: PlacedStep) -> dict[str, str]:
    """DependsOn as step name -> outcome that lets this step run."""
    entries = step.content.get("DependsOn")
    result: dict[str, str] = {}
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, str):
            result[entry] = "Completed"
        elif isinstance(entry, Mapping) and isinstance(entry.get("Step"), str):
            result[entry["Step"]] = str(entry.get("Trigger", "Completed"))
    return result
