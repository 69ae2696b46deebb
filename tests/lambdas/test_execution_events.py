"""Events only say where to look: in any order, any number of times, they end in the same comment, label and news."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import names
from contracts.errors import GitHubError
from lambdas.execution_events.events import Subject, subject_of
from lambdas.execution_events.handler import handler
from lambdas.github import GitHub
from lambdas.requests import STALE
from lambdas.services import Services, connect_services
from lambdas.start_execution.handler import handler as look_at_issue
from lambdas.status_comment import refresh
from tests.lambdas import runs
from tests.lambdas.runs import execution_event, news, package_event, status_comment, step_event, tell
from tests.lambdas.world import REPO, World, records

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def test_a_step_event_brings_the_comment_the_label_and_the_place(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    answer = tell(step_event(running[1], names.PREPARE_DATA, "Executing"))

    assert answer == {
        "batchItemFailures": [],
        "results": [{"issue": f"{REPO}#{running[0]}", "status": "refreshed"}],
    }
    assert "Preparing data" in status_comment(world, running[0])
    assert names.LABEL_RUNNING in world.labels(running[0])
    assert services.records.read(REPO, running[0]).executions == (running[1],)
    assert [place.arn for place in services.admission.running()] == [running[1]]


def test_several_events_of_an_issue_are_one_refresh(world: World, running: tuple[int, str]) -> None:
    events = [step_event(running[1], name) for name in runs.TRUNK]
    answer = tell(execution_event(running[1]), *events)

    assert len(answer["results"]) == 1


def test_a_waiting_question_is_labelled_so(world: World, running: tuple[int, str]) -> None:
    runs.evaluate(world, running[1], 0.44)
    runs.step(world, running[1], names.WAIT_FOR_OPERATOR_INPUT, "Executing")
    tell(step_event(running[1], names.WAIT_FOR_OPERATOR_INPUT, "Executing"))

    assert names.LABEL_WAITING in world.labels(running[0])


def test_the_label_that_a_notification_step_sets_is_not_taken_back_while_that_step_runs(
    world: World, running: tuple[int, str]
) -> None:
    runs.evaluate(world, running[1])
    runs.step(world, running[1], names.REGISTER_MODEL)
    runs.step(world, running[1], names.NOTIFY_SUCCESS, "Executing")
    tell(step_event(running[1], names.WRITE_HISTORY))

    assert world.labels(running[0]) & {names.LABEL_RUNNING, names.LABEL_SUCCEEDED} == {names.LABEL_SUCCEEDED}


def test_the_end_gives_the_place_back_and_calls_the_next_issue(
    world: World, running: tuple[int, str], open_issue: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")
    services = connect_services()
    tell(execution_event(running[1]))
    waiting = open_issue()
    assert services.admission.enter(REPO, waiting, now=NOW) == 1
    runs.evaluate(world, running[1])
    runs.register(world, running[1], running[0])
    answer = tell(execution_event(running[1], "Succeeded"))

    assert answer["batchItemFailures"] == []
    assert services.admission.running() == []
    assert world.sent(names.REQUESTS_QUEUE) == [{"repository": REPO, "issue_number": waiting, "action": "called"}]
    assert "In line: place 1 of 1" in status_comment(world, waiting)
    assert "Goal reached" in status_comment(world, running[0])
    assert names.LABEL_SUCCEEDED in world.labels(running[0])


def test_those_who_wait_are_told_when_they_move_up(
    world: World, services: Services, open_issue: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")
    services = connect_services()
    first, second, third = (open_issue() for _ in range(3))
    for number in (first, second, third):
        services.admission.enter(REPO, number, now=NOW)
    tell(execution_event(runs.start(world, first)))
    assert "place 2 of 2" in status_comment(world, third)
    services.admission.withdraw(REPO, second)
    tell(execution_event(runs.start(world, second)))

    assert "place 1 of 1" in status_comment(world, third)


def test_an_execution_without_an_issue_only_takes_and_gives_back_its_place(world: World, services: Services) -> None:
    arn = runs.start(world, 0)
    assert tell(execution_event(arn)) == {"batchItemFailures": [], "results": []}
    assert [place.arn for place in services.admission.running()] == [arn]
    world.sagemaker.end(arn)
    tell(execution_event(arn, "Succeeded"))

    assert services.admission.running() == []


@pytest.mark.parametrize("repository", ["../../x", "octo", "<b>/x", ""])
def test_an_execution_that_names_no_repository_belongs_to_no_issue(
    world: World, services: Services, repository: str
) -> None:
    arn = runs.start(world, 7, Repository=repository)

    assert tell(execution_event(arn)) == {"batchItemFailures": [], "results": []}


# The end that no step told of


def test_a_stopped_execution_is_told_once(world: World, running: tuple[int, str]) -> None:
    world.sagemaker.end(running[1], "Stopped")
    for _ in range(3):
        tell(execution_event(running[1], "Stopped"), execution_event(running[1], "Stopping"))

    assert len(news(world, running[0], "training_stopped")) == 1
    assert "⏹️ Stopped" in status_comment(world, running[0])
    assert names.LABEL_FAILED in world.labels(running[0])


def test_an_execution_that_failed_untold_is_told_with_step_and_reason(world: World, running: tuple[int, str]) -> None:
    runs.evaluate(world, running[1])
    runs.step(world, running[1], names.REGISTER_MODEL, "Failed", reason="the registry is full")
    world.sagemaker.end(running[1], "Failed")
    tell(execution_event(running[1], "Failed"))

    (told,) = news(world, running[0], "error")
    assert "RegisterModel failed" in told
    assert "the registry is full" in told


def test_an_execution_that_told_of_its_failure_itself_is_not_told_again(world: World, running: tuple[int, str]) -> None:
    runs.step(world, running[1], names.PREPARE_DATA, "Failed", reason="no such column")
    runs.step(world, running[1], names.NOTIFY_PREPARE_DATA_ERROR)
    world.sagemaker.end(running[1], "Failed")
    tell(execution_event(running[1], "Failed"))

    assert news(world, running[0], "error") == []
    assert names.LABEL_FAILED in world.labels(running[0])


# What is not ours, and what fails


def altered(**values: Any) -> dict[str, Any]:
    arn = names.execution_arn(names.LOCAL_ACCOUNT, names.REGION, "exec00000000")
    event = execution_event(arn)
    detail = values.pop("detail", {})
    return {**event, **values, "detail": {**event["detail"], **detail} if isinstance(detail, dict) else detail}


OTHER_PIPELINE = names.execution_arn(names.LOCAL_ACCOUNT, names.REGION, "exec00000000", "other")
OTHER_REGION = names.execution_arn(names.LOCAL_ACCOUNT, "eu-west-1", "exec00000000")


@pytest.mark.parametrize(
    "event",
    [
        altered(source="aws.s3"),
        altered(account="999999999999"),
        altered(account=None),
        altered(detail=None),
        altered(detail={"pipelineExecutionArn": OTHER_PIPELINE}),
        altered(detail={"pipelineExecutionArn": OTHER_REGION}),
        altered(detail={"pipelineExecutionArn": ["x"]}),
        altered(**{"detail-type": "SageMaker Training Job State Change"}),
        altered(**{"detail-type": ["x"]}),
        package_event("arn:aws:sagemaker:us-east-1:999999999999:model-package/x/1"),
        package_event("arn:aws:sagemaker:us-east-1:123456789012:model-package/x/1/../2"),
        package_event("arn:aws:sagemaker:us-east-1:123456789012:model-package/unknown/1"),
        altered(detail={"pipelineExecutionArn": names.execution_arn(names.LOCAL_ACCOUNT, names.REGION, "gone")}),
        {},
        [],
        "not json",
        "[" * 5000,
    ],
)
def test_foreign_and_malformed_events_are_passed_over(world: World, event: Any) -> None:
    assert tell(event) == {"batchItemFailures": [], "results": []}


def test_the_pipelines_name_counts_in_lower_case_as_the_service_writes_it() -> None:
    arn = names.execution_arn(names.LOCAL_ACCOUNT, names.REGION, "abc", "My-Pipeline")
    event = execution_event(arn)

    assert subject_of(event, pipeline="My-Pipeline", region=names.REGION) == Subject("execution", arn, moves=True)
    assert subject_of(event, pipeline="my", region=names.REGION) is None


@pytest.fixture
def kept_from(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """GitHub takes no comments on these issues, until the set is emptied."""
    numbers: set[int] = set()
    upsert = GitHub.upsert_comment

    def down(self: GitHub, repository: str, number: int, **kwargs: Any) -> Any:
        if number in numbers:
            raise GitHubError("cannot comment: GitHub answered 502.")
        return upsert(self, repository, number, **kwargs)

    monkeypatch.setattr(GitHub, "upsert_comment", down)
    return numbers


def test_an_issue_that_github_keeps_us_from_holds_up_nobody_and_is_right_in_the_end(
    world: World, running: tuple[int, str], open_issue: Callable[..., int], kept_from: set[int]
) -> None:
    """Behind a message of the queue's only group everything waits, for hours where a limit is used up."""
    other = open_issue()
    arn = runs.start(world, other)
    world.sagemaker.end(running[1], "Stopped")
    kept_from.add(running[0])
    answer = tell(execution_event(running[1], "Stopped"), execution_event(arn))

    assert answer["batchItemFailures"] == []
    assert "Starting" in status_comment(world, other)
    handed_over = [body for body in world.sent(names.REQUESTS_QUEUE) if body["action"] == STALE]
    assert [body["issue_number"] for body in handed_over] == [running[0]]

    assert look_at_issue(records(*handed_over), None)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    kept_from.clear()
    assert look_at_issue(records(*handed_over), None)["batchItemFailures"] == []
    assert "Stopped" in status_comment(world, running[0])
    assert names.LABEL_FAILED in world.labels(running[0])


def test_while_github_is_down_a_batch_does_not_ask_it_for_every_issue(
    world: World, open_issue: Callable[..., int], kept_from: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [open_issue() for _ in range(5)]
    arns = [runs.start(world, number) for number in numbers]
    kept_from.update(numbers)
    asked: list[int] = []
    monkeypatch.setattr(
        "lambdas.execution_events.handler.refresh",
        lambda services, repository, number: (asked.append(number), refresh(services, repository, number)),
    )

    assert tell(*map(execution_event, arns))["batchItemFailures"] == []
    assert len(asked) == 2
    assert {body["issue_number"] for body in world.sent(names.REQUESTS_QUEUE)} == set(numbers)


class NearItsEnd:
    """A Lambda context with little time left."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 4_000


def test_what_a_batch_has_no_time_for_is_looked_at_by_itself(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    world.sagemaker.end(running[1])
    answer = handler(records(execution_event(running[1])), NearItsEnd())

    assert answer["batchItemFailures"] == []
    assert services.admission.running() == []
    assert world.bodies(running[0]) == []
    assert look_at_issue(records(*world.sent(names.REQUESTS_QUEUE)), None)["batchItemFailures"] == []
    assert status_comment(world, running[0])


def test_while_github_is_down_only_the_messages_of_that_issue_come_again_and_the_place_is_free(
    world: World, services: Services, running: tuple[int, str], open_issue: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Where there is no queue of requests, nobody else can look at the issue again."""
    monkeypatch.delenv("ISSUEOPS_REQUESTS_QUEUE_URL")
    other = open_issue()
    arn = runs.start(world, other)
    world.sagemaker.end(running[1], "Stopped")
    upsert = GitHub.upsert_comment

    def down(self: GitHub, repository: str, number: int, **kwargs: Any) -> Any:
        if number == running[0]:
            raise GitHubError("cannot comment: GitHub answered 502.")
        return upsert(self, repository, number, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(GitHub, "upsert_comment", down)
        answer = tell(execution_event(arn), execution_event(running[1], "Stopped"), step_event(arn, names.TRAIN_MODEL))
    assert answer["batchItemFailures"] == [{"itemIdentifier": "m1"}]
    assert [place.arn for place in services.admission.running()] == [arn]
    assert "Starting" in status_comment(world, other)

    assert tell(execution_event(running[1], "Stopped"))["batchItemFailures"] == []
    assert "Stopped" in status_comment(world, running[0])


def test_an_issue_that_is_gone_does_not_hold_up_the_others(world: World, running: tuple[int, str]) -> None:
    gone = runs.start(world, 99999)
    answer = tell(execution_event(gone), execution_event(running[1]))

    assert answer["batchItemFailures"] == []
    assert "Preparing data" in status_comment(world, running[0])


def test_a_mistake_of_ours_is_logged_and_does_not_hold_up_the_queue(
    world: World, running: tuple[int, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistaken(*_: Any) -> None:
        raise KeyError("x")

    monkeypatch.setattr("lambdas.execution_events.handler.refresh", mistaken)

    assert tell(execution_event(running[1]))["batchItemFailures"] == []
    assert "is passed over" in caplog.text


# Any order


def recorded(world: World, arn: str) -> list[tuple[dict[str, Any], Callable[[], object]]]:
    """Events of a run that is stopped while it trains, each with what had happened by then."""
    return [
        (execution_event(arn), lambda: None),
        (step_event(arn, names.PREPARE_DATA), lambda: runs.step(world, arn, names.PREPARE_DATA)),
        (step_event(arn, names.TRAIN_MODEL, "Stopped"), lambda: runs.step(world, arn, names.TRAIN_MODEL, "Stopped")),
        (execution_event(arn, "Stopped"), lambda: world.sagemaker.end(arn, "Stopped")),
    ]


def outcome(world: World, number: int) -> tuple[str, int, set[str]]:
    return (
        re.sub(r"exec\d+", "EXECUTION", status_comment(world, number)),
        len(news(world, number, "training_stopped")),
        world.labels(number),
    )


def test_every_order_of_the_events_ends_in_the_same(
    world: World, services: Services, open_issue: Callable[..., int]
) -> None:
    outcomes = []
    for order in itertools.permutations(range(4)):
        number = open_issue()
        arn = runs.start(world, number)
        world.sagemaker.executions[-1]["created"] = runs.BEGIN
        sequence = recorded(world, arn)
        for _, happen in sequence:
            happen()
        for position in order:
            tell(sequence[position][0])
        outcomes.append(outcome(world, number))
        assert services.admission.running() == []

    assert all(found == outcomes[0] for found in outcomes)
    assert outcomes[0][1] == 1
    assert "⏹️ Stopped" in outcomes[0][0]


@pytest.mark.parametrize("seed", range(5))
def test_events_that_are_repeated_delayed_and_mixed_while_the_run_goes_on_end_in_the_truth(
    world: World, open_issue: Callable[..., int], seed: int
) -> None:
    chance = random.Random(seed)
    number = open_issue()
    arn = runs.start(world, number)
    late: list[dict[str, Any]] = []
    for event, happen in recorded(world, arn):
        happen()
        late += [event] * chance.randint(1, 3)
        chance.shuffle(late)
        now, late = late[: chance.randint(0, len(late))], late[chance.randint(0, len(late)) :]
        if now:
            tell(*now)
    tell(*(late or [execution_event(arn, "Stopped")]), execution_event(arn))

    text, told, labels = outcome(world, number)
    assert "⏹️ Stopped" in text
    assert told == 1
    assert names.LABEL_FAILED in labels
    assert json.dumps(sorted(labels)).count("mlops:") == 2
