"""The pipeline as a Mermaid flowchart, steps coloured by how they ended.

Place in the flow: `issueops graph` and the comments on an issue. One cost: to stay readable, a step in a branch is
drawn below its branch and its siblings only; what it reads from the trunk is not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.definition_steps import PlacedStep, placed_steps, referenced_steps, triggers

COLOURS: Mapping[str, str] = {
    "Succeeded": "fill:#d3f9d8,stroke:#2b8a3e,color:#1b4332",
    "Failed": "fill:#ffe3e3,stroke:#c92a2a,color:#5c1a1a",
    "Executing": "fill:#d0ebff,stroke:#1864ab,color:#0b3a63",
    "Starting": "fill:#e7f5ff,stroke:#1864ab,color:#0b3a63",
    "Stopping": "fill:#fff3bf,stroke:#e67700,color:#5f3b00",
    "Stopped": "fill:#fff3bf,stroke:#e67700,color:#5f3b00",
}
_SHAPES: Mapping[str, tuple[str, str]] = {
    "Condition": ("{", "}"),
    "Callback": ("[/", "/]"),
    "Lambda": ("(", ")"),
    "Fail": ("([", "])"),
}
_BRANCH_LABELS: Mapping[str | None, str] = {"IfSteps": "yes", "ElseSteps": "no"}


def mermaid(definition: Mapping[str, Any], statuses: Mapping[str, str]) -> str:
    """Flowchart of a definition; `statuses` maps step names to the service's StepStatus.

    Names become identifiers s0, s1, …, so that no step name can break out of the text.
    """
    steps = placed_steps(definition)
    identifiers = {step.name: f"s{index}" for index, step in enumerate(steps)}
    lines = ["flowchart TD"]
    lines += [f"    {identifiers[step.name]}{_node(step, statuses.get(step.name))}" for step in steps]
    places: dict[tuple[str | None, str | None], list[PlacedStep]] = {}
    for step in steps:
        places.setdefault((step.condition, step.branch), []).append(step)
    siblings = {place: _Siblings(members) for place, members in places.items()}
    for step in steps:
        lines += [
            f"    {identifiers[source]} {_arrow(label)} {identifiers[step.name]}"
            for source, label in siblings[step.condition, step.branch].ways_to(step)
        ]
    seen = sorted({statuses[step.name] for step in steps if statuses.get(step.name) in COLOURS})
    for status in seen:
        members = ",".join(identifiers[step.name] for step in steps if statuses.get(step.name) == status)
        lines += [f"    classDef {status} {COLOURS[status]}", f"    class {members} {status}"]
    return "\n".join(lines)


def _node(step: PlacedStep, status: str | None) -> str:
    opening, closing = _SHAPES.get(step.kind, ("[", "]"))
    title = step.content.get("DisplayName")
    label = _escaped(title if isinstance(title, str) and title else step.name)
    if status:
        label += f"<br/>{_escaped(status)}"
    return f'{opening}"{label}"{closing}'


def _arrow(label: str) -> str:
    return f'-->|"{_escaped(label)}"|' if label else "-->"


class _Siblings:
    """The steps of one branch, and which of them each waits for."""

    def __init__(self, steps: Sequence[PlacedStep]) -> None:
        self._order = list(dict.fromkeys(step.name for step in steps))
        names = set(self._order)
        self._explicit = {
            step.name: {name: trigger for name, trigger in triggers(step).items() if name in names} for step in steps
        }
        self._sources = {
            step.name: {name for name in (*triggers(step), *referenced_steps(step)) if name in names} - {step.name}
            for step in steps
        }
        self._ancestors: dict[str, set[str]] = {}

    def ways_to(self, step: PlacedStep) -> list[tuple[str, str]]:
        """(source, label): explicit triggers, then siblings it reads from, else the branch it hangs in."""
        explicit = self._explicit[step.name]
        if explicit and "Completed" not in explicit.values():
            return [(name, trigger.lower()) for name, trigger in explicit.items()]
        needed = self._sources[step.name]
        direct = [name for name in self._order if name in needed and not self._reached_through(name, needed)]
        if direct:
            labels = {name: trigger.lower() for name, trigger in explicit.items() if trigger != "Completed"}
            return [(name, labels.get(name, "")) for name in direct]
        return [(step.condition, _BRANCH_LABELS.get(step.branch, ""))] if step.condition else []

    def _reached_through(self, name: str, needed: set[str]) -> bool:
        """True when another needed step already waits for `name`."""
        return any(name in self._before(other) for other in needed if other != name)

    def _before(self, name: str) -> set[str]:
        """All steps that `name` waits for, near and far."""
        if name not in self._ancestors:
            found: set[str] = set()
            waiting = [name]
            while waiting:
                new = self._sources[waiting.pop()] - found
                found |= new
                waiting += new
            self._ancestors[name] = found
        return self._ancestors[name]


def _escaped(text: str) -> str:
    """Mermaid reads entity codes inside quotes; everything that could end the label becomes one."""
    return "".join(c if c.isalnum() or c in " -_.,:/?()" else f"#{ord(c)};" for c in " ".join(text.split()))
