"""The stack as a whole: waiting, lanes, the clock, and a restart from disk."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import boto3
import pytest

from local.functions import LambdaError
from tests.local.execution.bench import until
from tests.local.queues.stacks import (
    Clockwork,
    Row,
    callback_step,
    lambda_step,
    noted,
    stack,
    start,
)


def test_a_callback_reaches_its_consumer_whose_answer_ends_the_wait(tmp_path: Path) -> None:
    with stack(tmp_path, Row("questions", "answer")) as local:
        arn = start(local, callback_step("Ask"), lambda_step("Then", "tick", after="Ask"))
        assert local.wait(arn) == "Succeeded"


def test_waiting_for_an_answer_ends_when_the_question_was_delivered(tmp_path: Path) -> None:
    with stack(tmp_path, Row("questions", "keep")) as local:
        arn = start(local, callback_step("Ask"))
        assert local.wait(arn) == "Waiting"
        assert json.loads(noted(tmp_path)[0]["body"])["pipelineExecutionArn"] == arn


def test_a_question_that_was_not_delivered_is_delivered_after_a_restart(tmp_path: Path) -> None:
    with stack(tmp_path, Row("questions", "consume")) as local:
        local.send("questions", "hang")  # the consumer is busy with something else
        arn = start(local, callback_step("Ask"))
        until(lambda: local.queues.counts("questions").visible == 1)
    with stack(tmp_path, Row("questions", "keep")) as local:
        assert local.drain(10)
    questions = [json.loads(r["body"]) for r in noted(tmp_path) if isinstance(r, dict) and r["body"][0] == "{"]
    assert [question["pipelineExecutionArn"] for question in questions] == [arn]


def test_a_callback_to_a_queue_that_nobody_made_waits_there_for_whoever_reads_it(tmp_path: Path) -> None:
    with stack(tmp_path) as local:
        assert local.wait(start(local, callback_step("Ask"))) == "Waiting"
        message = local.client("sqs").receive_message(
            QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/questions"
        )["Messages"][0]
        token = json.loads(message["Body"])["token"]
        assert len(token) == 10


def test_any_aws_sdk_reaches_the_queues_with_the_environment_of_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stack(tmp_path, Row("work")) as local:
        for name, value in local.aws_environment().items():
            monkeypatch.setenv(name, value)
        url = "https://sqs.us-east-1.amazonaws.com/123456789012/work"
        boto3.session.Session().client("sqs").send_message(QueueUrl=url, MessageBody="hello")
        until(lambda: [entry[0] for entry in noted(tmp_path)] == ["hello"])
        assert local.drain(5)


def test_a_lane_of_its_own_answers_while_the_main_one_is_busy(tmp_path: Path) -> None:
    with stack(tmp_path, lanes={"tick": "edge"}) as local:
        local.invoke("tick", {})
        local.invoke("doze", {"seconds": 0})
        busy = threading.Thread(target=local.invoke, args=("doze", {"seconds": 2}))
        busy.start()
        time.sleep(0.1)
        before = time.monotonic()
        local.invoke("tick", {})
        took = time.monotonic() - before
        assert busy.is_alive()
        busy.join()
    assert took < 0.5


def test_a_lane_starts_when_first_needed(tmp_path: Path) -> None:
    with stack(tmp_path, lanes={"tick": "edge"}) as local:
        assert (local.invoker.host_pid(), local.invoker.host_pid("edge")) == (None, None)
        local.warm()
        assert local.invoker.host_pid() is not None
        assert local.invoker.host_pid("edge") is None
        assert local.invoke("tick", {})["pid"] == local.invoker.host_pid("edge")
        assert local.invoke("doze", {"seconds": 0})["pid"] == local.invoker.host_pid()


def test_a_closed_stack_invokes_nothing_on_any_lane(tmp_path: Path) -> None:
    with stack(tmp_path, lanes={"tick": "edge"}) as local:
        local.invoke("tick", {})
    for name in ("tick", "doze"):
        with pytest.raises(LambdaError, match="closed"):
            local.invoke(name, {"seconds": 0})


def test_scheduled_functions_run_at_once_and_then_by_the_clock(tmp_path: Path) -> None:
    with stack(tmp_path, schedules=[Clockwork("tick", 0.2), Clockwork("doze", 0.3)]):  # dozing fails: no seconds
        until(lambda: len(noted(tmp_path)) >= 3)
    count = len(noted(tmp_path))
    event = noted(tmp_path)[0]
    assert event["detail-type"] == "Scheduled Event"
    assert event["source"] == "aws.scheduler"
    time.sleep(0.4)
    assert len(noted(tmp_path)) == count


def test_a_schedule_of_nothing_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nobody"), stack(tmp_path, schedules=[Clockwork("nobody", 1)]):
        pass
    with pytest.raises(ValueError, match="positive"), stack(tmp_path, schedules=[Clockwork("tick", 0)]):
        pass
