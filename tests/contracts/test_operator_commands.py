"""Commands in comments: where they may stand, what they take, and what is said to wrong ones."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.operator_commands import (
    COMMANDS,
    MAX_COMMANDS,
    MAX_COMMENT_CHARACTERS,
    MAX_REASON_CHARACTERS,
    ROWS,
    Command,
    parse_comment,
)


def only(text: str) -> Command:
    """The one command of a comment without mistakes."""
    parsed = parse_comment(text)
    assert parsed.findings == ()
    (command,) = parsed.commands
    return command


def refusal(text: str) -> str:
    """The one message about a comment without usable commands."""
    parsed = parse_comment(text)
    assert parsed.commands == ()
    (finding,) = parsed.findings
    return finding.message


def test_a_command_may_stand_on_any_line() -> None:
    command = only("Thanks!\r\n\r\n   /retrain max_depth=8\r\n\r\nLet us see.")
    assert (command.name, command.line, dict(command.hyperparameters)) == ("retrain", 3, {"max_depth": 8})


@pytest.mark.parametrize(
    "text",
    ["no command", "", "please /accept", "> /accept", "    /accept", "`/accept`", "```\n/accept\n```", 
     "~~~\n/accept\n~~~", "```\n~~~\n/accept\n```", "````\n```\n/accept\n````",
     "```\n/accept", "- /accept", "//accept", "/ accept",
     "/usr/bin/env", "https://x/accept"],
)  # fmt: skip
def test_text_code_and_quotes_hold_no_commands(text: str) -> None:
    parsed = parse_comment(text)
    assert (parsed.commands, parsed.findings) == ((), ())


def test_a_command_after_a_closed_fence_counts() -> None:
    assert only("```\n/reject\n```\n/accept").name == "accept"


@pytest.mark.parametrize("name", ["accept", "reject", "cancel", "approve", "rollback"])
def test_a_decision_takes_a_reason(name: str) -> None:
    assert only(f"/{name}   good enough; see #4").reason == "good enough; see #4"
    assert only(f"/{name.upper()}").reason == ""


def test_several_commands_come_in_order() -> None:
    parsed = parse_comment("/help\n/retrain a=1\n/status")
    assert [(command.name, command.line) for command in parsed.commands] == [("help", 1), ("retrain", 2), ("status", 3)]
    assert parsed.findings == ()


def test_an_unknown_command_gets_the_nearest_and_the_list() -> None:
    known = ", ".join(f"/{name}" for name in ROWS)
    assert refusal("/retrian a=1") == (f"/retrian is no command; did you mean 'retrain'? Commands: {known} (line 1).")
    assert refusal("\n/deploy") == f"/deploy is no command. Commands: {known} (line 2)."


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=1 b=0.5 c=true d=null e=x", {"a": 1, "b": 0.5, "c": True, "d": None, "e": "x"}),
        ("a='x y' b=\"p=q\" 'c=z'", {"a": "x y", "b": "p=q", "c": "z"}),
        ("a=1e-3 b=-2 c=", {"a": 0.001, "b": -2, "c": None}),
        ("a=$(id) b=`id` c=$HOME d=*", {"a": "$(id)", "b": "`id`", "c": "$HOME", "d": "*"}),
        ("a=!!python/name:os.system", {"a": "!!python/name:os.system"}),
        ("a=[64,32] b={} c=[1", {"a": [64, 32], "b": "{}", "c": "[1"}),
        ("a=[!!python/name:os.system]", {"a": "[!!python/name:os.system]"}),
        ("a=nan b=1e999", {"a": "nan", "b": "1e999"}),
    ],
)
def test_values_are_plain_scalars_or_lists_and_nothing_is_expanded(text: str, values: dict[str, object]) -> None:
    assert dict(only(f"/retrain {text}").hyperparameters) == values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/retrain", "/retrain needs NAME=VALUE, for example /retrain max_depth=8 (line 1)."),
        ("/retrain a", "/retrain takes NAME=VALUE, got 'a' (line 1)."),
        ("/retrain =1", "/retrain takes NAME=VALUE, got '=1' (line 1)."),
        ("/retrain a=1 a=2", "/retrain sets a twice; keep one (line 1)."),
        ("/retrain a='x", "/retrain has an open quote; close it (line 1)."),
        ("/retrain " + " ".join(f"p{i}=1" for i in range(101)), "/retrain takes at most 100 values (line 1)."),
        ("/retrain a=" + "x" * 4000, "/retrain takes at most 4000 characters (line 1)."),
        ("/retrain " + "x" * 500, f"/retrain takes NAME=VALUE, got '{'x' * 79}…' (line 1)."),
    ],
)
def test_a_retrain_that_cannot_be_read_gets_its_message(text: str, expected: str) -> None:
    assert refusal(text) == expected


def test_reasons_comments_and_their_commands_are_bounded() -> None:
    assert len(only("/accept " + "x" * 5000).reason) == MAX_REASON_CHARACTERS
    assert refusal("x" * (MAX_COMMENT_CHARACTERS + 1)) == "a comment must be at most 65536 characters."
    parsed = parse_comment("/help\n" * 5000)
    assert len(parsed.commands) == MAX_COMMANDS
    assert [finding.message for finding in parsed.findings] == [
        "a comment must hold at most 20 commands; the rest was not read (line 21)."
    ]


def test_the_help_names_every_command() -> None:
    assert all(text.startswith(f"/{name}") for name, text in COMMANDS.items())


@pytest.mark.parametrize("separator", [" ", "\t", "\u3000", "\u00a0"])
def test_a_space_of_any_keyboard_ends_a_name_and_parts_values(separator: str) -> None:
    assert only(f"/accept{separator}good").reason == "good"
    assert dict(only(f"/retrain{separator}a=1{separator}b=2").hyperparameters) == {"a": 1, "b": 2}


@pytest.mark.parametrize("name", ["approve", "rollback"])
@pytest.mark.parametrize(
    ("text", "version", "model", "reason"),
    [
        ("", None, "", ""),
        ("3", 3, "", ""),
        ("v3", 3, "", ""),
        ("V12 checked  it", 12, "", "checked  it"),
        ("penguin-species@3 fine", 3, "penguin-species", "fine"),
        ("m@v3", 3, "m", ""),
        ("to 3 drifts", 3, "", "drifts"),
        ("to version 3", 3, "", ""),
        ("Version v3", 3, "", ""),
        ("--to 2", 2, "", ""),
        ("to m@2", 2, "m", ""),
        ("３", 3, "", ""),
        ("３\u3000確認済み", 3, "", "確認済み"),
        ("looks good, 3 of 4", None, "", "looks good, 3 of 4"),
        ("to be sure", None, "", "to be sure"),
        ("version", None, "", "version"),
        ("@ada checked it", None, "", "@ada checked it"),
        ("ﬁne", None, "", "ﬁne"),
    ],
)
def test_a_version_may_come_before_the_reason(name: str, text: str, version: int, model: str, reason: str) -> None:
    command = only(f"/{name} {text}")
    assert (command.version, command.model, command.reason) == (version, model, reason)


@pytest.mark.parametrize(
    "word",
    ["0", "v0", "m@0", "1.2.3", "v1.2", "#3", "-1", "3rd", "95%", "m@latest", "m@", "9999999999", "v9999999999", "3,",
     "arn:aws:sagemaker:us-east-1:123456789012:model-package/m/3", "ada@example.com"],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "to "])
def test_what_looks_like_a_version_and_is_none_is_never_taken_for_a_reason(word: str, before: str) -> None:
    assert refusal(f"/rollback {before}{word} because") == (
        f"/rollback takes a version such as 3, v3 or name@3, and then a reason; got '{word}' (line 1)."
    )


@pytest.mark.parametrize(
    "text",
    ["/accept\n/reject", "/retrain a=1\n/accept", "/cancel\n/retry", "/accept\n\n/accept", "/approve\n/rollback",
     "/rollback 1\n/rollback 2", "/help\n/accept\n/status\n/cancel"],
)  # fmt: skip
def test_decisions_that_contradict_one_another_are_one_finding(text: str) -> None:
    (finding,) = parse_comment(text).findings
    assert "one decision of its kind" in finding.message


@pytest.mark.parametrize(
    "text", ["/reject\n/approve 2", "/reject\n/rollback", "/cancel\n/rollback 1", "/accept\n/approve 2"]
)
def test_a_decision_on_the_run_may_stand_beside_one_on_the_model(text: str) -> None:
    assert parse_comment(text).findings == ()


def test_an_approval_beside_a_command_that_makes_a_version_must_name_its_version() -> None:
    (finding,) = parse_comment("/accept\n/approve").findings
    assert finding.message == (
        "/approve beside /accept must name its version; or approve in a comment of its own, afterwards (line 2)."
    )


def test_status_and_help_stand_beside_anything() -> None:
    for row in COMMANDS:
        if row not in ("status", "help"):
            arguments = " a=1" if row == "retrain" else ""
            assert parse_comment(f"/status\n/{row}{arguments}\n/help").findings == ()


def test_one_reply_names_every_mistake_of_a_comment() -> None:
    parsed = parse_comment("/retrian a=1\n/retrain a\n/approve 1.2\n/accept\n/reject")
    assert [finding.line for finding in parsed.findings] == [1, 2, 3, None]


PIECES = st.sampled_from(
    ["/retrain ", "/accept", "/approve ", "/rollback ", "/cancel\n", "/retry", "/status\n", "/help\r\n", "/x", "//",
     "\n", "a=1 ", "b=[1,2] ", "c='", '"', "\\", "=", "v3 ", "0 ", "３ ", "m@2 ", "@", "to ", "version ", "```\n",
     "~~~", "<!--", "-->", "> ", "    ", "\u3000", "\x00", "\ud800", "\u202e", "#", "99999999999 "]
)  # fmt: skip
VALUES = st.integers(-(10**15), 10**15) | st.booleans() | st.none()
HOSTILE = st.lists(PIECES | st.text(st.characters(), max_size=8), max_size=60).map("".join)


@settings(max_examples=300, deadline=None)
@given(HOSTILE)
def test_no_comment_whatever_raises_and_what_is_read_keeps_its_promises(text: str) -> None:
    parsed = parse_comment(text)
    assert len(parsed.commands) <= MAX_COMMANDS
    for command in parsed.commands:
        assert command.name in ROWS
        assert command.version is None or 1 <= command.version <= 999_999_999
        assert len(command.reason) <= MAX_REASON_CHARACTERS
        assert "\n" not in command.reason
        assert bool(command.hyperparameters) == (command.name == "retrain")
    if not parsed.findings:
        decisions = [ROWS[command.name].about for command in parsed.commands]
        assert decisions.count("run") <= 1
        assert decisions.count("model") <= 1


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), VALUES, min_size=1, max_size=8))
def test_values_come_back_as_they_were_written(values: dict[str, object]) -> None:
    words = " ".join(f"{name}={json.dumps(value)}" for name, value in values.items())
    assert dict(only(f"/retrain {words}").hyperparameters) == values


@pytest.mark.parametrize(
    "line",
    ["/accept ", "/approve ", "/rollback to ", "/rollback to version ", "/retrain a=", "/retrain ", "/" ],
)  # fmt: skip
@pytest.mark.parametrize("filler", ["x", " ", "1", "@", "'", "v", "\u3000", "-", "a-"])
def test_reading_takes_time_in_proportion_to_the_text(line: str, filler: str) -> None:
    text = line + filler * ((60_000 - len(line)) // len(filler))
    start = time.process_time()
    parse_comment(text)
    parse_comment((line + filler * 20 + "\n") * 2_000)
    assert time.process_time() - start < 0.5
