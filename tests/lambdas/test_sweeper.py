"""What no event put right is put right by the clock, each thing for itself."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from contracts import names
from contracts.errors import GitHubError
from lambdas.admission import Admission
from lambdas.documents import Documents
from lambdas.executions import Question
from lambdas.github import GitHub
from lambdas.issue_record import IssueRecord, IssueRecords
from lambdas.services import connect_services
from lambdas.settings import Policy
from lambdas.start_execution.handler import handler as start
from lambdas.sweeper.handler import UNUSED_AFTER, Sweep, handler
from lambdas.sweeper.questions import due
from tests.lambdas.world import REPO, World, records

HOUR = timedelta(hours=1)
OpenIssue = Callable[..., int]
Started = tuple[int, str]


def now() -> datetime:
    return datetime.now(UTC)


def sweep(later: timedelta = timedelta()) -> dict[str, list[str]]:
    return Sweep(connect_services(), now() + later).run().result()


def admission_of(world: World, limit: int = 10) -> Admission:
    return Admission(Documents(world.s3, "bucket"), limit=limit)


def records_of(world: World) -> IssueRecords:
    return IssueRecords(Documents(world.s3, "bucket"))


def from_studio(world: World, repository: str = "local/issueops", number: int = 0) -> str:
    parameters = {names.REPOSITORY: repository, names.ISSUE_NUMBER: str(number)}
    answer = world.sagemaker.start_pipeline_execution(
        PipelineExecutionDisplayName="by hand",
        PipelineExecutionDescription="",
        PipelineParameters=[{"Name": name, "Value": value} for name, value in parameters.items()],
        ClientRequestToken=f"{len(world.sagemaker.executions):032}",
    )
    return answer["PipelineExecutionArn"]


def test_a_quiet_deployment_needs_nothing(world: World) -> None:
    assert handler({}, None) == {"failures": []}


# Places


def test_a_place_whose_execution_has_ended_is_given_back(world: World, started: Started) -> None:
    world.sagemaker.end(started[1], "Failed")

    assert sweep()["ended"] == [started[1]]
    assert admission_of(world).running() == []


def test_a_place_whose_execution_was_forgotten_by_the_service_is_given_back(world: World) -> None:
    admission_of(world).started(REPO, 1, "arn:gone", now=now())

    assert sweep()["ended"] == ["arn:gone"]


def test_a_running_execution_keeps_its_place(world: World, started: Started) -> None:
    assert sweep(HOUR) == {"failures": []}
    assert [place.arn for place in admission_of(world).running()] == [started[1]]


def test_a_closing_that_nobody_was_told_of_stops_the_run_at_the_next_sweep(world: World, started: Started) -> None:
    number, arn = started
    world.github.edit_issue(REPO, number, {"state": "closed"})
    sweep()
    start(records(*world.sent(names.REQUESTS_QUEUE)), None)

    assert world.sagemaker.status(arn) == "Stopping"


def test_a_place_that_nobody_used_is_given_back_and_its_issue_called(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    admission_of(world).enter(REPO, number, now=now())
    young = sweep(UNUSED_AFTER - timedelta(minutes=1))
    old = sweep(UNUSED_AFTER + timedelta(minutes=1))

    assert "released" not in young
    assert old["released"] == old["called"] == [f"{REPO}#{number}"]
    [request] = world.sent(names.REQUESTS_QUEUE)
    assert request == {"repository": REPO, "issue_number": number, "action": "called"}
    [result] = start(records(request), None)["results"]
    assert result["status"] == "started"


def test_an_unused_place_of_an_issue_that_runs_becomes_the_executions(world: World, started: Started) -> None:
    number, arn = started
    places = admission_of(world)
    places.ended(arn)
    places.enter(REPO, number, now=now())
    world.sagemaker.executions[0]["status"] = "Stopping"

    assert sweep(HOUR)["adopted"] == [arn]
    assert [place.arn for place in places.running()] == [arn]


def test_executions_from_studio_are_taken_in_and_count_against_the_limit(world: World, open_issue: OpenIssue) -> None:
    arn = from_studio(world)
    ended = from_studio(world)
    world.sagemaker.end(ended)

    assert sweep()["adopted"] == [arn]
    assert [(place.number, place.arn) for place in admission_of(world).running()] == [(0, arn)]
    assert "adopted" not in sweep()


def test_an_execution_that_its_issue_does_not_know_is_told_to_it(world: World, open_issue: OpenIssue) -> None:
    number = open_issue()
    arn = from_studio(world, REPO, number)

    result = sweep()

    assert result["adopted"] == [arn]
    assert records_of(world).read(REPO, number).executions == (arn,)
    assert result["refreshed"] == [f"{REPO}#{number}"]


def test_a_stray_execution_of_a_closed_issue_is_stopped(world: World, started: Started) -> None:
    number, first = started
    world.github.edit_issue(REPO, number, {"state": "closed"})
    start(records({"repository": REPO, "issue_number": number}), None)
    stray = from_studio(world, REPO, number)

    assert sweep()["stopped"] == [first, stray]
    assert world.sagemaker.status(stray) == "Stopping"


# The line


def test_the_line_moves_up_and_its_issues_are_told(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")
    first, second, third = open_issue(), open_issue(), open_issue()
    for number in (first, second, third):
        start(records({"repository": REPO, "issue_number": number}), None)
    world.sagemaker.end(world.sagemaker.executions[0]["arn"])

    assert sweep()["called"] == [f"{REPO}#{second}"]
    for request in world.sent(names.REQUESTS_QUEUE):
        start(records(request), None)
    sweep()
    assert "place 1 of 1" in world.bodies(third)[0]


# Questions


def test_a_question_is_reminded_of_once_with_its_times_and_commands(world: World, started: Started) -> None:
    number, arn = started
    world.sagemaker.ask(arn)
    asked = world.sagemaker.steps[arn][0]["StartTime"]

    assert "reminded" not in sweep(23 * HOUR)
    assert sweep(25 * HOUR)["reminded"] == [arn]
    assert "reminded" not in sweep(49 * HOUR)
    [reminder] = [body for body in world.bodies(number) if "still waits" in body]
    assert f"since {asked:%Y-%m-%d %H:%M} UTC" in reminder
    assert f"until **{asked + 72 * HOUR:%Y-%m-%d %H:%M} UTC**" in reminder
    assert all(command in reminder for command in ("`/retrain NAME=VALUE`", "`/accept`", "`/reject`"))


def test_a_second_question_of_the_same_execution_is_reminded_of_again(world: World, started: Started) -> None:
    number, arn = started
    world.sagemaker.ask(arn)
    sweep(25 * HOUR)
    world.sagemaker.steps[arn].clear()
    world.sagemaker.ask(arn, "token00002")
    world.sagemaker.steps[arn][0]["StartTime"] += 30 * HOUR

    assert sweep(55 * HOUR)["reminded"] == [arn]
    assert len([body for body in world.bodies(number) if "still waits" in body]) == 2


def test_a_question_that_nobody_answers_is_rejected_in_nobodys_name(world: World, started: Started) -> None:
    world.sagemaker.ask(started[1])

    assert sweep(72 * HOUR + HOUR)["expired"] == [started[1]]
    assert world.sagemaker.answer(started[1]) == {
        "decision": "reject",
        "hyperparameters": '{"max_depth":1,"n_estimators":1}',
        "reason": "no answer within 72 hours",
        "operator": "",
    }
    assert "expired" not in sweep(80 * HOUR)


def test_an_answer_that_came_first_stands(world: World, started: Started) -> None:
    world.sagemaker.ask(started[1])
    accepted = [{"Name": "decision", "Value": "accept"}]
    world.sagemaker.send_pipeline_execution_step_success(CallbackToken="token00001", OutputParameters=accepted)

    assert "expired" not in sweep(80 * HOUR)
    assert world.sagemaker.answer(started[1]) == {"decision": "accept"}


def test_a_run_from_studio_is_not_reminded_of_but_expires(world: World) -> None:
    arn = from_studio(world)
    world.sagemaker.ask(arn)

    assert "reminded" not in sweep(25 * HOUR)
    assert sweep(80 * HOUR)["expired"] == [arn]


def test_reminders_are_japanese_where_the_deployment_is(
    world: World, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_LANGUAGE", "ja")
    monkeypatch.setenv("ISSUEOPS_EXPIRE_AFTER_HOURS", "0")
    world.sagemaker.ask(started[1])
    sweep(25 * HOUR)

    assert "回答をお待ちしています" in world.bodies(started[0])[-1]


ASKED = datetime(2026, 1, 1, tzinfo=UTC)
WAITS = Question("arn", "token00001", "Executing", ASKED, {})


@pytest.mark.parametrize(
    ("hours", "policy", "reminded", "expected"),
    [
        (0, Policy(), False, None),
        (23.9, Policy(), False, None),
        (24, Policy(), False, "remind"),
        (24, Policy(), True, None),
        (71.9, Policy(), True, None),
        (72, Policy(), True, "expire"),
        (72, Policy(), False, "expire"),
        (9_999, Policy(expire_after=None), True, None),
        (9_999, Policy(expire_after=None), False, "remind"),
        (48, Policy(remind_after=None), False, None),
        (9_999, Policy(remind_after=None, expire_after=None), False, None),
        (2, Policy(remind_after=3 * HOUR, expire_after=HOUR), False, "expire"),
    ],
)
def test_a_questions_age_asks_for(hours: float, policy: Policy, reminded: bool, expected: str | None) -> None:
    moment = ASKED + timedelta(hours=hours)

    assert due(WAITS, policy, now=moment, reminded=reminded) == expected
    for answered in (dataclasses.replace(WAITS, status="Succeeded"), dataclasses.replace(WAITS, token="")):
        assert due(answered, policy, now=moment, reminded=reminded) is None


# Each for itself


def test_lost_events_are_made_up_for_in_the_status_comment(world: World, started: Started) -> None:
    number, arn = started
    world.sagemaker.end(arn, "Stopped")

    assert sweep()["refreshed"] == [f"{REPO}#{number}"]
    assert "Stopped" in world.bodies(number)[0]
    assert len(world.bodies(number)) == 1


def test_github_being_down_keeps_no_question_from_expiring(
    world: World, open_issue: OpenIssue, monkeypatch: pytest.MonkeyPatch
) -> None:
    issues = [open_issue(), open_issue()]
    arns = [
        start(records({"repository": REPO, "issue_number": n}), None)["results"][0]["execution_arn"] for n in issues
    ]
    for index, arn in enumerate(arns):
        world.sagemaker.ask(arn, f"token0000{index}")
    world.sagemaker.steps[arns[0]][0]["StartTime"] += 40 * HOUR

    def down(*_: object, **__: object) -> None:
        raise GitHubError("cannot comment: GitHub answered 503.")

    for method in ("comment", "comments", "upsert_comment", "edit_comment"):
        monkeypatch.setattr(GitHub, method, down)
    result = sweep(73 * HOUR)

    assert result["expired"] == [arns[1]]
    assert f"{arns[0]}: cannot comment: GitHub answered 503." in result["failures"]


def test_one_damaged_record_stops_no_other_issue(world: World, open_issue: OpenIssue) -> None:
    issues = [open_issue(), open_issue()]
    arns = [
        start(records({"repository": REPO, "issue_number": n}), None)["results"][0]["execution_arn"] for n in issues
    ]
    for arn in arns:
        world.sagemaker.end(arn)
    world.s3.objects[f"bucket/state/issues/{REPO}/{issues[0]}.json"] = b"oops"

    result = sweep()

    assert result["ended"] == arns
    assert result["refreshed"] == [f"{REPO}#{issues[1]}"]
    assert any("is damaged" in failure for failure in result["failures"])


def test_a_missing_pipeline_stops_nothing_else(world: World, started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(operation: str) -> None:
        raise RuntimeError(operation)

    monkeypatch.setattr(world.sagemaker, "get_paginator", broken)
    world.sagemaker.end(started[1])
    result = sweep()

    assert result["ended"] == [started[1]]
    assert "the newest executions: RuntimeError" in result["failures"]


def test_sweeping_twice_at_the_same_time_does_nothing_twice(world: World, started: Started) -> None:
    number, arn = started
    world.sagemaker.ask(arn)
    first, second = (Sweep(connect_services(), now() + 25 * HOUR) for _ in range(2))
    first.run()
    records_of(world).change(REPO, number, lambda r: dataclasses.replace(r, told=_without(r, "reminded")))
    second.run()

    assert len([body for body in world.bodies(number) if "still waits" in body]) == 1


def _without(record: IssueRecord, occasion: str) -> dict[str, str]:
    return {key: value for key, value in record.told.items() if key != occasion}
