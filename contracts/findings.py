"""A finding: one thing that is wrong, and where. Validation collects them; one reply names all.

Place in the flow: every validator returns findings instead of raising at the first. One cost: callers must check
`has_errors` before they go on.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

MAX_NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake or remark; `message` is a whole sentence that names the field and the line."""

    field: str
    message: str
    line: int | None = None
    severity: Literal["error", "warning"] = "error"
    id: str = ""


def has_errors(findings: Iterable[Finding]) -> bool:
    """True when one of them forbids going on."""
    return any(finding.severity == "error" for finding in findings)


def format_findings(findings: Sequence[Finding]) -> str:
    """One bullet a finding."""
    return "\n".join(f"- {finding.message}" for finding in findings)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `name`, or None where none comes near."""
    if len(name) > MAX_NAME_CHARACTERS:
        return None
    matches = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` or nothing."""
    found = nearest(name, known)
    return f"; did you mean '{found}'?" if found else ""


def shown_name(name: str) -> str:
    """A stranger's name as a message quotes it: one line, bounded."""
    text = name if name.isprintable() else repr(name)[1:-1]
    return text if len(text) <= MAX_NAME_CHARACTERS else text[: MAX_NAME_CHARACTERS - 1] + "…"
