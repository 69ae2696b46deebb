"""The waiting execution puts its question to the issue, once; a stopped one is let go."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import names
from contracts.operator_commands import parse_comment
from lambdas.channels import delivery, ledger
from lambdas.edge import Fields
from lambdas.operator_request.handler import handler
from lambdas.operator_request.question import examples
from lambdas.run_facts import RunFacts
from lambdas.start_execution.handler import handler as start_execution
from tests.lambdas.cuts import Killed, scissors_for
from tests.lambdas.world import REPO, World, common, records, report, whole_report

TOKEN = "token00001"


def message(started: tuple[int, str], status: str = "Executing") -> dict[str, object]:
    return {
        "token": TOKEN,
        "pipelineExecutionArn": started[1],
        "arguments": common(*started),
        "status": status,
    }


def asked(world: World, started: tuple[int, str]) -> str:
    """The one comment that asks."""
    (body,) = [body for body in world.bodies(started[0]) if ":retrain_required -->" in body.splitlines()[0]]
    return body


def test_the_issue_is_asked_with_the_metric_and_the_commands(world: World, started: tuple[int, str]) -> None:
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.44))
    world.sagemaker.ask(started[1], TOKEN)

    answer = handler(records(message(started)), None)

    assert answer["batchItemFailures"] == []
    question = asked(world, started)
    assert "`accuracy` is **0.44**, the threshold is 0.95" in question
    assert "```\n/retrain max_depth=1 n_estimators=1\n```" in question
    assert "```\n/accept accuracy 0.44 is good enough, because …\n```" in question
    assert "```\n/reject accuracy 0.44 is too far from 0.95\n```" in question
    assert names.LABEL_WAITING in world.labels(started[0])


def test_the_question_shows_the_model_in_place_and_the_warnings_but_no_pictures(
    world: World, started: tuple[int, str]
) -> None:
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=whole_report())
    world.sagemaker.ask(started[1], TOKEN)
    handler(records(message(started)), None)

    question = asked(world, started)
    assert "Better than the model in place" in question
    assert "Warnings about the data: 1" in question
    assert "![" not in question


def test_the_question_is_put_in_japanese_where_that_is_asked(
    world: World, started: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_LANGUAGE", "ja")
    world.sagemaker.ask(started[1], TOKEN)
    handler(records(message(started)), None)

    assert "モデルが基準に達しませんでした" in asked(world, started)


def test_it_says_until_when_it_waits(world: World, started: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    world.sagemaker.ask(started[1], TOKEN)
    world.sagemaker.steps[started[1]][-1]["StartTime"] = datetime(
        2026, 11, 1, 9, 30, tzinfo=timezone(timedelta(hours=9))
    )
    monkeypatch.setenv("ISSUEOPS_EXPIRE_AFTER_HOURS", "36")
    handler(records(message(started)), None)

    assert "**Answer in a comment until 2026-11-02 12:30 UTC.**" in asked(world, started)


def test_where_nothing_expires_it_says_so(
    world: World, started: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sagemaker.ask(started[1], TOKEN)
    monkeypatch.setenv("ISSUEOPS_EXPIRE_AFTER_HOURS", "0")
    handler(records(message(started)), None)

    assert "The run waits as long as it takes." in asked(world, started)


def test_a_message_delivered_twice_asks_once(world: World, started: tuple[int, str]) -> None:
    world.sagemaker.ask(started[1], TOKEN)
    handler(records(message(started), message(started)), None)
    first = asked(world, started)
    handler(records(message(started)), None)

    assert asked(world, started) == first


def test_an_execution_that_asks_anew_is_asked_about_in_a_comment_of_its_own(
    world: World, started: tuple[int, str]
) -> None:
    world.sagemaker.ask(started[1], TOKEN)
    handler(records(message(started)), None)
    world.sagemaker.steps[started[1]].clear()
    world.sagemaker.ask(started[1], "token00002")
    handler(records({**message(started), "token": "token00002"}), None)

    assert len([body for body in world.bodies(started[0]) if ":retrain_required -->" in body]) == 2


def test_the_question_stands_on_the_issue_whatever_channels_are_configured(
    world: World, started: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_CHANNELS", "sns")
    world.sagemaker.ask(started[1], TOKEN)

    answer = handler(records(message(started)), None)

    assert answer["batchItemFailures"] == []
    assert "/retrain" in asked(world, started)
    assert names.LABEL_WAITING in world.labels(started[0])


def test_a_message_delivered_after_the_answer_asks_nobody(world: World, started: tuple[int, str]) -> None:
    world.sagemaker.ask(started[1], TOKEN)
    world.sagemaker.send_pipeline_execution_step_success(CallbackToken=TOKEN, OutputParameters=[])
    before = world.bodies(started[0])

    assert handler(records(message(started)), None)["results"] == [{"status": "answered"}]
    assert world.bodies(started[0]) == before
    assert names.LABEL_WAITING not in world.labels(started[0])


def test_killed_at_any_call_and_repeated_it_asks_once(
    world: World, open_issue: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    scissors = scissors_for(world, monkeypatch)
    for module in (delivery, ledger):  # a claim of the dead is waited for; here it is known that they are dead
        monkeypatch.setattr(module, "LEASE_SECONDS", {"github": 0.0})
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.44))
    alive, at = False, 0
    while not alive:
        at += 1
        world.s3.objects.pop("bucket/state/admission.json", None)
        number = open_issue()
        start = start_execution(records({"repository": REPO, "issue_number": number}), None)
        started = number, start["results"][0]["execution_arn"]
        world.sagemaker.ask(started[1], f"token{number:05d}")
        event = records({**message(started), "token": f"token{number:05d}"})
        try:
            with scissors.cut(at, after_effect=False):
                handler(event, None)
            alive = True
        except Killed:
            assert handler(event, None)["batchItemFailures"] == []
        assert "/retrain" in asked(world, started)
        assert names.LABEL_WAITING in world.labels(number)
    assert at > 10


def test_a_stopped_execution_is_let_go_and_twice_equals_once(world: World, started: tuple[int, str]) -> None:
    world.sagemaker.ask(started[1], TOKEN)

    answer = handler(records(message(started, "Stopping"), message(started, "Stopping")), None)

    assert answer["batchItemFailures"] == []
    [(token, reason)] = world.sagemaker.failures
    assert token == TOKEN
    assert "stopped" in reason


def test_a_broken_message_is_offered_again_and_the_others_are_handled(world: World, started: tuple[int, str]) -> None:
    world.sagemaker.ask(started[1], TOKEN)

    answer = handler(records('{"token": "x"}', message(started)), None)

    assert answer["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    assert "/retrain" in asked(world, started)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    hyperparameters=st.dictionaries(st.text(max_size=12), VALUES, max_size=8).map(json.dumps) | st.text(max_size=40),
    metric=st.text(max_size=30),
)
def test_an_example_is_a_command_whatever_the_run_was_given(hyperparameters: str, metric: str) -> None:
    arguments = {**common(1, "arn:x/exec"), "hyperparameters": hyperparameters, "evaluation_metric": metric}
    found = examples(RunFacts.from_fields(Fields(arguments)), None)

    for name, example in found.items():
        assert "`" not in example
        assert "\n" not in example
        if example != "/retrain NAME=VALUE":
            (command,) = parse_comment(example).commands
            assert command.name == name


def test_the_example_reads_back_as_the_runs_own_values() -> None:
    given_values = {"hidden_layers": [64, 32], "criterion": "log_loss", "bootstrap": True, "max_depth": None, "lr": 0.5}
    arguments = {**common(1, "arn:x/exec"), "hyperparameters": json.dumps(given_values)}
    (command,) = parse_comment(examples(RunFacts.from_fields(Fields(arguments)), None)["retrain"]).commands

    assert dict(command.hyperparameters) == given_values


def test_a_run_with_defaults_only_is_given_those_of_its_algorithm() -> None:
    arguments = {**common(1, "arn:x/exec"), "hyperparameters": "{}"}

    assert examples(RunFacts.from_fields(Fields(arguments)), None)["retrain"].startswith("/retrain n_estimators=")
