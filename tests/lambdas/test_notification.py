"""The issue is told once how its run stands, in the deployment's language."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from contracts import names
from contracts.errors import ConfigError, GitHubError
from lambdas.documents import Documents
from lambdas.github import GitHub
from lambdas.history_writer.handler import handler as write_history
from lambdas.issue_record import IssueRecords
from lambdas.notification.handler import handler
from tests.lambdas.world import REPO, World, common, records, report, whole_report

Started = tuple[int, str]


def event(started: Started, kind: str, **more: Any) -> dict[str, Any]:
    return {**common(*started), "notification_type": kind, **more}


def test_a_success_names_metric_threshold_version_and_history(world: World, started: Started) -> None:
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.97))
    answer = handler(
        event(started, "training_success", model_version="3", history_path="training_history/job.md"), None
    )

    comment = world.bodies(started[0])[-1]
    assert "`accuracy` is **0.97**, the threshold is 0.95" in comment
    assert "Version **3** of `penguin-species`" in comment
    assert "training_history/job.md" in comment
    assert answer["notification_status"] == "sent"
    assert answer["slack_message_ts"] == ""
    assert "#issuecomment-" in answer["github_comment_url"]
    assert names.LABEL_SUCCEEDED in world.labels(started[0])
    assert names.LABEL_RUNNING not in world.labels(started[0])


def test_a_success_is_told_in_japanese_where_that_is_asked(
    world: World, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_LANGUAGE", "ja")
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.97))
    handler(event(started, "training_success", model_version="3"), None)

    assert "モデルが基準を満たしました" in world.bodies(started[0])[-1]


def test_telling_twice_posts_one_comment(world: World, started: Started) -> None:
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.97))
    before = len(world.bodies(started[0]))

    first = handler(event(started, "training_success"), None)
    assert handler(event(started, "training_success"), None) == first
    assert len(world.bodies(started[0])) == before + 1


@pytest.mark.parametrize("kind", ["training_accepted", "training_failed", "training_rejected"])
def test_every_end_has_its_comment_and_shows_who_decided(world: World, started: Started, kind: str) -> None:
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.5))
    handler(event(started, kind, operator="ada", reason="good enough", current_model_version="2"), None)

    comment = world.bodies(started[0])[-1]
    assert f":{kind} -->" in comment
    assert "Decided by ada: good enough" in comment
    assert ("Version **2** of `penguin-species` stays" in comment) == (kind != "training_accepted")


def test_an_error_names_the_step_and_its_reason(world: World, started: Started) -> None:
    world.sagemaker.fail(started[1], names.PREPARE_DATA, "target 'specis' is no column; did you mean 'species'?")
    handler(event(started, "error", failed_step=names.PREPARE_DATA), None)

    comment = world.bodies(started[0])[-1]
    assert "PrepareData failed" in comment
    assert "did you mean 'species'?" in comment
    assert names.LABEL_FAILED in world.labels(started[0])


def test_a_hostile_failure_reason_is_only_text(world: World, started: Started) -> None:
    world.sagemaker.fail(started[1], names.TRAIN_MODEL, "<script>x</script> @all ![a](http://x) `")
    handler(event(started, "error", failed_step=names.TRAIN_MODEL), None)

    comment = world.bodies(started[0])[-1]
    assert "<script" not in comment
    assert "@all" not in comment
    assert "![a](" not in comment


def test_the_same_marker_in_a_strangers_comment_is_no_comment_of_ours(world: World, started: Started) -> None:
    number, arn = started
    execution_id = arn.rsplit("/", 1)[-1]
    world.github.add_comment(REPO, number, f"<!-- issueops:{execution_id}:training_success -->\nhello", "stranger")
    handler(event(started, "training_success"), None)

    assert sum(":training_success -->" in body for body in world.bodies(number)) == 2


def test_a_run_without_an_issue_is_told_to_nobody(world: World, started: Started) -> None:
    answer = handler({**event(started, "training_success"), "issue_number": 0}, None)

    assert answer == {"github_comment_url": "", "slack_message_ts": "", "notification_status": "skipped"}


def test_an_unknown_type_is_refused(world: World, started: Started) -> None:
    with pytest.raises(ConfigError, match="notification_type must be one of"):
        handler(event(started, "party"), None)


def test_the_comment_links_to_the_history_and_to_the_status_comment(world: World, started: Started) -> None:
    number = started[0]
    status = f"http://localhost/{REPO}/issues/{number}#issuecomment-7"
    IssueRecords(Documents(world.s3, "bucket")).change(REPO, number, lambda r: replace(r, comment_url=status))
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=whole_report())
    history = write_history({**common(*started), "decision": "registered"}, None)
    told = {key: history[key] for key in ("history_path", "history_url", "history_plots")}
    handler(event(started, "training_success", **told), None)

    comment = world.bodies(number)[-1]
    assert f"[History: `{history['history_path']}`]({history['history_url']})" in comment
    assert f"[Status and details]({status})" in comment
    assert "|---" not in comment
    assert "![" not in comment


def test_the_answer_holds_only_flat_text(world: World, started: Started) -> None:
    answer = handler(event(started, "training_success"), None)

    assert all(isinstance(value, str) for value in answer.values())
    assert json.dumps(answer)


def down(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise GitHubError("cannot comment: GitHub answered 502.")

    monkeypatch.setattr(GitHub, "upsert_comment", refuse)


def test_while_github_is_down_the_run_goes_on_and_the_queue_tells_later(
    world: World, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = started[0]
    before = len(world.bodies(number))
    with monkeypatch.context() as outage:
        down(outage)
        answer = handler(event(started, "training_failed"), None)
        assert answer == {"github_comment_url": "", "slack_message_ts": "", "notification_status": "queued"}
        [message] = world.sent(names.NOTIFICATIONS_QUEUE)
        assert handler(records(message), None)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
        assert len(world.sent(names.NOTIFICATIONS_QUEUE)) == 1
    assert len(world.bodies(number)) == before

    world.sagemaker.end(started[1], "Failed")
    for _ in range(2):
        assert handler(records(message), None) == {
            "batchItemFailures": [],
            "results": [{"notification_status": "sent"}],
        }
    assert len(world.bodies(number)) == before + 1
    assert ":training_failed -->" in world.bodies(number)[-1]
    assert names.LABEL_FAILED in world.labels(number)


def test_a_question_that_comes_late_labels_no_run_that_has_ended(
    world: World, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, arn = started
    with monkeypatch.context() as outage:
        down(outage)
        handler(event(started, "retrain_required"), None)
    [message] = world.sent(names.NOTIFICATIONS_QUEUE)
    world.sagemaker.end(arn, "Stopped")

    assert handler(records(message), None)["batchItemFailures"] == []
    assert names.LABEL_WAITING not in world.labels(number)


def test_news_that_come_late_leave_the_label_of_a_newer_run_alone(world: World, started: Started) -> None:
    number, arn = started
    newer = f"{arn}1"
    IssueRecords(Documents(world.s3, "bucket")).change(
        REPO, number, lambda record: record.with_execution(arn).with_execution(newer)
    )
    handler(event(started, "training_failed"), None)
    assert names.LABEL_FAILED not in world.labels(number)

    handler(event((number, newer), "training_success"), None)
    assert names.LABEL_SUCCEEDED in world.labels(number)


def test_without_a_queue_a_failure_is_answered_and_still_fails_no_run(
    world: World, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ISSUEOPS_NOTIFICATIONS_QUEUE_URL")
    down(monkeypatch)

    assert handler(event(started, "training_success"), None)["notification_status"] == "failed"


def test_a_message_that_is_no_notification_is_offered_again_and_ends_in_the_dead_letter_queue(world: World) -> None:
    broken = {"channels": "github", "language": "en", "notification": {"kind": "party", "repository": REPO}}

    assert handler(records("{", broken), None)["batchItemFailures"] == [
        {"itemIdentifier": "m0"},
        {"itemIdentifier": "m1"},
    ]
