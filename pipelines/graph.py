"""The pipeline as a Mermaid flowchart, steps coloured by how they ended.

Place in the flow: `issueops graph` and the comments on an issue. One cost: to stay readable, a step in a branch is
drawn below its branch and its siblings only; what it reads from the trunk is not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    for step in steps:
        lines += [
            f"    {identifiers[source]} {_arrow(label)} {identifiers[step.name]}"
            for source, label in _edges(step, steps)
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


def _edges(step: PlacedStep, steps: list[PlacedStep]) -> list[tuple[str, str]]:
    """(source, label): explicit triggers, then siblings it reads from, else the branch it hangs in."""
    siblings = {
        other.name: other for other in steps if (other.condition, other.branch) == (step.condition, step.branch)
    }
    explicit = {name: trigger for name, trigger in triggers(step).items() if name in siblings}
    if "Completed" not in explicit.values() and explicit:
        return [(name, trigger.lower()) for name, trigger in explicit.items()]
    needed = {name for name in (*explicit, *referenced_steps(step)) if name in siblings and name != step.name}
    direct = [name for name in siblings if name in needed and not _reached_through(name, needed, siblings)]
    if direct:
        return [
            (name, "" if explicit.get(name, "Completed") == "Completed" else explicit[name].lower()) for name in direct
        ]
    return [(step.condition, _BRANCH_LABELS.get(step.branch, ""))] if step.condition else []


def _reached_through(name: str, needed: set[str], siblings: Mapping[str, PlacedStep]) -> bool:
    """True when another needed step already waits for `name`."""
    return any(name in _ancestors(other, siblings) for other in needed if other != name)


def _ancestors(name: str, siblings: Mapping[str, PlacedStep]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        step = siblings[waiting.pop()]
        for source in (*triggers(step), *referenced_steps(step)):
            if source in siblings and source not in found and source != name:
                found.add(source)
                waiting.append(source)
    return found


def _escaped(text: str) -> str:
    """Mermaid reads entity codes inside quotes; everything that could end the label becomes one."""
    return "".join(c if c.isalnum() or c in " -_.,:/?()" else f"#{ord(c)};" for c in " ".join(text.split()))
