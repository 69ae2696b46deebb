"""Preflight of what ties steps together: DependsOn, references to results, property files, parameters; no cycles.

Place in the flow: called by `preflight.check` after the steps. One cost: paths into a service answer
(`Steps.X.ModelArtifacts…`) are checked for the step only, not for the member.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pipelines.definition_steps import STEP_REFERENCE, PlacedStep, gets, referenced_steps, triggers
from pipelines.preflight_expressions import check_expressions
from pipelines.preflight_findings import Collector, hint, shown

MAX_NESTING = 64
TRIGGERS = ("Completed", "Failed", "Stopped", "Any")
EXECUTION_VARIABLES = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)
_OUTPUT = re.compile(r"^Steps\.[A-Za-z0-9_-]+\.OutputParameters\['([^']{1,64})'\]$")
_PROPERTY_FILE = re.compile(r"^Steps\.[A-Za-z0-9_-]+\.PropertyFiles\.(.+)$")


def check_references(steps: Sequence[PlacedStep], parameter_types: Mapping[str, str], into: Collector) -> None:
    """Everything a step points at must be there, and no step may wait for itself."""
    by_name = {step.name: step for step in steps}
    for step in steps:
        _check_depends_on(step, by_name, into)
        for field, expression in gets(step.own_arguments, "Arguments"):
            _check_expression(step, field, expression, by_name, parameter_types, into)
        check_expressions(step.name, step.own_arguments, into)
        if into.full:
            return
    _check_cycles(by_name, into)


def _check_depends_on(step: PlacedStep, by_name: Mapping[str, PlacedStep], into: Collector) -> None:
    entries = step.content.get("DependsOn", [])
    if not isinstance(entries, list):
        into.add(step.name, "DependsOn", "must be a list")
        return
    for index, entry in enumerate(entries):
        field = f"DependsOn[{index}]"
        name: Any = entry.get("Step") if isinstance(entry, Mapping) else entry
        if not isinstance(name, str):
            into.add(step.name, field, f"must name a step, got '{shown(entry)}'")
            continue
        if name not in by_name:
            into.add(step.name, field, f"names '{shown(name)}', which is no step{hint(name, by_name)}")
        trigger = entry.get("Trigger", "Completed") if isinstance(entry, Mapping) else "Completed"
        if trigger not in TRIGGERS:
            into.add(step.name, f"{field}.Trigger", f"must be one of {', '.join(TRIGGERS)}, got '{shown(trigger)}'")


def _check_expression(
    step: PlacedStep,
    field: str,
    expression: str,
    by_name: Mapping[str, PlacedStep],
    parameter_types: Mapping[str, str],
    into: Collector,
) -> None:
    head, _, rest = expression.partition(".")
    if head == "Parameters":
        if rest not in parameter_types:
            guess = hint(rest, parameter_types)
            into.add(step.name, field, f"refers to parameter '{shown(rest)}', which is not declared{guess}")
    elif head == "Execution":
        if rest not in EXECUTION_VARIABLES:
            guess = hint(rest, EXECUTION_VARIABLES)
            into.add(step.name, field, f"refers to '{shown(expression)}', which does not exist{guess}")
    elif head == "Steps":
        _check_step_reference(step, field, expression, by_name, into)
    else:
        into.add(step.name, field, f"must refer to Parameters, Execution or Steps, got '{shown(expression)}'")


def _check_step_reference(
    step: PlacedStep, field: str, expression: str, by_name: Mapping[str, PlacedStep], into: Collector
) -> None:
    match = STEP_REFERENCE.match(expression)
    name = match.group(1) if match else expression
    target = by_name.get(name)
    if target is None:
        into.add(step.name, field, f"refers to step '{shown(name)}', which does not exist{hint(name, by_name)}")
        return
    if not _visible(step, target, by_name):
        into.add(step.name, field, f"refers to step '{shown(name)}', which hangs in another branch")
    output = _OUTPUT.match(expression)
    declared = _named(target, "OutputParameters", "OutputName")
    if output and output.group(1) not in declared:
        guess = hint(output.group(1), declared)
        into.add(step.name, field, f"reads output '{shown(output.group(1))}', which '{shown(name)}' lacks{guess}")
    file = _PROPERTY_FILE.match(expression)
    files = _named(target, "PropertyFiles", "PropertyFileName")
    if file and file.group(1) not in files:
        guess = hint(file.group(1), files)
        into.add(step.name, field, f"reads property file '{shown(file.group(1))}', which '{shown(name)}' lacks{guess}")


def _named(step: PlacedStep, member: str, key: str) -> list[str]:
    rows = step.content.get(member)
    listed = rows if isinstance(rows, list) else []
    return [row[key] for row in listed if isinstance(row, Mapping) and isinstance(row.get(key), str)]


def _visible(step: PlacedStep, target: PlacedStep, by_name: Mapping[str, PlacedStep]) -> bool:
    """A step sees what hangs beside it and beside the conditions above it."""
    place: PlacedStep | None = step
    for _ in range(MAX_NESTING):
        if place is None:
            return False
        if (place.condition, place.branch) == (target.condition, target.branch):
            return True
        place = by_name.get(place.condition) if place.condition else None
    return False


def _check_cycles(by_name: Mapping[str, PlacedStep], into: Collector) -> None:
    waits = {
        step.name: [
            name
            for name in (*triggers(step), *referenced_steps(step), *filter(None, [step.condition]))
            if name in by_name
        ]
        for step in by_name.values()
    }
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        shortened = " -> ".join(shown(name) for name in circle[:6])
        into.add(circle[0], "DependsOn", f"closes a circle of steps that wait for one another: {shortened}")
