"""Others act at the same moment as start_execution: an operator cancels, the run is faster, issues leave the line."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import names
from lambdas.admission import Admission
from lambdas.documents import Documents
from lambdas.github import GitHub
from lambdas.issue_record import WITHDRAWN, IssueRecords, body_digest
from lambdas.services import connect_services
from lambdas.start_execution.dataset import card_of
from lambdas.start_execution.handler import handler
from tests.lambdas import runs
from tests.lambdas.fakes import FakeS3, refused
from tests.lambdas.world import ISSUE, REPO, World, records

OpenIssue = Callable[..., int]


def look(number: int) -> dict[str, Any]:
    answer = handler(records({"repository": REPO, "issue_number": number}), None)
    assert answer["batchItemFailures"] == []
    result: dict[str, Any] = answer["results"][0]
    return result


def cancel(world: World, number: int) -> None:
    """As `/cancel` does for an issue in line."""
    digest = body_digest(world.github.issue(REPO, number).body or "")
    IssueRecords(Documents(world.s3, "bucket")).change(REPO, number, lambda r: r.having_told(WITHDRAWN, digest))


def admission_of(world: World, limit: int = 10) -> Admission:
    return Admission(Documents(world.s3, "bucket"), limit=limit)


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")


def test_a_cancel_between_reading_and_starting_starts_nothing(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, enter = open_issue(), Admission.enter

    def entered(*args: Any, **options: Any) -> int:
        cancel(world, number)
        return enter(*args, **options)

    monkeypatch.setattr(Admission, "enter", entered)

    assert look(number)["status"] == "ignored"
    assert world.sagemaker.executions == []
    assert admission_of(world).running() == []


def test_a_cancel_while_the_execution_is_started_stops_it(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, start = open_issue(), world.sagemaker.start_pipeline_execution

    def started(**request: Any) -> dict[str, str]:
        cancel(world, number)
        return start(**request)

    monkeypatch.setattr(world.sagemaker, "start_pipeline_execution", started)
    look(number)

    assert [run["status"] for run in world.sagemaker.executions] == ["Stopping"]


@pytest.mark.usefixtures("one_place")
@pytest.mark.parametrize("changes", [{"labels": []}, {"body": "oops"}])
def test_who_leaves_the_line_does_not_keep_the_next_one_waiting(
    world: World, open_issue: OpenIssue, changes: dict[str, Any]
) -> None:
    arn = look(open_issue())["execution_arn"]
    first, second = open_issue(), open_issue()
    look(first), look(second)
    world.sagemaker.end(arn)
    admission_of(world, 1).ended(arn)
    world.github.edit_issue(REPO, first, changes)
    look(first)

    called = [entry["issue_number"] for entry in world.sent(names.REQUESTS_QUEUE)]
    assert called == [second]


@pytest.mark.usefixtures("one_place")
def test_an_issue_whose_label_was_taken_off_is_not_said_to_be_in_line(world: World, open_issue: OpenIssue) -> None:
    look(open_issue())
    number = open_issue()
    look(number)
    assert "In line" in world.bodies(number)[0]
    world.github.edit_issue(REPO, number, {"labels": []})
    look(number)

    assert "In line" not in world.bodies(number)[0]


def test_a_run_that_ends_before_its_label_is_put_on_keeps_the_right_one(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last event nobody would come to correct a label that was written late."""
    world.sagemaker.definition = runs.DEFINITION
    number, put = open_issue(), GitHub.set_status_label

    def late(github: GitHub, repository: str, issue: int, label: str | None) -> bool:
        if label == names.LABEL_RUNNING:
            world.sagemaker.end(world.sagemaker.executions[0]["arn"])
        return put(github, repository, issue, label)

    monkeypatch.setattr(GitHub, "set_status_label", late)
    look(number)

    assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_SUCCEEDED}


def test_a_data_set_id_that_is_no_key_is_refused_and_not_tried_for_ever(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = FakeS3.get_object

    def get_object(s3: FakeS3, *, Bucket: str, Key: str) -> dict[str, Any]:
        if len(Key.encode()) > 1024:
            raise refused("KeyTooLongError", "GetObject")
        return get(s3, Bucket=Bucket, Key=Key)

    monkeypatch.setattr(FakeS3, "get_object", get_object)

    assert look(open_issue(ISSUE.replace("penguins", "p" * 2_000)))["status"] == "invalid"


@pytest.mark.parametrize("dataset_id", ["", "../state", "a/b", "x" * 101])
def test_only_what_can_be_a_data_set_is_asked_for_its_card(dataset_id: str) -> None:
    assert card_of(None, "bucket", dataset_id) == (None, [])


def seen(number: int, updated: datetime) -> dict[str, Any]:
    """A message whose sender saw the issue as of that moment."""
    body = {"repository": REPO, "issue_number": number, "action": "closed", "updated": updated.isoformat()}
    return handler(records(body), None)


def test_an_issue_that_github_does_not_show_as_it_told_yet_is_looked_at_again(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closing that was told and not shown yet would leave its run training for nobody."""
    number, read = open_issue(), GitHub.issue
    look(number)
    before = connect_services().github.issue(REPO, number)
    world.github.edit_issue(REPO, number, {"state": "closed"})
    closed = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    with monkeypatch.context() as lagging:
        lagging.setattr(GitHub, "issue", lambda *_: before)
        assert seen(number, closed)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    monkeypatch.setattr(GitHub, "issue", lambda *given: dataclasses.replace(read(*given), updated=closed))

    assert seen(number, closed)["results"][0]["status"] == "closed"


def test_what_github_still_shows_after_minutes_is_believed(
    open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, read, now = open_issue(), GitHub.issue, datetime.now(UTC)
    old = now - timedelta(minutes=20)
    monkeypatch.setattr(GitHub, "issue", lambda *given: dataclasses.replace(read(*given), updated=old))

    assert seen(number, now)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    assert seen(number, now - timedelta(minutes=11))["results"][0]["status"] == "started"


@pytest.mark.parametrize("updated", ["yesterday", "2026-11-24T15:00:00"])
def test_a_message_with_no_moment_fails_alone(open_issue: OpenIssue, updated: str) -> None:
    body = {"repository": REPO, "issue_number": open_issue(), "updated": updated}

    assert handler(records(body), None)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
