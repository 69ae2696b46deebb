"""Turns the text of a definition into a plan, or into the list of everything that is wrong with it.

Place in the flow: CreatePipeline and UpdatePipeline refuse what this refuses; an execution keeps its own text. Never
performs work. One cost: a new step type touches this module, `executors`, and nothing else.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from local.engine import conditions
from local.engine.durations import parse_duration
from local.engine.expressions import ExpressionError, Reference, references
from local.engine.parameters import TYPES, Parameter
from local.engine.plan import Dependency, Gate, Output, Plan, PropertyFile, Step
from local.engine.retry import RetryPolicy, parse_policy

MAX_CHARACTERS = 1 << 20
MAX_DEPTH = 60
MAX_STEPS = 500
MAX_PROBLEMS = 50
STEP_TYPES = ("Processing", "Training", "Condition", "RegisterModel", "Lambda", "Callback", "Fail")
CACHEABLE = ("Processing", "Training")
TRIGGERS = ("Completed", "Failed", "Stopped", "Any")
_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
# A step's members outside Arguments that may hold expressions.
_TARGETS = {"Lambda": "FunctionArn", "Callback": "SqsQueueUrl"}


class DefinitionInvalid(Exception):
    """A definition cannot be executed; `problems` names every reason."""

    def __init__(self, problems: list[str]) -> None:
        shown = problems[:MAX_PROBLEMS]
        if len(problems) > MAX_PROBLEMS:
            shown.append(f"and {len(problems) - MAX_PROBLEMS} more")
        super().__init__("; ".join(shown))
        self.problems = tuple(problems)


def parse_definition(text: str) -> Plan:
    """The plan in a definition.

    Raises:
        DefinitionInvalid: with everything that was found.
    """
    document = _load(text)
    reader = _Reader()
    parameters = reader.parameters(document.get("Parameters", []))
    steps = list(reader.steps(document.get("Steps"), None, "Steps"))
    if not steps and not reader.problems:
        reader.problems.append("Steps must hold at least one step")
    by_name = {step.name: step for step in steps}
    experiment = document.get("PipelineExperimentConfig")
    experiment = experiment if isinstance(experiment, Mapping) else {}
    reader.check_references("PipelineExperimentConfig", experiment, parameters, {})
    complete = [reader.connect(step, parameters, by_name) for step in steps]
    if reader.problems:
        raise DefinitionInvalid(reader.problems)
    return Plan(parameters, _ordered(complete), experiment)


def _load(text: str) -> Mapping[str, object]:
    if len(text) > MAX_CHARACTERS:
        raise DefinitionInvalid([f"the definition has {len(text)} characters, at most {MAX_CHARACTERS} are allowed"])
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DefinitionInvalid([f"the definition is not valid JSON: {error}"]) from error
    if not isinstance(document, dict):
        raise DefinitionInvalid(["the definition must be a JSON object"])
    level: list[object] = [document]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    if level:
        raise DefinitionInvalid([f"the definition is nested deeper than {MAX_DEPTH} levels"])
    return document


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _ordered(steps: list[Step]) -> tuple[Step, ...]:
    """Every step after its predecessors, otherwise as written.

    Raises:
        DefinitionInvalid: the steps wait for each other.
    """
    sorter = TopologicalSorter({step.name: step.predecessors for step in steps})
    try:
        sorter.prepare()
    except CycleError as error:
        raise DefinitionInvalid([f"steps wait for each other: {' -> '.join(error.args[1])}"]) from error
    position = {step.name: index for index, step in enumerate(steps)}
    ordered: list[Step] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=position.__getitem__)
        ordered += (steps[position[name]] for name in ready)
        sorter.done(*ready)
    return tuple(ordered)


class _Reader:
    """Reads parts of a document and collects problems on the way."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._names: set[str] = set()

    def parameters(self, raw: object) -> dict[str, Parameter]:
        found: dict[str, Parameter] = {}
        if not isinstance(raw, list):
            self.problems.append("Parameters must be a list")
            return found
        for item in raw:
            name = item.get("Name") if isinstance(item, Mapping) else None
            if not isinstance(item, Mapping) or not isinstance(name, str) or not _NAME.fullmatch(name):
                self.problems.append(f"a parameter's Name must match {_NAME.pattern}, got {str(name)[:80]!r}")
            elif name in found:
                self.problems.append(f"parameter {name} is declared twice")
            elif item.get("Type") not in TYPES:
                self.problems.append(f"parameter {name}: Type must be one of {', '.join(TYPES)}")
            else:
                found[name] = self._parameter(name, item)
        return found

    def _parameter(self, name: str, item: Mapping[str, object]) -> Parameter:
        parameter = Parameter(name, str(item["Type"]))
        choices = item.get("EnumValues") or []
        try:
            if not isinstance(choices, list):
                raise ValueError("EnumValues must be a list")
            parameter = dataclasses.replace(parameter, choices=tuple(parameter.read(choice) for choice in choices))
            if item.get("DefaultValue") is not None:
                parameter = dataclasses.replace(parameter, default=parameter.read(item["DefaultValue"]))
        except ValueError as error:
            self.problems.append(f"parameter {name}: {error}")
        return parameter

    def steps(self, raw: object, gate: Gate | None, where: str) -> Iterator[Step]:
        if not isinstance(raw, list):
            self.problems.append(f"{where} must be a list")
            return
        for item in raw:
            name = item.get("Name") if isinstance(item, Mapping) else None
            if not isinstance(item, Mapping) or not isinstance(name, str) or not _NAME.fullmatch(name):
                self.problems.append(f"{where}: a step's Name must match {_NAME.pattern}, got {str(name)[:80]!r}")
                continue
            if name in self._names:
                self.problems.append(f"step {name} occurs twice")
                continue
            self._names.add(name)
            if len(self._names) > MAX_STEPS:
                self.problems.append(f"at most {MAX_STEPS} steps are allowed")
                return
            yield from self._step(name, item, gate)

    def _step(self, name: str, item: Mapping[str, object], gate: Gate | None) -> Iterator[Step]:
        kind, arguments = item.get("Type"), item.get("Arguments", {})
        if kind not in STEP_TYPES:
            self.problems.append(f"step {name}: Type {kind!r} is not supported here ({', '.join(STEP_TYPES)} are)")
            return
        if not isinstance(arguments, Mapping):
            self.problems.append(f"step {name}: Arguments must be an object")
            return
        own = arguments
        if kind == "Condition":
            own = {"Conditions": arguments.get("Conditions")}
            self._conditions(name, arguments.get("Conditions"))
        yield Step(
            name=name,
            type=str(kind),
            arguments=own,
            dependencies=tuple(self._dependencies(name, item.get("DependsOn") or [])),
            gate=gate,
            display_name=_text(item.get("DisplayName")),
            description=_text(item.get("Description")),
            cache_seconds=self._cache(name, str(kind), item.get("CacheConfig")),
            retry_policies=tuple(self._policies(name, item.get("RetryPolicies") or [])),
            property_files=dict(self._property_files(name, item.get("PropertyFiles") or [])),
            target=self._target(name, str(kind), item),
            outputs=tuple(self._outputs(name, item.get("OutputParameters") or [])),
        )
        if kind == "Condition":
            for member, outcome in (("IfSteps", True), ("ElseSteps", False)):
                yield from self.steps(arguments.get(member) or [], Gate(name, outcome), f"step {name}: {member}")

    def _target(self, name: str, kind: str, item: Mapping[str, object]) -> object:
        member = _TARGETS.get(kind)
        if member is not None and not item.get(member):
            self.problems.append(f"step {name}: {member} is missing")
        return item.get(member) if member else None

    def _conditions(self, name: str, raw: object) -> None:
        if not isinstance(raw, list) or not raw:
            self.problems.append(f"step {name}: Conditions must be a list that is not empty")
            return
        for condition in raw:
            self.problems += (f"step {name}: {problem}" for problem in conditions.problems(condition))

    def _dependencies(self, name: str, raw: object) -> Iterator[Dependency]:
        for item in raw if isinstance(raw, list) else [raw]:
            if isinstance(item, str):
                yield Dependency(item)
            elif isinstance(item, Mapping) and isinstance(item.get("Step"), str):
                trigger = item.get("Trigger", "Completed")
                if trigger not in TRIGGERS:
                    self.problems.append(f"step {name}: Trigger must be one of {', '.join(TRIGGERS)}, got {trigger!r}")
                else:
                    yield Dependency(item["Step"], trigger)
            else:
                self.problems.append(f"step {name}: DependsOn must list step names or {{Step, Trigger}} objects")

    def _cache(self, name: str, kind: str, raw: object) -> float | None:
        if not isinstance(raw, Mapping) or raw.get("Enabled") is not True or kind not in CACHEABLE:
            return None
        try:
            return parse_duration(raw["ExpireAfter"]) if raw.get("ExpireAfter") is not None else float("inf")
        except ValueError as error:
            self.problems.append(f"step {name}: CacheConfig.ExpireAfter {error}")
            return None

    def _policies(self, name: str, raw: object) -> Iterator[RetryPolicy]:
        for item in raw if isinstance(raw, list) else [raw]:
            try:
                yield parse_policy(item)
            except ValueError as error:
                self.problems.append(f"step {name}: RetryPolicies: {error}")

    def _property_files(self, name: str, raw: object) -> Iterator[tuple[str, PropertyFile]]:
        for item in raw if isinstance(raw, list) else [raw]:
            members = [item.get(m) if isinstance(item, Mapping) else None for m in _PROPERTY_FILE]
            if all(isinstance(member, str) and member for member in members):
                yield str(members[0]), PropertyFile(str(members[1]), str(members[2]))
            else:
                self.problems.append(f"step {name}: a property file needs {', '.join(_PROPERTY_FILE)}")

    def _outputs(self, name: str, raw: object) -> Iterator[Output]:
        for item in raw if isinstance(raw, list) else [raw]:
            kind = item.get("OutputType", "String") if isinstance(item, Mapping) else None
            if isinstance(item, Mapping) and isinstance(item.get("OutputName"), str) and kind in TYPES:
                yield Output(item["OutputName"], str(kind))
            else:
                self.problems.append(
                    f"step {name}: OutputParameters need an OutputName and an OutputType of {', '.join(TYPES)}"
                )

    def connect(self, step: Step, parameters: Mapping[str, Parameter], by_name: Mapping[str, Step]) -> Step:
        """The step with the dependencies that its references imply."""
        for dependency in step.dependencies:
            if dependency.step not in by_name:
                self.problems.append(f"step {step.name}: DependsOn names the unknown step {dependency.step}")
        stated = {dependency.step for dependency in step.dependencies}
        implied = []
        for reference in self.check_references(
            f"step {step.name}", {"Arguments": step.arguments, "Target": step.target}, parameters, by_name
        ):
            if reference.name not in stated:
                stated.add(reference.name)
                implied.append(Dependency(reference.name))
        known = tuple(d for d in (*step.dependencies, *implied) if d.step in by_name)
        return dataclasses.replace(step, dependencies=known)

    def check_references(
        self, where: str, value: object, parameters: Mapping[str, Parameter], by_name: Mapping[str, Step]
    ) -> list[Reference]:
        """References to steps; unknown ones become problems."""
        found = []
        try:
            for reference in references(value):
                if reference.kind == "Parameters" and reference.name not in parameters:
                    self.problems.append(f"{where} refers to the unknown parameter {reference.name}")
                elif reference.kind == "Steps":
                    self._check_step_reference(where, reference, by_name)
                    found.append(reference)
        except ExpressionError as error:
            self.problems.append(f"{where}: {error}")
        return found

    def _check_step_reference(self, where: str, reference: Reference, by_name: Mapping[str, Step]) -> None:
        step = by_name.get(reference.name)
        if step is None:
            self.problems.append(f"{where} refers to the unknown step {reference.name}")
        elif reference.property_file is not None and reference.property_file not in (step.property_files or {}):
            self.problems.append(
                f"{where} refers to the unknown property file {reference.property_file} of step {reference.name}"
            )


_PROPERTY_FILE = ("PropertyFileName", "OutputName", "FilePath")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
