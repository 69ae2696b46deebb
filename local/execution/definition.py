"""Definition JSON -> plan. Never performs work.

Place in the flow: StartPipelineExecution and CreatePipeline parse with it, the scheduler walks the plan. Problems are
collected. A new step type touches this table, `executors` and `engine.describe`. One cost: the whole text is parsed
for every execution, so that an updated pipeline does not change a running one.

Source: SageMaker pipeline definition schema, version 2020-12-01, and what the SDK emits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.api_errors import ApiError

MAX_CHARACTERS = 1_048_576
MAX_STEPS = 500
MAX_DEPTH = 40
STEP_TYPES = ("Processing", "Training", "Condition", "RegisterModel", "Lambda", "Callback", "Fail")
PARAMETER_TYPES = ("String", "Integer", "Float", "Boolean")
TRIGGERS = ("Completed", "Failed", "Stopped", "Any")
_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}\Z")
_STEP_REFERENCE = re.compile(r"Steps\.([A-Za-z0-9\-_]+)(?=[.\[]|\Z)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A pipeline parameter; `default` is None where it has none."""

    name: str
    type: str
    default: Any = None
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependency:
    """Another step, and the outcome of it that lets this one run."""

    step: str
    trigger: str = "Completed"


@dataclass(frozen=True, slots=True)
class Branch:
    """The condition a step stands under, and for which outcome."""

    condition: str
    outcome: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step, nested ones included; `raw` is its JSON without the branches' steps."""

    name: str
    type: str
    arguments: Mapping[str, Any]
    raw: Mapping[str, Any]
    dependencies: tuple[Dependency, ...] = ()
    branch: Branch | None = None
    property_files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Parameters and all steps by name, in the definition's order."""

    parameters: Mapping[str, Parameter]
    steps: Mapping[str, Step]
    parallelism: int | None = None


def parse(text: str) -> Plan:
    """Read a definition.

    Raises:
        ApiError: ValidationException with every problem.
    """
    if len(text) > MAX_CHARACTERS:
        raise ApiError("ValidationException", f"a definition has at most {MAX_CHARACTERS} characters, got {len(text)}")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ApiError("ValidationException", f"the definition is not valid JSON: {error}") from error
    problems: list[str] = []
    if not isinstance(document, dict) or not isinstance(document.get("Steps"), list):
        raise ApiError("ValidationException", "a definition is a JSON object with a list Steps")
    if _depth(document) > MAX_DEPTH:
        raise ApiError("ValidationException", f"a definition is nested at most {MAX_DEPTH} deep")
    parameters = _parameters(document.get("Parameters") or [], problems)
    steps: dict[str, Step] = {}
    for raw, branch in _walk(document["Steps"], None, problems):
        step = _step(raw, branch, problems)
        if step is None:
            continue
        if step.name in steps:
            problems.append(f"step {step.name} is defined twice")
        steps[step.name] = step
        if len(steps) > MAX_STEPS:
            raise ApiError("ValidationException", f"a definition has at most {MAX_STEPS} steps")
    _check_references(parameters, steps, problems)
    if not problems:
        _check_cycles(steps, problems)
    if problems:
        raise ApiError("ValidationException", "the definition cannot run: " + "; ".join(problems[:20]))
    return Plan(parameters, steps)


def references(value: Any) -> Iterator[str]:
    """Every `Get` path inside a value."""
    if isinstance(value, Mapping):
        if len(value) == 1 and isinstance(value.get("Get"), str):
            yield value["Get"]
            return
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


def step_of(reference: str) -> str | None:
    """Name of the step a `Get` path points into."""
    match = _STEP_REFERENCE.match(reference)
    return match.group(1) if match else None


def convert(parameter: Parameter, text: Any) -> Any:
    """A parameter's value from its text form.

    Raises:
        ApiError: the value is not of the parameter's type, or not one of its choices.
    """
    try:
        if parameter.type == "Integer":
            value: Any = int(str(text))
        elif parameter.type == "Float":
            value = float(text)
        elif parameter.type == "Boolean":
            value = {"true": True, "false": False}[str(text).lower()]
        else:
            value = str(text)
    except (ValueError, KeyError) as error:
        message = f"parameter {parameter.name} must be of type {parameter.type}, got {str(text)[:80]!r}"
        raise ApiError("ValidationException", message) from error
    if parameter.choices and value not in parameter.choices:
        raise ApiError(
            "ValidationException", f"parameter {parameter.name} must be one of {list(parameter.choices)}, got {value!r}"
        )
    return value


def _parameters(raw: Any, problems: list[str]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for item in raw if isinstance(raw, list) else []:
        name, kind = (item.get("Name"), item.get("Type")) if isinstance(item, dict) else (None, None)
        if not isinstance(name, str) or not _NAME.match(name) or kind not in PARAMETER_TYPES:
            problems.append(
                f"parameter {str(name)[:80]!r} needs a name of {_NAME.pattern[:-2]} and a type of {', '.join(PARAMETER_TYPES)}"
            )
            continue
        found[name] = Parameter(name, kind, item.get("DefaultValue"), tuple(item.get("EnumValues") or ()))
    return found


def _walk(steps: Any, branch: Branch | None, problems: list[str]) -> Iterator[tuple[dict[str, Any], Branch | None]]:
    for raw in steps if isinstance(steps, list) else []:
        if not isinstance(raw, dict):
            problems.append("a step must be a JSON object")
            continue
        yield raw, branch
        if raw.get("Type") == "Condition" and isinstance(raw.get("Arguments"), dict):
            name = str(raw.get("Name"))
            yield from _walk(raw["Arguments"].get("IfSteps") or [], Branch(name, True), problems)
            yield from _walk(raw["Arguments"].get("ElseSteps") or [], Branch(name, False), problems)


def _step(raw: dict[str, Any], branch: Branch | None, problems: list[str]) -> Step | None:
    name, kind = raw.get("Name"), raw.get("Type")
    if not isinstance(name, str) or not _NAME.match(name):
        problems.append(f"step name {str(name)[:80]!r} must match {_NAME.pattern[:-2]}")
        return None
    if kind not in STEP_TYPES:
        problems.append(f"step {name} has type {str(kind)[:40]!r}; this runtime knows {', '.join(STEP_TYPES)}")
        return None
    arguments = raw.get("Arguments") or {}
    if not isinstance(arguments, dict):
        problems.append(f"step {name}: Arguments must be a JSON object")
        return None
    own = (
        {k: v for k, v in arguments.items() if k not in ("IfSteps", "ElseSteps")} if kind == "Condition" else arguments
    )
    body = {k: v for k, v in raw.items() if k != "Arguments"} | {"Arguments": own}
    dependencies = list(_dependencies(raw.get("DependsOn") or [], name, problems))
    explicit = {dependency.step for dependency in dependencies}
    for reference in references(own):
        step = step_of(reference)
        if step is not None and step not in explicit:
            explicit.add(step)
            dependencies.append(Dependency(step))
    files = {
        str(f.get("PropertyFileName")): {"OutputName": str(f.get("OutputName")), "FilePath": str(f.get("FilePath"))}
        for f in raw.get("PropertyFiles") or []
        if isinstance(f, dict)
    }
    return Step(name, kind, own, body, tuple(dependencies), branch, files)


def _dependencies(raw: Any, name: str, problems: list[str]) -> Iterator[Dependency]:
    for item in raw if isinstance(raw, list) else []:
        if isinstance(item, str):
            yield Dependency(item)
        elif (
            isinstance(item, dict)
            and isinstance(item.get("Step"), str)
            and item.get("Trigger", "Completed") in TRIGGERS
        ):
            yield Dependency(item["Step"], item.get("Trigger", "Completed"))
        else:
            problems.append(
                f"step {name}: DependsOn holds {str(item)[:80]}; expected a step's name or Step and Trigger"
            )


def _check_references(parameters: Mapping[str, Parameter], steps: Mapping[str, Step], problems: list[str]) -> None:
    for step in steps.values():
        for dependency in step.dependencies:
            if dependency.step not in steps:
                problems.append(f"step {step.name} depends on {dependency.step}, which does not exist")
        for reference in references(step.raw):
            if reference.startswith("Parameters.") and reference.removeprefix("Parameters.") not in parameters:
                problems.append(f"step {step.name} uses {reference}, which does not exist")
            elif not reference.startswith(("Parameters.", "Execution.", "Steps.", "Loop.")):
                problems.append(
                    f"step {step.name} uses {reference[:80]}, which is no parameter, execution variable or step"
                )


def _check_cycles(steps: Mapping[str, Step], problems: list[str]) -> None:
    after = {
        name: {d.step for d in step.dependencies} | ({step.branch.condition} if step.branch else set())
        for name, step in steps.items()
    }
    while ready := [name for name, others in after.items() if not others]:
        for name in ready:
            del after[name]
        for others in after.values():
            others.difference_update(ready)
    if after:
        problems.append(f"steps wait for each other: {', '.join(sorted(after))}")


def _depth(value: Any) -> int:
    deepest, stack = 0, [(value, 1)]
    while stack:
        item, depth = stack.pop()
        deepest = max(deepest, depth)
        if depth > MAX_DEPTH:
            return depth
        members = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        stack.extend((member, depth + 1) for member in members)
    return deepest
