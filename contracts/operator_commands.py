"""The operator's commands in a comment: `/retrain key=value …`, `/accept [reason]`, `/reject [reason]`, `/help`.

Place in the flow: operator_reply reads a comment with it. A command may stand on any line outside code, quotes
and HTML comments. Pure and bounded; values are plain YAML scalars, never more. One cost: reasons end with their line.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts import bounded_yaml
from contracts.findings import Finding, did_you_mean, shown_name
from contracts.hyperparameters import MAX_HYPERPARAMETERS
from contracts.visible_text import FENCE, fence_after, visible_lines

COMMANDS: Mapping[str, str] = {
    "retrain": "/retrain NAME=VALUE … — train again with these hyperparameters",
    "accept": "/accept [reason] — register the model although it is below the threshold",
    "reject": "/reject [reason] — discard the model and end the run",
    "help": "/help — show this list",
}
MAX_COMMENT_CHARACTERS = 65_536
MAX_REASON_CHARACTERS = 500
MAX_COMMANDS = 20
_COMMAND = re.compile(r"^ {0,3}/([A-Za-z][A-Za-z_-]{0,30})(?:[ \t]+(.*))?$")


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `hyperparameters` for retrain, `reason` for accept and reject."""

    name: str
    line: int
    hyperparameters: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ParsedComment:
    """The commands of a comment in order, and what was wrong. A comment without commands has neither."""

    commands: tuple[Command, ...]
    findings: tuple[Finding, ...]


def parse_comment(text: str) -> ParsedComment:
    """Read a comment; never raises for any text."""
    commands: list[Command] = []
    findings: list[Finding] = []
    if len(text) > MAX_COMMENT_CHARACTERS:
        return ParsedComment(
            (), (Finding("comment", f"a comment must be at most {MAX_COMMENT_CHARACTERS} characters."),)
        )
    fence = ""
    for number, line in enumerate(visible_lines(text), 1):
        mark = FENCE.match(line)
        if mark is not None:
            fence = fence_after(fence, mark)
            continue
        match = None if fence else _COMMAND.match(line)
        if match is None:
            continue
        if len(commands) + len(findings) >= MAX_COMMANDS:
            text = f"a comment must hold at most {MAX_COMMANDS} commands; the rest was not read (line {number})."
            findings.append(Finding("comment", text, number))
            break
        name, rest = match.group(1).lower(), (match.group(2) or "").strip()
        if name not in COMMANDS:
            hint = did_you_mean(name, COMMANDS) or "."
            known = ", ".join(f"/{known}" for known in COMMANDS)
            findings.append(
                Finding("command", f"/{name} is no command{hint} Commands: {known} (line {number}).", number)
            )
        elif name == "retrain":
            values, found = _assignments(rest, number)
            findings.extend(found)
            if not found:
                commands.append(Command("retrain", number, hyperparameters=values))
        else:
            commands.append(Command(name, number, reason=rest[:MAX_REASON_CHARACTERS]))
    return ParsedComment(tuple(commands), tuple(findings))


def _assignments(text: str, line: int) -> tuple[dict[str, object], list[Finding]]:
    """`a=1 b='x y'` as a mapping; words are split as a shell would, nothing is expanded."""
    try:
        words = shlex.split(text)
    except ValueError:
        return {}, [Finding("retrain", f"/retrain has an open quote; close it (line {line}).", line)]
    values: dict[str, object] = {}
    findings: list[Finding] = []
    if not words:
        return {}, [
            Finding("retrain", f"/retrain needs NAME=VALUE, for example /retrain max_depth=8 (line {line}).", line)
        ]
    if len(words) > MAX_HYPERPARAMETERS:
        return {}, [Finding("retrain", f"/retrain takes at most {MAX_HYPERPARAMETERS} values (line {line}).", line)]
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            text = f"/retrain takes NAME=VALUE, got '{shown_name(word)}' (line {line})."
            findings.append(Finding("retrain", text, line))
        elif name in values:
            findings.append(
                Finding("retrain", f"/retrain sets {shown_name(name)} twice; keep one (line {line}).", line)
            )
        else:
            values[name] = _value(value)
    return values, findings


def _value(text: str) -> object:
    """A scalar, or a list such as [64,32]."""
    parsed = bounded_yaml.load(text) if text.startswith("[") and text.endswith("]") else None
    return bounded_yaml.scalar(text) if parsed is None or parsed.findings else parsed.value
