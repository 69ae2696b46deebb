"""What a hyperparameter may hold, and how a set of them is checked.

Place in the flow: rows live in `contracts.algorithms`; issues and `/retrain` are checked by the same function.
One cost: findings carry no line here; the caller that knows the text adds it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from contracts.findings import Finding, did_you_mean, shown_name
from contracts.names import MAX_PARAMETER_CHARACTERS

if TYPE_CHECKING:
    from contracts.algorithm import Algorithm

MAX_HYPERPARAMETERS = 100
MAX_INTEGERS = 8
Value = str | int | float | bool | list[int] | None


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One row: a name of the library's own, its kind, range and default.

    `number` rows with `choices` take either a number in range or one of the words; `integers` is a list of them, each
    in range; `count_or_fraction` is an integer in range or a number between 0 and 1. `aliases` are other libraries'
    names for the same thing; what is used is always `name`.
    """

    name: str
    kind: Literal["integer", "number", "boolean", "choice", "integers", "count_or_fraction"]
    minimum: float = -math.inf
    maximum: float = math.inf
    default: Value = None
    minimum_excluded: bool = False
    nullable: bool = False
    choices: tuple[str, ...] = ()
    choices_by_task: Mapping[str, tuple[str, ...]] | None = None
    task_types: tuple[str, ...] = ()
    help: str = ""
    aliases: tuple[str, ...] = ()

    def expectation(self, task_type: str | None = None) -> str:
        """What is allowed, in words: `an integer in [1, 64] or null`."""
        words = self.allowed_choices(task_type)
        parts = []
        if self.kind == "integer":
            parts.append(f"an integer in [{self.minimum:g}, {self.maximum:.0f}]")
        elif self.kind == "number":
            parts.append(f"a number in {'(' if self.minimum_excluded else '['}{self.minimum:g}, {self.maximum:g}]")
        elif self.kind == "boolean":
            parts.append("true or false")
        elif self.kind == "integers":
            parts.append(f"a list of 1 to {MAX_INTEGERS} integers in [{self.minimum:g}, {self.maximum:.0f}]")
        elif self.kind == "count_or_fraction":
            parts.append(f"an integer in [{self.minimum:g}, {self.maximum:.0f}] or a number in (0, 1)")
        if words:
            parts.append("one of " + ", ".join(words))
        if self.nullable:
            parts.append("null")
        return " or ".join(parts)

    def allowed_choices(self, task_type: str | None) -> tuple[str, ...]:
        """The words allowed for that task."""
        if self.choices_by_task is not None and task_type is not None and task_type in self.choices_by_task:
            return self.choices_by_task[task_type]
        return self.choices

    def accepts(self, value: object, task_type: str | None = None) -> bool:
        """True where the value may be used as it is. A bool is no integer, and 1.0 is no integer either."""
        if value is None:
            return self.nullable
        if isinstance(value, bool):
            return self.kind == "boolean"
        if isinstance(value, str):
            return value in self.allowed_choices(task_type)
        if isinstance(value, list):
            whole = all(isinstance(item, int) and not isinstance(item, bool) for item in value)
            return self.kind == "integers" and whole and self._accepts_integers(value)
        if self.kind == "integer":
            return isinstance(value, int) and self.minimum <= value <= self.maximum
        if self.kind == "count_or_fraction":
            return self.minimum <= value <= self.maximum if isinstance(value, int) else _is_fraction(value)
        if self.kind == "number":
            if not isinstance(value, int | float) or not math.isfinite(value):
                return False
            return self.minimum <= value <= self.maximum and not (self.minimum_excluded and value == self.minimum)
        return False

    def _accepts_integers(self, values: list[int]) -> bool:
        return 0 < len(values) <= MAX_INTEGERS and all(self.minimum <= item <= self.maximum for item in values)


def validate_hyperparameters(
    algorithm: Algorithm, values: Mapping[str, object], task_type: str | None = None
) -> tuple[dict[str, Value], list[Finding]]:
    """Check every value; returns what is usable, by the library's names, and all findings.

    Findings carry the field `hyperparameters.<name as given>`.
    """
    usable: dict[str, Value] = {}
    findings: list[Finding] = []
    if len(values) > MAX_HYPERPARAMETERS:
        text = f"hyperparameters must be at most {MAX_HYPERPARAMETERS}, got {len(values)}."
        return {}, [Finding("hyperparameters", text)]
    known = [row.name for row in algorithm.hyperparameters]
    for name, value in values.items():
        field = f"hyperparameters.{shown_name(name)}"
        row = algorithm.hyperparameter(name)
        if row is None:
            hint = did_you_mean(name, known)
            text = f"{field} is unknown for {algorithm.name}{hint or '.'} Known names: {', '.join(known)}."
            findings.append(Finding(field, text))
        elif row.task_types and task_type is not None and task_type not in row.task_types:
            findings.append(
                Finding(
                    field,
                    f"{field} is for {', '.join(row.task_types)} only; the task is {task_type}. Remove it.",
                )
            )
        elif not row.accepts(value, task_type):
            findings.append(Finding(field, f"{field} must be {row.expectation(task_type)}, got {shown(value)}."))
        elif row.name in usable:
            text = f"{field} and its other name set the same thing twice; keep one of {_names(row)}."
            findings.append(Finding(field, text))
        else:
            # Libraries read 1 as a count and 1.0 as a fraction, so a number is always a float.
            usable[row.name] = float(value) if row.kind == "number" and isinstance(value, int) else value  # type: ignore[assignment]
    findings.extend(_misfits(usable))
    text = canonical_json(usable)
    if len(text) > MAX_PARAMETER_CHARACTERS:
        findings.append(
            Finding(
                "hyperparameters",
                f"hyperparameters must be at most {MAX_PARAMETER_CHARACTERS} characters as JSON, got {len(text)}.",
            )
        )
    return usable, findings


def _misfits(usable: Mapping[str, Value]) -> list[Finding]:
    """Values that are right each on its own, and mean nothing together."""
    findings = []
    if usable.get("bootstrap") is False and usable.get("max_samples") is not None:
        text = "hyperparameters.max_samples needs bootstrap; remove max_samples, or set bootstrap to true."
        findings.append(Finding("hyperparameters.max_samples", text))
    if "alpha" in usable and usable.get("penalty", "none") == "none":
        text = "hyperparameters.alpha needs a penalty; remove alpha, or set penalty to ridge, lasso or elastic_net."
        findings.append(Finding("hyperparameters.alpha", text))
    if "l1_ratio" in usable and usable.get("penalty") != "elastic_net":
        text = "hyperparameters.l1_ratio is for the elastic net; remove it, or set penalty to elastic_net."
        findings.append(Finding("hyperparameters.l1_ratio", text))
    return findings


def _names(row: Hyperparameter) -> str:
    return ", ".join((row.name, *row.aliases))


def _is_fraction(value: object) -> bool:
    return isinstance(value, float) and 0.0 < value < 1.0


def canonical_json(values: Mapping[str, object]) -> str:
    """Same values, same text: sorted keys, no spaces."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def shown(value: object, limit: int = 60) -> str:
    """A value as a message quotes it, bounded."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= limit else text[: limit - 1] + "…"
