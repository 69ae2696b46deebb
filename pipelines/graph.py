"""The pipeline as a Mermaid flowchart, steps coloured by how they ended: the whole of it, or one execution's way.

Place in the flow: `mermaid` is for `issueops graph`, `compact` for the status comment of an issue. One cost: to stay
readable, a step in a branch is drawn below its branch and its siblings only; what it reads from the trunk is not drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pipelines.definition_steps import PlacedStep, placed_steps, referenced_steps, triggers

COLOURS: Mapping[str, str] = {
    "Succeeded": "fill:#d3f9d8,stroke:#2b8a3e,color:#1b4332",
    "Failed": "fill:#ffe3e3,stroke:#c92a2a,color:#5c1a1a",
    "Executing": "fill:#d0ebff,stroke:#1864ab,color:#0b3a63",
    "Starting": "fill:#e7f5ff,stroke:#1864ab,color:#0b3a63",
    "Stopping": "fill:#fff3bf,stroke:#e67700,color:#5f3b00",
    "Stopped": "fill:#fff3bf,stroke:#e67700,color:#5f3b00",
    "Cached": "fill:#ebfbee,stroke:#2b8a3e,color:#1b4332,stroke-dasharray:4 3",
    "Waiting": "fill:#ffec99,stroke:#e67700,color:#5f3b00,stroke-width:3px",
    "Ahead": "fill:#f8f9fa,stroke:#adb5bd,color:#495057,stroke-dasharray:4 3",
}
MARKS: Mapping[str, str] = {
    "Succeeded": "✅ ",
    "Cached": "⏭️ ",
    "Failed": "❌ ",
    "Executing": "⏳ ",
    "Starting": "⏳ ",
    "Stopping": "⏹️ ",
    "Stopped": "⏹️ ",
    "Waiting": "⏸️ ",
}
AHEAD = "Ahead"
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

    def label(step: PlacedStep) -> str:
        status = statuses.get(step.name)
        return _title(step) + (f"<br/>{_escaped(status)}" if status else "")

    return _draw("TD", placed_steps(definition), statuses, label)


def compact(
    definition: Mapping[str, Any],
    statuses: Mapping[str, str],
    *,
    ahead: bool,
    titles: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
    hidden: Collection[str] = (),
) -> str:
    """Flowchart of the steps that one execution reached and, where `ahead`, of those that may come next.

    Args:
        statuses: the service's StepStatus of every step that was reached, or Cached, or Waiting.
        ahead: draw the way ahead: as far as it is certain, and the first step of either branch where it forks.
        titles: instead of the definition's display names.
        words: instead of "yes", "no" and "failed".
        hidden: steps that are not drawn although they are on the way; what comes after them is drawn after what comes
            before them.
    """
    steps = placed_steps(definition)
    kept = _way(steps, statuses, ahead=ahead)

    def label(step: PlacedStep) -> str:
        title = (titles or {}).get(step.name)
        return MARKS.get(statuses.get(step.name, ""), "") + (_escaped(title) if title else _title(step))

    drawn = [step for step in steps if step.name in kept and step.name not in hidden]
    on_the_way = [step for step in steps if step.name in kept]
    shown = {step.name: statuses.get(step.name, AHEAD) for step in drawn}
    return _draw("LR", drawn, shown, label, words=words or {}, through=on_the_way)


def _way(steps: Sequence[PlacedStep], statuses: Mapping[str, str], *, ahead: bool) -> set[str]:
    """Names of the steps of one execution's way."""
    taken: dict[str, set[str | None]] = {}
    for step in reversed(steps):  # a branch that was reached leads through the conditions above it
        if step.condition and (step.name in statuses or step.name in taken):
            taken.setdefault(step.condition, set()).add(step.branch)
    goes_on = ahead and not {"Failed", "Stopped"} & set(statuses.values())
    kept: set[str] = set()
    forks: set[str] = set()
    begun: set[tuple[str, str | None]] = set()
    for step in steps:
        if step.name in statuses or step.name in taken:
            kept.add(step.name)
        elif not goes_on or "Failed" in triggers(step).values():
            continue
        elif step.condition is None or step.branch in taken.get(step.condition, ()):
            kept.add(step.name)
        elif step.condition in kept - forks and step.condition not in taken:
            if (step.condition, step.branch) in begun:
                continue
            begun.add((step.condition, step.branch))
            kept.add(step.name)
            forks.add(step.name)  # what hangs below it is too far ahead
    return kept


def _draw(
    direction: str,
    steps: Sequence[PlacedStep],
    statuses: Mapping[str, str],
    label: Callable[[PlacedStep], str],
    *,
    words: Mapping[str, str] | None = None,
    through: Sequence[PlacedStep] | None = None,
) -> str:
    """The steps; ways lead through `through`, which holds them all and may hold more."""
    identifiers = {step.name: f"s{index}" for index, step in enumerate(steps)}
    lines = [f"flowchart {direction}"]
    lines += [f"    {identifiers[step.name]}{_node(step, label(step))}" for step in steps]
    ways = _ways(steps if through is None else through, identifiers)
    for step in steps:
        lines += [
            f"    {identifiers[source]} {_arrow((words or {}).get(word, word))} {identifiers[step.name]}"
            for source, word in ways[step.name]
        ]
    seen = sorted({statuses[step.name] for step in steps if statuses.get(step.name) in COLOURS})
    for status in seen:
        members = ",".join(identifiers[step.name] for step in steps if statuses.get(step.name) == status)
        lines += [f"    classDef {status} {COLOURS[status]}", f"    class {members} {status}"]
    return "\n".join(lines)


def _ways(steps: Sequence[PlacedStep], drawn: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Step -> (source, label) of each way in from a step that is drawn, those that are not drawn passed through."""
    places: dict[tuple[str | None, str | None], list[PlacedStep]] = {}
    for step in steps:
        places.setdefault((step.condition, step.branch), []).append(step)
    siblings = {place: _Siblings(members) for place, members in places.items()}
    direct = {step.name: siblings[step.condition, step.branch].ways_to(step) for step in steps}

    def drawn_ways(name: str, passed: frozenset[str]) -> list[tuple[str, str]]:
        found: dict[tuple[str, str], None] = {}
        for source, word in direct.get(name, ()):
            if source in drawn:
                found[source, word] = None
            elif source not in passed:
                found.update(dict.fromkeys(drawn_ways(source, passed | {source})))
        return list(found)

    return {step.name: drawn_ways(step.name, frozenset()) for step in steps if step.name in drawn}


def _node(step: PlacedStep, label: str) -> str:
    opening, closing = _SHAPES.get(step.kind, ("[", "]"))
    return f'{opening}"{label}"{closing}'


def _title(step: PlacedStep) -> str:
    title = step.content.get("DisplayName")
    return _escaped(title if isinstance(title, str) and title else step.name)


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
