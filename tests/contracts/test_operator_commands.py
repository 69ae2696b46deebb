"""Commands in comments: where they may stand, what they take, and what is said to wrong ones."""

from __future__ import annotations

import pytest

from contracts.operator_commands import (
    COMMANDS,
    MAX_COMMANDS,
    MAX_COMMENT_CHARACTERS,
    MAX_REASON_CHARACTERS,
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


@pytest.mark.parametrize("name", ["accept", "reject"])
def test_a_decision_takes_a_reason(name: str) -> None:
    assert only(f"/{name}   good enough; see #4").reason == "good enough; see #4"
    assert only(f"/{name.upper()}").reason == ""


def test_several_commands_come_in_order() -> None:
    parsed = parse_comment("/help\n/retrain a=1\n/accept")
    assert [(command.name, command.line) for command in parsed.commands] == [("help", 1), ("retrain", 2), ("accept", 3)]


def test_an_unknown_command_gets_the_nearest_and_the_list() -> None:
    assert refusal("/retrian a=1") == (
        "/retrian is no command; did you mean 'retrain'? Commands: /retrain, /accept, /reject, /help (line 1)."
    )
    assert refusal("\n/deploy") == "/deploy is no command. Commands: /retrain, /accept, /reject, /help (line 2)."


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
        ("/retrain " + "x" * 500, f"/retrain takes NAME=VALUE, got '{'x' * 79}…' (line 1)."),
    ],
)
def test_a_retrain_that_cannot_be_read_gets_its_message(text: str, expected: str) -> None:
    assert refusal(text) == expected


def test_reasons_comments_and_their_commands_are_bounded() -> None:
    assert len(only("/accept " + "x" * 5000).reason) == MAX_REASON_CHARACTERS
    assert refusal("x" * (MAX_COMMENT_CHARACTERS + 1)) == "a comment must be at most 65536 characters."
    parsed = parse_comment("/accept\n" * 5000)
    assert len(parsed.commands) == MAX_COMMANDS
    assert [finding.message for finding in parsed.findings] == [
        "a comment must hold at most 20 commands; the rest was not read (line 21)."
    ]


def test_the_help_names_every_command() -> None:
    assert all(text.startswith(f"/{name}") for name, text in COMMANDS.items())
