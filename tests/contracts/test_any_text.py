"""Whatever strangers write: reading it never raises, and takes bounded time, memory and words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.algorithms import ALGORITHMS
from contracts.fields import FIELDS
from contracts.findings import format_findings, has_errors
from contracts.issue_text import MAX_FINDINGS, ParsedIssue, parse_issue
from contracts.operator_commands import MAX_COMMANDS, MAX_REASON_CHARACTERS, ParsedComment, parse_comment
from contracts.preprocessing import PREPROCESSING_FIELDS

NAMES = [row.name for row in (*FIELDS, *PREPROCESSING_FIELDS)]
NAMES += [row.name for algorithm in ALGORITHMS.values() for row in algorithm.hyperparameters]
VALUES = ["classification", "regression", "accuracy", "rmse", "0.9", "1e9", "-1", "true", "null", ".nan"]
YAML = [
    "\n",
    "\n  ",
    "\n- ",
    ": ",
    "? ",
    "| ",
    ">\n",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "&a ",
    "*a",
    "!!int ",
    "<<: ",
    "'",
    '"',
]
YAML += ["\\", "#", "%", "---\n", "...\n", "\t", "\r\n", "\x00", "\x85", "\ufeff", "\ud800", "é"]
MARKDOWN = [
    "```yaml\n",
    "```\n",
    "~~~\n",
    "### ",
    "### Algorithm\n\n",
    "### Hyperparameters\n\n",
    "_No response_\n",
    "> ",
]
COMMANDS = ["a=1 ", "a='", "/retrain ", "/accept ", "\n/reject"]
FRAGMENTS = st.sampled_from(
    [*(f"{name}: " for name in NAMES), *ALGORITHMS, *VALUES, *YAML, *MARKDOWN, *COMMANDS],
)
YAML_LIKE = st.lists(FRAGMENTS | st.text(max_size=6), max_size=40).map("".join)
ANY_TEXT = YAML_LIKE | st.text(st.characters(), max_size=200)


def check_issue(body: str) -> ParsedIssue:
    """What holds for every issue."""
    parsed = parse_issue(body)
    assert (parsed.config is None) == has_errors(parsed.findings)
    assert len(parsed.findings) <= MAX_FINDINGS + 1
    lines = body.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    for finding in parsed.findings:
        assert finding.message
        assert "\n" not in finding.message
        assert len(finding.message) < 1000
        assert finding.line is None or 1 <= finding.line <= lines
    format_findings(parsed.findings).encode()
    return parsed


def check_comment(text: str) -> ParsedComment:
    """What holds for every comment."""
    parsed = parse_comment(text)
    assert len(parsed.commands) + len(parsed.findings) <= MAX_COMMANDS * 101
    assert all(len(command.reason) <= MAX_REASON_CHARACTERS for command in parsed.commands)
    assert all("\n" not in finding.message and len(finding.message) < 1000 for finding in parsed.findings)
    return parsed


@settings(max_examples=250, deadline=None)
@given(ANY_TEXT)
def test_no_issue_whatever_raises(body: str) -> None:
    check_issue(body)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(NAMES), unique=True), st.data())
def test_no_mapping_of_fields_whatever_raises(names: list[str], data: st.DataObject) -> None:
    values = [data.draw(FRAGMENTS | st.text(max_size=8)) for _ in names]
    check_issue("\n".join(f"{name}: {value}" for name, value in zip(names, values, strict=True)))


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT)
def test_no_comment_whatever_raises(text: str) -> None:
    check_comment(text)


@settings(max_examples=50, deadline=None)
@given(ANY_TEXT)
def test_reading_is_a_function_of_the_text(text: str) -> None:
    assert parse_issue(text) == parse_issue(text)


SIZE = 65_000
HOSTILE = {
    "blank lines": "\n" * SIZE,
    "heading with a long gap": "### a" + " " * SIZE + "b",
    "fence with a long gap": "``` " + " " * SIZE + "!",
    "open brackets": "algorithm: " + "[" * SIZE,
    "open braces": "algorithm: " + "{," * (SIZE // 2),
    "many pairs": "algorithm: x\n" + "a: b\n" * 12_000,
    "many unknown fields": "algorithm: x\n" + "".join(f"algorithn{i}: b\n" for i in range(1_900)),
    "many fences": "```\nalgorithm: x\n```\n" * 3_000,
    "many sections": "### algorithm\nx\n" * 3_500,
    "nested lists": "algorithm: x\n- " + "- " * (SIZE // 2 - 20),
    "escapes": 'algorithm: "' + "\\n" * 32_000,
    "underscored number": "max_retry: " + "1_" * 32_000 + "x",
    "many digits": "max_retry: " + "9" * SIZE,
    "many documents": "---\n" * 16_000,
    "commands": "/x\n" * 20_000,
    "assignments": "/retrain " + "a=1 " * 16_000,
    "quotes": "/retrain " + "'" * SIZE,
    "backslashes": "/retrain " + "\\" * SIZE,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    check_issue(text)
    check_comment(text)
    assert time.process_time() - start < 1.5
