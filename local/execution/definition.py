"""Definition JSON -> plan. Never performs work.

Place in the flow: StartPipelineExecution and CreatePipeline parse with it, the scheduler walks the plan. Problems are
collected. A new step type touches this table, `executors` and `engine.describe`. One cost: the whole text is parsed
for every execution, so that an updated pipeline does not change a running one.

Source: SageMaker pipeline definition schema, version 2020-12-01, and what the SDK emits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.api_errors import ApiError
from local.execution.cache import KEY_ATTRIBUTES, expires_after
from local.execution.parameters import Parameter, read_parameters

MAX_CHARACTERS = 1_048_576
MAX_STEPS = 500
MAX_DEPTH = 40
STEP_TYPES = ("Processing", "Training", "Condition", "RegisterModel", "Lambda", "Callback", "Fail")
CONDITION_TYPES = (
    "Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo", "In", "Not", "Or", "And",
)  # fmt: skip
TRIGGERS = ("Completed", "Failed", "Stopped", "Any")
EXECUTION_VARIABLES = (
    "PipelineExecutionArn",
    "PipelineExecutionId",
    "PipelineName",
    "PipelineArn",
    "StartDateTime",
    "CurrentDateTime",
    "TrainingJobName",
    "ProcessingJobName",
)
_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}\Z")
_STEP_REFERENCE = re.compile(r"Steps\.([A-Za-z0-9\-_]+)(?=[.\[]|\Z)")


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

    def downstream(self, names: Iterable[str]) -> set[str]:
        """These steps, and every step that was decided by the outcome of one of them."""
        found = set(names)
        while True:
            more = {
                step.name
                for step in self.steps.values()
                if step.name not in found
                and (
                    any(dependency.step in found for dependency in step.dependencies)
                    or (step.branch is not None and step.branch.condition in found)
                )
            }
            if not more:
                return found
            found |= more


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
    parameters = read_parameters(document.get("Parameters") or [], problems)
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
    if not document["Steps"]:
        problems.append("a definition needs at least one step")
    _check_references(parameters, steps, problems)
    _check_conditions(steps, problems)
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
    _check_settings(raw, own, problems)
    for reference in references({k: v for k, v in body.items() if k != "DependsOn"}):
        step = step_of(reference)
        if step is not None and step not in explicit:
            explicit.add(step)
            dependencies.append(Dependency(step))
    declared = raw.get("PropertyFiles") or []
    files = {
        str(f.get("PropertyFileName")): {"OutputName": str(f.get("OutputName")), "FilePath": str(f.get("FilePath"))}
        for f in (declared if isinstance(declared, list) else [])
        if isinstance(f, dict)
    }
    return Step(name, kind, own, body, tuple(dependencies), branch, files)


def _check_settings(raw: Mapping[str, Any], arguments: Mapping[str, Any], problems: list[str]) -> None:
    """What only some step types have; wrong forms are told here rather than in the middle of an execution."""
    name, kind = raw["Name"], raw["Type"]
    if kind == "Condition":
        conditions = arguments.get("Conditions")
        if not isinstance(conditions, list) or not all(isinstance(item, dict) for item in conditions) or not conditions:
            problems.append(f"step {name}: Conditions must be a list of JSON objects")
        for branch in ("IfSteps", "ElseSteps"):
            if not isinstance(raw["Arguments"].get(branch) or [], list):
                problems.append(f"step {name}: {branch} must be a list")
    cache = raw.get("CacheConfig") or {}
    if not isinstance(cache, dict):
        problems.append(f"step {name}: CacheConfig must be a JSON object")
    elif kind in KEY_ATTRIBUTES and cache.get("ExpireAfter") and expires_after(str(cache["ExpireAfter"])) is None:
        problems.append(
            f"step {name}: ExpireAfter must be a duration such as P30D or T5H, got {str(cache['ExpireAfter'])[:40]!r}"
        )
    policies = raw.get("RetryPolicies") or []
    if not isinstance(policies, list) or not all(map(_is_policy, policies)):
        problems.append(
            f"step {name}: a retry policy has a list ExceptionType, and numbers IntervalSeconds, BackoffRate,"
            " MaxAttempts or ExpireAfterMin"
        )


def _is_policy(policy: Any) -> bool:
    if not isinstance(policy, dict) or not isinstance(policy.get("ExceptionType"), list):
        return False
    numbers = [policy[k] for k in ("IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin") if k in policy]
    return all(isinstance(n, int | float) and not isinstance(n, bool) and 0 <= n <= 1_000_000 for n in numbers)


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


def _check_conditions(steps: Mapping[str, Step], problems: list[str]) -> None:
    for step in steps.values():
        conditions = step.arguments.get("Conditions") if step.type == "Condition" else None
        pending = list(conditions) if isinstance(conditions, list) else []
        while pending:
            condition = pending.pop()
            kind = condition.get("Type") if isinstance(condition, dict) else None
            if kind not in CONDITION_TYPES:
                known = ", ".join(CONDITION_TYPES)
                problems.append(f"step {step.name} has a condition of type {str(kind)[:40]!r}; known are {known}")
                continue
            pending += [c for c in (condition.get("Expression"), condition.get("Condition")) if c is not None]
            inner = condition.get("Conditions")
            pending += inner if isinstance(inner, list) else []


def _check_references(parameters: Mapping[str, Parameter], steps: Mapping[str, Step], problems: list[str]) -> None:
    for step in steps.values():
        for dependency in step.dependencies:
            if dependency.step not in steps:
                problems.append(f"step {step.name} depends on {dependency.step}, which does not exist")
        for reference in references(step.raw):
            if reference.startswith("Parameters.") and reference.removeprefix("Parameters.") not in parameters:
                problems.append(f"step {step.name} uses {reference}, which does not exist")
            elif reference.startswith("Execution.") and reference.removeprefix("Execution.") not in EXECUTION_VARIABLES:
                problems.append(f"step {step.name} uses {reference[:80]}, which does not exist")
            elif not reference.startswith(("Parameters.", "Execution.")) and step_of(reference) is None:
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
