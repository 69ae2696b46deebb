"""The operator's commands in a comment: `/retrain key=value …`, `/approve [version] [reason]`, `/help` and others.

Place in the flow: operator_reply reads a comment with it. A command may stand on any line outside code, quotes
and HTML comments; several stand on several lines. Pure, bounded, in linear time. One cost: reasons end with their
line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from contracts.command_arguments import SPACES, read_assignments, read_version
from contracts.findings import Finding, did_you_mean
from contracts.texts.operator import TEXTS
from contracts.visible_text import FENCE, fence_after, visible_lines

MAX_COMMENT_CHARACTERS = 65_536
MAX_REASON_CHARACTERS = 500
MAX_COMMANDS = 20


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One command.

    Attributes:
        usage: how it is written.
        about: "run" decides on the issue's run, "model" on its registered model; a comment may decide on each of them
            once. "words" decide nothing and stand beside anything.
        takes: what follows the name.
    """

    usage: str
    about: Literal["run", "model", "words"]
    takes: Literal["assignments", "version", "reason"] = "reason"


ROWS: Mapping[str, CommandRow] = {
    "retrain": CommandRow("/retrain NAME=VALUE …", "run", "assignments"),
    "accept": CommandRow("/accept [reason]", "run"),
    "reject": CommandRow("/reject [reason]", "run"),
    "approve": CommandRow("/approve [version] [reason]", "model", "version"),
    "rollback": CommandRow("/rollback [version] [reason]", "model", "version"),
    "cancel": CommandRow("/cancel [reason]", "run"),
    "retry": CommandRow("/retry", "run"),
    "status": CommandRow("/status", "words"),
    "help": CommandRow("/help", "words"),
}
# As the reference prints them.
COMMANDS: Mapping[str, str] = {name: f"{row.usage} — {TEXTS[f'command_{name}']['en']}" for name, row in ROWS.items()}
# A name ends with its line or with a space, so that /usr/bin, //x and /a/accept are no commands. The ideographic space
# counts: it is what a Japanese keyboard writes.
_COMMAND = re.compile(rf"^ {{0,3}}/([A-Za-z][A-Za-z_-]{{0,30}})(?:[{SPACES}]+(.*))?$")


@dataclass(frozen=True, slots=True)
class Command:
    """One command; what it does not take is empty.

    Attributes:
        version: of the model; None for the one that suggests itself.
        model: the model's name, where the version was written NAME@VERSION.
    """

    name: str
    line: int
    hyperparameters: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""
    version: int | None = None
    model: str = ""


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
    found = 0
    fence = ""
    for number, line in enumerate(visible_lines(text), 1):
        mark = FENCE.match(line)
        if mark is not None:
            fence = fence_after(fence, mark)
            continue
        match = None if fence else _COMMAND.match(line)
        if match is None:
            continue
        found += 1
        if found > MAX_COMMANDS:
            text = f"a comment must hold at most {MAX_COMMANDS} commands; the rest was not read (line {number})."
            findings.append(Finding("comment", text, number))
            break
        command, wrong = _read(match.group(1).lower(), (match.group(2) or "").strip(), number)
        findings.extend(wrong)
        if command is not None:
            commands.append(command)
    conflict = conflict_of(commands)
    return ParsedComment(tuple(commands), (*findings, conflict) if conflict else tuple(findings))


def conflict_of(commands: Sequence[Command]) -> Finding | None:
    """Why these commands cannot be followed together, or None.

    A comment decides once on the run and once on the model. An approval that names no version cannot stand beside a
    command that makes one, because the version would be another than its writer sees.
    """
    run = [command for command in commands if ROWS[command.name].about == "run"]
    model = [command for command in commands if ROWS[command.name].about == "model"]
    for several in (run, model):
        if len(several) > 1:
            said = ", ".join(f"/{command.name} (line {command.line})" for command in several)
            return Finding("comment", f"a comment takes one decision of its kind, got {said}; keep one.")
    if run and model and model[0].name == "approve" and model[0].version is None and run[0].name != "reject":
        text = f"/approve beside /{run[0].name} must name its version; or approve in a comment of its own, afterwards"
        return Finding("approve", f"{text} (line {model[0].line}).", model[0].line)
    return None


def _read(name: str, rest: str, line: int) -> tuple[Command | None, list[Finding]]:
    row = ROWS.get(name)
    if row is None:
        hint = did_you_mean(name, ROWS) or "."
        known = ", ".join(f"/{known}" for known in ROWS)
        return None, [Finding("command", f"/{name} is no command{hint} Commands: {known} (line {line}).", line)]
    if row.takes == "assignments":
        values, findings = read_assignments(rest, line)
        return (None, findings) if findings else (Command(name, line, hyperparameters=values), [])
    if row.takes == "version":
        named, finding = read_version(name, rest, line)
        if named is None:
            return None, [finding] if finding else []
        reason = named.rest[:MAX_REASON_CHARACTERS]
        return Command(name, line, reason=reason, version=named.version, model=named.model), []
    return Command(name, line, reason=rest[:MAX_REASON_CHARACTERS]), []
