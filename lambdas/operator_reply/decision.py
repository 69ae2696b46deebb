"""What an operator's comment asks for, checked against the run it answers.

Place in the flow: between reading the comment and answering the Callback step. Pure; never raises for any text. One
cost: `/retrain` names what changes, so a hyperparameter cannot be taken back to "not given", only set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from contracts import names
from contracts.algorithms import ALGORITHMS
from contracts.findings import Finding, has_errors
from contracts.hyperparameters import Value, canonical_json, shown, validate_hyperparameters
from contracts.operator_commands import Command


@dataclass(frozen=True, slots=True)
class Answer:
    """What the Callback step is given, and the difference it makes, one line each."""

    decision: str
    hyperparameters: str
    reason: str
    difference: tuple[str, ...] = ()

    def outputs(self, operator: str) -> dict[str, str]:
        """OutputParameters of the Callback step."""
        return {
            "decision": self.decision,
            "hyperparameters": self.hyperparameters,
            "reason": self.reason,
            "operator": operator,
        }


def answer_to(command: Command, parameters: Mapping[str, str]) -> tuple[Answer | None, list[Finding]]:
    """The answer that a command gives, or every mistake in it.

    Args:
        command: one of retrain, accept, reject.
        parameters: pipeline parameters of the execution that asks.
    """
    current = _current(parameters)
    if command.name != "retrain":
        return Answer(command.name, canonical_json(current), command.reason), []
    name = parameters.get(names.ALGORITHM, "")
    algorithm = ALGORITHMS.get(name)
    if algorithm is None:
        return None, [Finding("algorithm", f"algorithm {name} is not in the catalogue; it cannot be trained again.")]
    task = parameters.get(names.TASK_TYPE, names.INFER_TASK)
    merged = {**current, **command.hyperparameters}
    usable, findings = validate_hyperparameters(algorithm, merged, None if task == names.INFER_TASK else task)
    if has_errors(findings):
        return None, findings
    return Answer("retrain", canonical_json(usable), command.reason, tuple(_difference(current, usable))), []


def _current(parameters: Mapping[str, str]) -> dict[str, object]:
    try:
        values = json.loads(parameters.get(names.HYPERPARAMETERS, "{}"))
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _difference(before: Mapping[str, object], after: Mapping[str, Value]) -> list[str]:
    lines = []
    for name, value in sorted(after.items()):
        if name not in before:
            lines.append(f"{name}: {shown(value)}")
        elif before[name] != value:
            lines.append(f"{name}: {shown(before[name])} → {shown(value)}")
    return lines
