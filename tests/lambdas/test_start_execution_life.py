"""An issue's life beside its run: it waits in line, is edited, closed, reopened, refused by SageMaker."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import names
from contracts.errors import GitHubError
from lambdas.admission import Admission
from lambdas.documents import Documents
from lambdas.github import GitHub
from lambdas.issue_record import WITHDRAWN, IssueRecord, IssueRecords, body_digest
from lambdas.start_execution.handler import handler
from tests.lambdas.fakes import refused
from tests.lambdas.world import ISSUE, REPO, World, records

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OpenIssue = Callable[..., int]


def send(number: int) -> dict[str, Any]:
    return handler(records({"repository": REPO, "issue_number": number, "action": "edited"}), None)


def look(number: int) -> dict[str, Any]:
    answer = send(number)
    assert answer["batchItemFailures"] == []
    result: dict[str, Any] = answer["results"][0]
    return result


def admission_of(world: World, limit: int = 10) -> Admission:
    return Admission(Documents(world.s3, "bucket"), limit=limit)


def record_of(world: World, number: int) -> IssueRecord:
    return IssueRecords(Documents(world.s3, "bucket")).read(REPO, number)


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")


def edit(world: World, number: int, **changes: object) -> None:
    world.github.edit_issue(REPO, number, changes)


# The line


@pytest.mark.usefixtures("one_place")
def test_beyond_the_limit_issues_wait_in_order_and_are_told_their_place(world: World, open_issue: OpenIssue) -> None:
    first, second, third = open_issue(), open_issue(), open_issue()

    assert [look(n)["status"] for n in (first, second, third)] == ["started", "waiting", "waiting"]
    assert [look(n)["place"] for n in (first, second, third)] == [0, 1, 2]
    assert len(world.sagemaker.executions) == 1
    assert "place 2 of 2" in world.bodies(third)[0]
    assert world.labels(third) == {names.LABEL_TRAIN}


@pytest.mark.usefixtures("one_place")
def test_whoever_is_called_starts_and_the_next_one_moves_up(world: World, open_issue: OpenIssue) -> None:
    first, second, third = open_issue(), open_issue(), open_issue()
    arn = look(first)["execution_arn"]
    look(second), look(third)
    world.sagemaker.end(arn)
    admission_of(world).ended(arn)

    assert look(third)["status"] == "waiting"
    assert look(second)["status"] == "started"
    assert look(third) == {"status": "waiting", "execution_arn": None, "findings": [], "place": 1}


@pytest.mark.usefixtures("one_place")
def test_the_first_in_line_notices_a_place_that_an_ended_execution_still_holds(
    world: World, open_issue: OpenIssue
) -> None:
    arn = look(open_issue())["execution_arn"]
    world.sagemaker.end(arn, "Failed")

    assert look(open_issue())["status"] == "started"
    assert [place.arn for place in admission_of(world).running()] == [world.sagemaker.executions[1]["arn"]]


@pytest.mark.usefixtures("one_place")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"labels": []}, "ignored"),
        ({"state": "closed"}, "closed"),
        ({"body": "oops"}, "invalid"),
    ],
)
def test_an_issue_that_no_longer_wants_to_run_leaves_the_line(
    world: World, open_issue: OpenIssue, changes: dict[str, Any], status: str
) -> None:
    look(open_issue())
    waiting = open_issue()
    look(waiting)
    edit(world, waiting, **changes)

    assert look(waiting)["status"] == status
    assert admission_of(world).line() == []


@pytest.mark.usefixtures("one_place")
def test_a_configuration_edited_while_it_waits_is_the_one_that_starts(world: World, open_issue: OpenIssue) -> None:
    arn = look(open_issue())["execution_arn"]
    waiting = open_issue()
    look(waiting)
    edit(world, waiting, body=ISSUE.replace("0.95", "0.5"))
    world.sagemaker.end(arn)

    started = look(waiting)["execution_arn"]
    assert world.sagemaker.parameters(started)[names.EVALUATION_THRESHOLD] == "0.5"
    assert len(world.bodies(waiting)) == 1


@pytest.mark.usefixtures("one_place")
def test_an_issue_that_an_operator_withdrew_enters_again_only_when_it_is_reopened(
    world: World, open_issue: OpenIssue
) -> None:
    look(open_issue())
    waiting = open_issue()
    look(waiting)
    IssueRecords(Documents(world.s3, "bucket")).change(
        REPO, waiting, lambda record: record.having_told(WITHDRAWN, body_digest(ISSUE))
    )
    assert look(waiting)["status"] == "ignored"
    assert admission_of(world).line() == []

    edit(world, waiting, state="closed")
    look(waiting)
    edit(world, waiting, state="open")
    assert look(waiting)["status"] == "waiting"


# Edits


def test_an_edit_that_corrects_a_refused_issue_starts_it(world: World, open_issue: OpenIssue) -> None:
    number = open_issue(ISSUE.replace("0.95", "high"))
    assert look(number)["status"] == "invalid"
    edit(world, number, body=ISSUE)

    assert look(number)["status"] == "started"
    assert len(world.bodies(number)) == 1
    assert record_of(world, number).findings == ()
    assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_RUNNING}


def test_an_edit_after_the_start_is_told_once_for_each_revision(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    look(number)
    for threshold in ("0.5", "0.5", "0.6", "0.6", "0.95"):
        edit(world, number, body=ISSUE.replace("0.95", threshold))
        assert look(number)["status"] in ("edited", "started")

    told = [body for body in world.bodies(number) if "edited after" in body]
    assert len(told) == 2
    assert all("`/cancel`" in body for body in told)
    assert len(world.sagemaker.executions) == 1


def test_an_edit_after_the_end_is_told_to_open_a_new_issue(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    world.sagemaker.end(look(number)["execution_arn"])
    edit(world, number, body=ISSUE.replace("0.95", "0.5"))

    assert look(number)["status"] == "edited"
    assert "after the training had ended" in world.bodies(number)[-1]


def test_another_text_around_the_same_configuration_is_no_edit(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    look(number)
    edit(world, number, body=f"Second thoughts.\n\n```yaml\n{ISSUE}```\n")

    assert look(number)["status"] == "started"
    assert len(world.bodies(number)) == 1


def test_a_data_set_that_describes_itself_anew_is_no_edit(world: World, open_issue: OpenIssue) -> None:
    number = open_issue(ISSUE.replace("target: species\n", ""))
    world.s3.objects["bucket/datasets/penguins/dataset.yaml"] = b"target: species\n"
    look(number)
    world.s3.objects["bucket/datasets/penguins/dataset.yaml"] = b"target: mass\n"

    assert look(number)["status"] == "started"
    assert len(world.bodies(number)) == 1


def test_texts_are_japanese_where_the_deployment_is(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_LANGUAGE", "ja")
    number = open_issue()
    look(number)
    edit(world, number, body=ISSUE.replace("0.95", "0.5"))
    look(number)

    assert "設定が編集されました" in world.bodies(number)[-1]


# Closing and reopening


def test_closing_stops_every_execution_that_still_runs(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    ended = look(number)["execution_arn"]
    world.sagemaker.end(ended, "Failed")
    running = world.sagemaker.start_pipeline_execution(
        PipelineExecutionDisplayName=f"issue-{number}-retry-1",
        PipelineExecutionDescription="",
        PipelineParameters=[],
        ClientRequestToken="x" * 32,
    )["PipelineExecutionArn"]
    IssueRecords(Documents(world.s3, "bucket")).change(REPO, number, lambda r: r.with_execution(running))
    edit(world, number, state="closed")

    result = look(number)

    assert (result["status"], result["stopped"]) == ("closed", [running])
    assert world.sagemaker.status(ended) == "Failed"
    assert world.sagemaker.status(running) == "Stopping"
    assert [place.arn for place in admission_of(world).running()] == []
    assert look(number)["status"] == "closed"


def test_an_old_closed_issue_that_nothing_was_done_for_leaves_no_trace(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    edit(world, number, state="closed")

    assert look(number)["status"] == "closed"
    assert world.bodies(number) == []
    assert [key for key in world.s3.objects if "state/" in key] == []


def test_an_issue_closed_before_its_start_starts_when_it_is_reopened(world: World, open_issue: OpenIssue) -> None:
    number = open_issue("oops")
    look(number)
    edit(world, number, state="closed", body=ISSUE)
    look(number)
    assert world.sagemaker.executions == []
    edit(world, number, state="open")

    assert look(number)["status"] == "started"
    assert not record_of(world, number).closed


def test_a_reopened_issue_is_told_once_that_retry_runs_it_again(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    look(number)
    for _ in range(2):
        edit(world, number, state="closed")
        look(number)
        edit(world, number, state="open")
        assert look(number)["status"] == "reopened"
        assert look(number)["status"] == "started"

    assert len([body for body in world.bodies(number) if "`/retry`" in body and "reopened" in body]) == 1
    assert len(world.sagemaker.executions) == 1


def test_a_pull_request_with_the_label_is_ignored(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    read = GitHub.issue
    monkeypatch.setattr(
        GitHub, "issue", lambda self, *which: dataclasses.replace(read(self, *which), is_pull_request=True)
    )

    assert look(open_issue())["status"] == "ignored"
    assert world.sagemaker.executions == []


# Healing


def test_a_deleted_place_and_a_missing_comment_are_put_back(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    arn = look(number)["execution_arn"]
    del world.s3.objects["bucket/state/admission.json"]
    look(number)

    assert [place.arn for place in admission_of(world).running()] == [arn]


def test_an_ended_execution_gets_no_place_back(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    world.sagemaker.end(look(number)["execution_arn"])
    del world.s3.objects["bucket/state/admission.json"]
    look(number)

    assert admission_of(world).running() == []


def test_a_deleted_record_starts_nothing_again(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    arn = look(number)["execution_arn"]
    del world.s3.objects[f"bucket/state/issues/{REPO}/{number}.json"]

    assert look(number)["execution_arn"] == arn
    assert len(world.sagemaker.executions) == 1
    assert [place.arn for place in admission_of(world).running()] == [arn]


# Refusals of services


@pytest.mark.parametrize("code", ["ThrottlingException", "ResourceLimitExceeded", "LimitExceededException"])
def test_a_service_without_room_makes_the_message_come_again_and_keeps_the_place(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    number = open_issue()
    with monkeypatch.context() as patch:
        patch.setattr(world.sagemaker, "start_pipeline_execution", _refusing(code))
        for _ in range(2):
            assert send(number)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    [place] = admission_of(world).running()
    assert (place.number, place.arn) == (number, "")
    assert world.bodies(number) == []

    assert look(number)["status"] == "started"
    assert len(admission_of(world).running()) == 1


def test_an_edit_while_the_service_has_no_room_starts_what_is_said_then(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = open_issue()
    with monkeypatch.context() as patch:
        patch.setattr(world.sagemaker, "start_pipeline_execution", _refusing("ThrottlingException"))
        send(number)
    edit(world, number, body=ISSUE.replace("0.95", "0.5"))

    arn = look(number)["execution_arn"]
    assert world.sagemaker.parameters(arn)[names.EVALUATION_THRESHOLD] == "0.5"
    assert look(number)["status"] == "started"
    assert len(world.bodies(number)) == 1


@pytest.mark.usefixtures("one_place")
def test_what_sagemaker_refuses_for_good_is_told_and_gives_its_place_to_the_next(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, second = open_issue(), open_issue()
    admission_of(world, limit=1).enter(REPO, number, now=NOW)
    look(second)
    with monkeypatch.context() as patch:
        patch.setattr(world.sagemaker, "start_pipeline_execution", _refusing("ValidationException"))
        result = look(number)

    assert result["status"] == "invalid"
    assert "SageMaker refused" in result["findings"][0]["message"]
    assert len(world.bodies(number)) == 1
    assert "SageMaker refused" in world.bodies(number)[0]
    assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_FAILED}
    assert admission_of(world).running() == []
    assert [m["issue_number"] for m in world.sent(names.REQUESTS_QUEUE)] == [second]
    assert look(number)["status"] == "waiting"
    assert look(second)["status"] == "started"


def test_github_out_of_reach_makes_the_message_come_again(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise GitHubError("cannot read the issue: GitHub answered 503.")

    number = open_issue()
    with monkeypatch.context() as patch:
        patch.setattr(GitHub, "issue", down)
        assert send(number)["batchItemFailures"] == [{"itemIdentifier": "m0"}]

    assert look(number)["status"] == "started"


def test_an_issue_that_cannot_be_found_does_not_hold_up_the_line(world: World) -> None:
    admission = admission_of(world, limit=0)
    admission.enter(REPO, 4711, now=NOW)

    assert send(4711)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    assert admission.line() == []


def _refusing(code: str) -> Callable[..., None]:
    def refuse(**_: object) -> None:
        raise refused(code, "StartPipelineExecution")

    return refuse
