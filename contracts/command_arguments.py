"""What follows a command's name: `NAME=VALUE …`, or a version and a reason.

Place in the flow: below `contracts.operator_commands`. Pure, bounded; never raises. One cost: a reason that begins with
a number must come after a version, for the number would be taken for one.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from dataclasses import dataclass

from contracts import bounded_yaml
from contracts.findings import Finding, shown_name
from contracts.hyperparameters import MAX_HYPERPARAMETERS

SPACES = " \t\u00a0\u3000"
MAX_ASSIGNMENT_CHARACTERS = 4_000
_MAX_VERSION_WORD = 200
_NAMED = re.compile(r"([a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62})@v?([0-9]{1,9})")
_PLAIN = re.compile(r"v?([0-9]{1,9})", re.IGNORECASE)
# What somebody writes who means a version: 3, v, 1.2.3, #3, -1, model@latest, arn:…; perhaps after "to" or "version".
_MEANT = r"v?[-#+]?[0-9]|[^\s@]+@|arn:"
_LOOKS_MEANT = re.compile(_MEANT, re.IGNORECASE)
_INTRODUCTION = re.compile(rf"(?:(?:to|version|--to)[{SPACES}]+)?(?:version[{SPACES}]+)?(?={_MEANT})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """A version, None where none was named; the model's name where it stood beside it; and what follows."""

    version: int | None
    model: str
    rest: str


def read_version(command: str, text: str, line: int) -> tuple[NamedVersion | None, Finding | None]:
    """`3 looks good`, `v3`, `name@3`, `to version 3` or only a reason.

    Full-width digits count as digits. A first word that looks like a version and is none is a finding: taken for the
    beginning of a reason, it would let the command act on another version than the one that was meant.
    """
    lead = unicodedata.normalize("NFKC", text[:_MAX_VERSION_WORD])
    # Same length: no character of it became several, so positions in it are positions in the text.
    if len(lead) != min(len(text), _MAX_VERSION_WORD):
        lead = text[:_MAX_VERSION_WORD]
    introduction = _INTRODUCTION.match(lead)
    begin = introduction.end() if introduction else 0
    end = next((i for i in range(begin, len(lead)) if lead[i].isspace()), len(lead))
    word, rest = lead[begin:end], text[end:].strip()
    named, plain = _NAMED.fullmatch(word), _PLAIN.fullmatch(word)
    if named is not None and int(named.group(2)) >= 1:
        return NamedVersion(int(named.group(2)), named.group(1), rest), None
    if plain is not None and int(plain.group(1)) >= 1:
        return NamedVersion(int(plain.group(1)), "", rest), None
    if _LOOKS_MEANT.match(word):
        text = f"/{command} takes a version such as 3, v3 or name@3, and then a reason; got '{shown_name(word)}'"
        return None, Finding(command, f"{text} (line {line}).", line)
    return NamedVersion(None, "", text.strip()), None


def read_assignments(text: str, line: int) -> tuple[dict[str, object], list[Finding]]:
    """`a=1 b='x y'` as a mapping; words are split as a shell would, nothing is expanded."""
    if len(text) > MAX_ASSIGNMENT_CHARACTERS:
        limit = f"/retrain takes at most {MAX_ASSIGNMENT_CHARACTERS} characters (line {line})."
        return {}, [Finding("retrain", limit, line)]
    try:
        words = _words(text)
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


def _words(text: str) -> list[str]:
    """As a shell splits them. Raises ValueError where a quote is open."""
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = SPACES, True, ""
    return list(lexer)


def _value(text: str) -> object:
    """A scalar, or a list such as [64,32]."""
    parsed = bounded_yaml.load(text) if text.startswith("[") and text.endswith("]") else None
    return bounded_yaml.scalar(text) if parsed is None or parsed.findings else parsed.value
