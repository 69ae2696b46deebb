"""Collects what preflight finds: step, field, sentence; never more than a reader can use.

Place in the flow: every preflight module adds to one collector. One cost: a definition with hundreds of mistakes shows
the first hundred.
"""

from __future__ import annotations

from collections.abc import Iterable

from contracts.findings import Finding, nearest

MAX_FINDINGS = 100
_MAX_SHOWN = 80
_MAX_COMPARED = 500


class Collector:
    """Findings of one definition."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    @property
    def full(self) -> bool:
        """True when looking further is of no use."""
        return len(self._findings) >= MAX_FINDINGS

    def add(self, step: str, field: str, problem: str) -> None:
        """Record that `field` of `step` (empty: of the definition itself) has a problem, told as half a sentence."""
        if self.full:
            return
        step, field = shown(step), shown(field)
        where = f"Step '{step}': {field}" if step else field
        self._findings.append(
            Finding(f"{step}.{field}" if step else field, f"{where} {problem}" + ("" if problem.endswith("?") else "."))
        )

    def findings(self) -> list[Finding]:
        """In the order found."""
        return list(self._findings)


def shown(value: object) -> str:
    """A value of the definition, short and on one line."""
    text = " ".join(str(value)[: 4 * _MAX_SHOWN].encode("utf-8", "replace").decode("utf-8").split())
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def hint(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` or nothing; long or many names are not compared, for that would take minutes."""
    if len(name) > _MAX_SHOWN:
        return ""
    folded = {item.lower(): item for item in list(known)[:_MAX_COMPARED] if len(item) <= _MAX_SHOWN}
    found = nearest(name, folded)
    return f"; did you mean '{folded[found]}'?" if found else ""
