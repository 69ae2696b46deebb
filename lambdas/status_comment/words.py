"""Values as a reader sees them: goals, durations, moments, names of steps, cells that hold code. Pure.

Place in the flow: every section of the comment speaks through `Words`. Nothing here depends on the time of the day, so
the same truth gives the same text. One cost: moments are given in UTC, because a comment does not know its reader.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts import names
from contracts.evaluation_context import UNDEFINED
from contracts.messages import TEXTS, escape, message
from contracts.metric_plugins import find_metric
from lambdas.status_comment.records import Attempt, Step

MAX_REASON = 600
_CODE = re.compile(r"[A-Za-z0-9 ._:/+,=@(){}\[\]\"'≥≤-]{1,300}")


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str

    def say(self, key: str, /, **values: object) -> str:
        """A text of the table."""
        return message(key, self.language, **values)

    def step(self, step: Step) -> str:
        """A step's name for people; not escaped."""
        return self.title(step.name) or step.title or step.name

    def title(self, name: str) -> str:
        """A name for people of a step of ours, or nothing."""
        key = f"step_{name}"
        return TEXTS[key][self.language] if key in TEXTS else ""

    def duration(self, step: Step) -> str:
        """How long a step took, or since when it runs."""
        if step.started is None:
            return ""
        if step.ended is None:
            return self.say("word_since", moment=moment(step.started))
        seconds = max(0, round((step.ended - step.started).total_seconds()))
        if seconds < 60:
            return self.say("duration_seconds", seconds=seconds)
        if seconds < 3600:
            return self.say("duration_minutes", minutes=seconds // 60, seconds=seconds % 60)
        return self.say("duration_hours", hours=seconds // 3600, minutes=seconds % 3600 // 60)


def moment(when: datetime) -> str:
    """`2026-11-24 15:32 UTC`."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def code(text: str) -> str:
    """A value in one line, as code where it holds nothing that could end the code."""
    line = " ".join(text.split())
    return f"`{line}`" if _CODE.fullmatch(line) else " ".join(escape(line, limit=300).split())


def plain(text: str) -> str:
    """A value in one line, escaped."""
    return " ".join(escape(" ".join(text.split())).split())


def goal(parameters: Mapping[str, str]) -> str:
    """`accuracy ≥ 0.95`."""
    name = parameters.get(names.EVALUATION_METRIC, "")
    row = find_metric(name)
    sign = "≤" if row is not None and row.direction == "minimize" else "≥"
    return f"{name} {sign} {number(parameters.get(names.EVALUATION_THRESHOLD, ''))}"


def number(text: str) -> str:
    """A number as short as it can be told, anything else as it is."""
    try:
        value = float(text)
    except ValueError:
        return text
    return f"{value:.6g}" if math.isfinite(value) else text


def measured(attempt: Attempt) -> str:
    """The judged metric's value, or a dash."""
    report = attempt.report
    return UNDEFINED if report is None else report.measured(report.metric).text()


def distance(attempt: Attempt) -> str:
    """How far the value is from the threshold."""
    return UNDEFINED if attempt.report is None else f"{abs(attempt.report.margin):.3g}"


def shortened(text: str, limit: int = MAX_REASON) -> str:
    """One line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
