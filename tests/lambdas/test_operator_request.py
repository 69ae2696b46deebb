"""The waiting execution puts its question to the issue, once; a stopped one is let go."""

from contracts import names
from lambdas.operator_request.handler import handler
from tests.lambdas.world import common, records, report, whole_report

TOKEN = "token00001"


def message(started, status="Executing"):
    return {
        "token": TOKEN,
        "pipelineExecutionArn": started[1],
        "arguments": common(*started),
        "status": status,
    }


def test_the_issue_is_asked_with_the_metric_and_the_commands(world, started):
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.44))
    world.sagemaker.ask(started[1], TOKEN)

    answer = handler(records(message(started)), None)

    assert answer["batchItemFailures"] == []
    question = world.bodies(started[0])[-1]
    assert "`accuracy` is **0.44**, the threshold is 0.95" in question
    assert "/retrain" in question
    assert "/reject" in question
    assert names.LABEL_WAITING in world.labels(started[0])


def test_the_question_shows_the_model_in_place_and_the_warnings_but_no_pictures(world, started):
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=whole_report())
    world.sagemaker.ask(started[1], TOKEN)
    handler(records(message(started)), None)

    question = world.bodies(started[0])[-1]
    assert "Better than the model in place" in question
    assert "Warnings about the data: 1" in question
    assert "| f1_macro | 0.92 ± 0.012 | 0.2 | 0.9 ± 0.02 |" in question
    assert "![" not in question


def test_the_question_is_put_in_japanese_where_that_is_asked(world, started, monkeypatch):
    monkeypatch.setenv("ISSUEOPS_LANGUAGE", "ja")
    world.sagemaker.ask(started[1], TOKEN)
    handler(records(message(started)), None)

    assert "モデルが基準に達しませんでした" in world.bodies(started[0])[-1]


def test_a_message_delivered_twice_asks_once(world, started):
    world.sagemaker.ask(started[1], TOKEN)
    before = len(world.bodies(started[0]))
    handler(records(message(started), message(started)), None)

    assert len(world.bodies(started[0])) == before + 1


def test_a_message_delivered_after_the_answer_does_not_label_the_issue_waiting(world, started):
    world.sagemaker.ask(started[1], TOKEN)
    world.sagemaker.send_pipeline_execution_step_success(CallbackToken=TOKEN, OutputParameters=[])
    handler(records(message(started)), None)

    assert names.LABEL_WAITING not in world.labels(started[0])


def test_a_stopped_execution_is_let_go_and_twice_equals_once(world, started):
    world.sagemaker.ask(started[1], TOKEN)

    answer = handler(records(message(started, "Stopping"), message(started, "Stopping")), None)

    assert answer["batchItemFailures"] == []
    [(token, reason)] = world.sagemaker.failures
    assert token == TOKEN
    assert "stopped" in reason


def test_a_broken_message_is_offered_again_and_the_others_are_handled(world, started):
    world.sagemaker.ask(started[1], TOKEN)

    answer = handler(records('{"token": "x"}', message(started)), None)

    assert answer["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    assert "/retrain" in world.bodies(started[0])[-1]
