"""The issue is told once how its run stands, in the deployment's language."""

import json

import pytest

from contracts import names
from contracts.errors import ConfigError
from lambdas.history_writer.handler import handler as write_history
from lambdas.notification.handler import handler
from tests.lambdas.world import PNG, REPO, common, report, whole_report


def event(started, kind, **more):
    return {**common(*started), "notification_type": kind, **more}


def test_a_success_names_metric_threshold_version_and_history(world, started):
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


def test_a_success_is_told_in_japanese_where_that_is_asked(world, started, monkeypatch):
    monkeypatch.setenv("ISSUEOPS_LANGUAGE", "ja")
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.97))
    handler(event(started, "training_success", model_version="3"), None)

    assert "モデルが基準を満たしました" in world.bodies(started[0])[-1]


def test_telling_twice_posts_one_comment(world, started):
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.97))
    before = len(world.bodies(started[0]))

    first = handler(event(started, "training_success"), None)
    assert handler(event(started, "training_success"), None) == first
    assert len(world.bodies(started[0])) == before + 1


@pytest.mark.parametrize("kind", ["training_accepted", "training_failed", "training_rejected"])
def test_every_end_has_its_comment_and_shows_who_decided(world, started, kind):
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.5))
    handler(event(started, kind, operator="ada", reason="good enough", current_model_version="2"), None)

    comment = world.bodies(started[0])[-1]
    assert f":{kind} -->" in comment
    assert "| operator | ada |" in comment
    assert "| current_model_version | 2 |" in comment


def test_an_error_names_the_step_and_its_reason(world, started):
    world.sagemaker.fail(started[1], names.PREPARE_DATA, "target 'specis' is no column; did you mean 'species'?")
    handler(event(started, "error", failed_step=names.PREPARE_DATA), None)

    comment = world.bodies(started[0])[-1]
    assert "PrepareData failed" in comment
    assert "did you mean 'species'?" in comment
    assert names.LABEL_FAILED in world.labels(started[0])


def test_a_hostile_failure_reason_is_only_text(world, started):
    world.sagemaker.fail(started[1], names.TRAIN_MODEL, "<script>x</script> @all ![a](http://x) `")
    handler(event(started, "error", failed_step=names.TRAIN_MODEL), None)

    comment = world.bodies(started[0])[-1]
    assert "<script" not in comment
    assert "@all" not in comment
    assert "![a](" not in comment


def test_the_same_marker_in_a_strangers_comment_is_no_comment_of_ours(world, started):
    number, arn = started
    execution_id = arn.rsplit("/", 1)[-1]
    world.github.add_comment(REPO, number, f"<!-- issueops:{execution_id}:training_success -->\nhello", "stranger")
    handler(event(started, "training_success"), None)

    assert sum(":training_success -->" in body for body in world.bodies(number)) == 2


def test_a_run_without_an_issue_is_told_to_nobody(world, started):
    answer = handler({**event(started, "training_success"), "issue_number": 0}, None)

    assert answer == {"github_comment_url": "", "slack_message_ts": "", "notification_status": "skipped"}


def test_an_unknown_type_is_refused(world, started):
    with pytest.raises(ConfigError, match="notification_type must be one of"):
        handler(event(started, "party"), None)


def test_the_pictures_that_were_committed_are_shown_by_permanent_addresses(world, started):
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=whole_report())
    for name in ("calibration", "roc_curve", "confusion_matrix", "champion"):
        world.s3.put_object(Bucket="bucket", Key=f"plots/{name}.png", Body=PNG)
    history = write_history({**common(*started), "decision": "registered"}, None)
    told = {key: history[key] for key in ("history_path", "history_url", "history_plots")}
    handler(event(started, "training_success", **told), None)

    comment = world.bodies(started[0])[-1]
    folder = history["history_url"].removesuffix(".md")
    assert history["commit_sha"] in folder
    assert f"![Confusion matrix]({folder}/confusion_matrix.png?raw=true)" in comment
    assert f"![ROC curve]({folder}/roc_curve.png?raw=true)" in comment
    assert comment.count("![") == 2
    assert f"[History: `{history['history_path']}`]({history['history_url']})" in comment


def test_a_definition_that_does_not_say_where_the_history_stands_gets_no_pictures(world, started):
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=whole_report())
    handler(event(started, "training_success", history_path="training_history/job.md"), None)

    assert "![" not in world.bodies(started[0])[-1]


def test_the_answer_holds_only_flat_text(world, started):
    answer = handler(event(started, "training_success"), None)

    assert all(isinstance(value, str) for value in answer.values())
    assert json.dumps(answer)
