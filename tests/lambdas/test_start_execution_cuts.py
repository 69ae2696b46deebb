"""Killed at any call to the outside and called again, start_execution ends where it would have ended at once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from contracts import names
from lambdas import aws
from lambdas.admission import Admission
from lambdas.documents import Documents
from lambdas.issue_record import IssueRecord, IssueRecords
from lambdas.start_execution.handler import handler
from tests.lambdas.cuts import Killed, Scissors, scissors_for
from tests.lambdas.world import ISSUE, REPO, World, records

EDITED = ISSUE.replace("0.95", "0.5")
WRONG = ISSUE.replace("random_forest", "forrest")


def run(number: int) -> str:
    [result] = handler(records({"repository": REPO, "issue_number": number}), None)["results"]
    return str(result["status"])


def issue_of(world: World, body: str = ISSUE) -> int:
    return world.github.open_issue(REPO, "Penguins", body, [names.LABEL_TRAIN])


def executions_of(world: World, number: int) -> list[dict[str, object]]:
    return [e for e in world.sagemaker.executions if e["name"] == f"issue-{number}-retry-0"]


def record_of(world: World, number: int) -> IssueRecord:
    return IssueRecords(Documents(world.s3, "bucket")).read(REPO, number)


def admission_of(world: World) -> Admission:
    return Admission(Documents(world.s3, "bucket"), limit=10)


def cut_everywhere(
    world: World,
    scissors: Scissors,
    prepare: Callable[[], int],
    check: Callable[[int], None],
    *,
    meanwhile: Callable[[int], object] = lambda number: None,
) -> int:
    """For every call, and both sides of it: prepare, die there, run again, check. Gives the number of calls."""
    for after_effect in (False, True):
        at = 0
        alive = False
        while not alive:
            at += 1
            world.s3.objects.pop("bucket/state/admission.json", None)
            number = prepare()
            try:
                with scissors.cut(at, after_effect=after_effect):
                    run(number)
                alive = True
            except Killed:
                meanwhile(number)
                run(number)
            check(number)
    return at - 1


@pytest.fixture
def scissors(world: World, monkeypatch: pytest.MonkeyPatch) -> Scissors:
    return scissors_for(world, monkeypatch)


def test_a_start_ends_with_one_execution_one_place_and_one_comment(world: World, scissors: Scissors) -> None:
    def check(number: int) -> None:
        [execution] = executions_of(world, number)
        assert record_of(world, number).executions == (execution["arn"],)
        assert [place.arn for place in admission_of(world).running()] == [execution["arn"]]
        assert admission_of(world).line() == []
        assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_RUNNING}
        [comment] = world.bodies(number)
        assert "`random_forest` on `penguins`" in comment

    assert cut_everywhere(world, scissors, lambda: issue_of(world), check) > 20


def test_an_edit_between_death_and_repetition_starts_no_second_execution(world: World, scissors: Scissors) -> None:
    def edit(number: int) -> None:
        world.github.edit_issue(REPO, number, {"body": EDITED})

    def check(number: int) -> None:
        run(number)
        [execution] = executions_of(world, number)
        assert record_of(world, number).executions == (execution["arn"],)
        threshold = world.sagemaker.parameters(str(execution["arn"]))[names.EVALUATION_THRESHOLD]
        edited = world.github.issue(REPO, number).body == EDITED
        told = any("was edited after" in body for body in world.bodies(number))
        assert told == (edited and threshold == "0.95")
        assert len(world.bodies(number)) == 1 + told

    cut_everywhere(world, scissors, lambda: issue_of(world), check, meanwhile=edit)


def test_an_issue_closed_between_death_and_repetition_runs_nowhere(world: World, scissors: Scissors) -> None:
    def check(number: int) -> None:
        if world.github.issue(REPO, number).state != "closed":
            return
        assert all(e["status"] == "Stopping" for e in executions_of(world, number))
        assert [place for place in admission_of(world).running() if not place.arn] == []
        assert admission_of(world).line() == []
        assert len(world.bodies(number)) <= 1

    cut_everywhere(
        world,
        scissors,
        lambda: issue_of(world),
        check,
        meanwhile=lambda number: world.github.edit_issue(REPO, number, {"state": "closed"}),
    )


def test_a_refusal_ends_with_one_comment_and_no_place(world: World, scissors: Scissors) -> None:
    def check(number: int) -> None:
        assert executions_of(world, number) == []
        assert admission_of(world).running() == []
        assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_FAILED}
        [comment] = world.bodies(number)
        assert "forrest" in comment

    cut_everywhere(world, scissors, lambda: issue_of(world, WRONG), check)


def test_a_corrected_issue_starts_once_and_forgets_its_mistakes(world: World, scissors: Scissors) -> None:
    def prepare() -> int:
        number = issue_of(world, WRONG)
        run(number)
        world.github.edit_issue(REPO, number, {"body": ISSUE})
        return number

    def check(number: int) -> None:
        assert len(executions_of(world, number)) == 1
        assert record_of(world, number).findings == ()
        assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_RUNNING}
        assert len(world.bodies(number)) == 1

    cut_everywhere(world, scissors, prepare, check)


def test_a_full_house_puts_the_issue_in_line_once(
    world: World, scissors: Scissors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")

    def prepare() -> int:
        run(issue_of(world))
        return issue_of(world)

    def check(number: int) -> None:
        assert executions_of(world, number) == []
        assert [row.number for row in admission_of(world).line()] == [number]
        assert world.labels(number) == {names.LABEL_TRAIN}
        assert len(world.bodies(number)) == 1

    cut_everywhere(world, scissors, prepare, check)


def test_closing_stops_the_execution_and_says_so_in_the_one_comment(world: World, scissors: Scissors) -> None:
    def prepare() -> int:
        number = issue_of(world)
        run(number)
        world.github.edit_issue(REPO, number, {"state": "closed"})
        return number

    def check(number: int) -> None:
        [execution] = executions_of(world, number)
        assert execution["status"] == "Stopping"
        assert record_of(world, number).closed
        assert len(world.bodies(number)) == 1

    cut_everywhere(world, scissors, prepare, check)


def test_an_edit_after_the_start_is_answered_once(world: World, scissors: Scissors) -> None:
    def prepare() -> int:
        number = issue_of(world)
        run(number)
        world.github.edit_issue(REPO, number, {"body": EDITED})
        return number

    def check(number: int) -> None:
        assert len(executions_of(world, number)) == 1
        assert len([body for body in world.bodies(number) if "was edited after" in body]) == 1

    cut_everywhere(world, scissors, prepare, check)


def test_reopening_is_answered_once(world: World, scissors: Scissors) -> None:
    def prepare() -> int:
        number = issue_of(world)
        run(number)
        world.github.edit_issue(REPO, number, {"state": "closed"})
        run(number)
        world.github.edit_issue(REPO, number, {"state": "open"})
        return number

    def check(number: int) -> None:
        assert len(executions_of(world, number)) == 1
        assert not record_of(world, number).closed
        assert len([body for body in world.bodies(number) if "was reopened" in body]) == 1

    cut_everywhere(world, scissors, prepare, check)


def test_functions_that_look_at_the_same_issue_at_the_same_time_start_it_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = threading.Lock()

    class OneByOne:
        """A client that serves one request at a time, as the fakes are made for."""

        def __init__(self, client: Any) -> None:
            self._client = client

        def __getattr__(self, name: str) -> Any:
            method = getattr(self._client, name)
            if name == "get_paginator":
                return method

            def served(**request: Any) -> Any:
                with turn:
                    return method(**request)

            return served

    clients = {"sagemaker": OneByOne(world.sagemaker), "s3": OneByOne(world.s3), "secretsmanager": world.secrets}
    monkeypatch.setattr(aws, "client", clients.__getitem__)
    number = issue_of(world)
    run_all = [threading.Thread(target=run, args=(number,)) for _ in range(4)]
    for thread in run_all:
        thread.start()
    for thread in run_all:
        thread.join()

    [execution] = executions_of(world, number)
    assert record_of(world, number).executions == (execution["arn"],)
    assert [place.arn for place in admission_of(world).running()] == [execution["arn"]]
    assert len(world.bodies(number)) == 1
    assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_RUNNING}
