"""The next execution has one retry more, the new hyperparameters, and everything else as it was."""

import dataclasses
import json
from typing import Any

import pytest

from contracts import names
from contracts.errors import ConfigError
from lambdas.admission import Admission
from lambdas.documents import Documents
from lambdas.issue_record import IssueRecord, IssueRecords
from lambdas.retrain.handler import handler
from tests.lambdas.cuts import Killed, scissors_for
from tests.lambdas.world import REPO, World, common

NEW = '{"n_estimators":300}'
Started = tuple[int, str]


def event(started: Started, **more: object) -> dict[str, Any]:
    return {**common(*started), "hyperparameters": NEW, "operator": "ada", **more}


def admission_of(world: World) -> Admission:
    return Admission(Documents(world.s3, "bucket"), limit=10)


def records_of(world: World) -> IssueRecords:
    return IssueRecords(Documents(world.s3, "bucket"))


def closed(record: IssueRecord) -> IssueRecord:
    return dataclasses.replace(record, closed=True)


def test_the_next_execution_carries_lineage_and_new_hyperparameters(world: World, started: Started) -> None:
    number, parent = started

    answer = handler(event(started), None)

    assert answer["current_retry"] == 1
    assert answer["next_action"] == "retrain"
    before, after = world.sagemaker.parameters(parent), world.sagemaker.parameters(answer["execution_arn"])
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        names.HYPERPARAMETERS,
        names.CURRENT_RETRY,
        names.PARENT_EXECUTION_ARN,
        names.REQUESTED_BY,
    }
    assert json.loads(after[names.HYPERPARAMETERS]) == {"n_estimators": 300}
    assert after[names.PARENT_EXECUTION_ARN] == parent
    assert after[names.REQUESTED_BY] == "ada"
    assert world.sagemaker.executions[-1]["name"] == f"issue-{number}-retry-1"


def test_retraining_twice_starts_one_execution(world: World, started: Started) -> None:
    assert handler(event(started), None) == handler(event(started), None)
    assert len(world.sagemaker.executions) == 2


def test_a_retry_of_a_retry_counts_on(world: World, started: Started) -> None:
    second = handler(event(started), None)["execution_arn"]
    third = handler({**event(started), "execution_arn": second}, None)

    assert third["current_retry"] == 2
    with pytest.raises(ConfigError, match="no retry is left: 2 of 2"):
        handler({**event(started), "execution_arn": third["execution_arn"]}, None)


@pytest.mark.parametrize(
    ("hyperparameters", "expected"),
    [
        ("[]", "must be a JSON object, got list"),
        ("{", "must be a JSON object"),
        ('{"n_estimatorz": 1}', "n_estimators"),
        ('{"max_depth": "deep"}', "max_depth"),
    ],
)
def test_wrong_hyperparameters_start_nothing(
    world: World, started: Started, hyperparameters: str, expected: str
) -> None:
    with pytest.raises(ConfigError, match=expected):
        handler(event(started, hyperparameters=hyperparameters), None)
    assert len(world.sagemaker.executions) == 1


def test_the_successor_says_where_it_comes_from(world: World, started: Started) -> None:
    number, parent = started
    handler(event(started), None)

    expected = f"Retry 1 of 2 of issue #{number}, from execution {parent.rsplit('/', 1)[-1]}"
    assert world.sagemaker.executions[-1]["description"] == expected


def test_the_successor_stands_in_the_record_and_holds_a_place_beside_its_parent(world: World, started: Started) -> None:
    number, parent = started
    child = handler(event(started), None)["execution_arn"]

    assert records_of(world).read(REPO, number).executions == (parent, child)
    assert [place.arn for place in admission_of(world).running()] == [parent, child]


def test_a_late_repetition_takes_no_place_for_a_successor_that_has_ended(world: World, started: Started) -> None:
    child = handler(event(started), None)["execution_arn"]
    world.sagemaker.end(child)
    admission_of(world).ended(child)
    handler(event(started), None)

    assert [place.arn for place in admission_of(world).running()] == [started[1]]


def test_killed_anywhere_and_repeated_it_starts_one_successor(
    world: World, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    scissors = scissors_for(world, monkeypatch)
    parent, calls = started[1], 0
    for after_effect in (False, True):
        alive, at = False, 0
        while not alive:
            at += 1
            before = len(world.sagemaker.executions)
            again = {**event(started), "execution_arn": parent}
            try:
                with scissors.cut(at, after_effect=after_effect):
                    child = handler(again, None)["execution_arn"]
                alive = True
            except Killed:
                child = handler(again, None)["execution_arn"]
            assert len(world.sagemaker.executions) == before + 1
            assert records_of(world).read(REPO, started[0]).executions[-1] == child
            assert [p.arn for p in admission_of(world).running()].count(child) == 1
            _retries_again(world, child)
            parent = child
        calls = at
    assert calls > 8


def test_nothing_is_started_for_a_closed_issue(world: World, started: Started) -> None:
    records_of(world).change(REPO, started[0], closed)

    with pytest.raises(ConfigError, match=f"issue #{started[0]} of {REPO} is closed"):
        handler(event(started), None)
    assert len(world.sagemaker.executions) == 1


def test_an_issue_closed_while_its_successor_starts_has_it_stopped(
    world: World, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = world.sagemaker.start_pipeline_execution

    def close_and_start(**request: Any) -> dict[str, str]:
        records_of(world).change(REPO, started[0], closed)
        return start(**request)

    monkeypatch.setattr(world.sagemaker, "start_pipeline_execution", close_and_start)
    child = handler(event(started), None)["execution_arn"]

    assert world.sagemaker.status(child) == "Stopping"


def test_a_run_without_an_issue_is_trained_again_all_the_same(world: World, started: Started) -> None:
    for parameter in world.sagemaker.executions[0]["parameters"]:
        if parameter["Name"] == names.ISSUE_NUMBER:
            parameter["Value"] = "0"
    child = handler(event(started), None)["execution_arn"]

    assert child in [place.arn for place in admission_of(world).running()]


def _retries_again(world: World, arn: str) -> None:
    """As if no retry had been used."""
    for execution in world.sagemaker.executions:
        if execution["arn"] == arn:
            for parameter in execution["parameters"]:
                if parameter["Name"] == names.CURRENT_RETRY:
                    parameter["Value"] = "0"


def test_a_parent_that_nobody_has_noted_yet_is_not_noted_later_as_the_newest(world: World, started: Started) -> None:
    number, parent = started
    records = records_of(world)
    records.change(REPO, number, lambda record: dataclasses.replace(record, executions=()))
    child = handler(event(started), None)["execution_arn"]

    assert records.change(REPO, number, lambda record: record.with_execution(parent)).executions == (parent, child)
