"""Killed at any call to the outside and called again, a comment is followed once and answered once.

Killed behind a call leaves the same world as killed before the next one, so each call is cut once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from contracts import names
from lambdas.channels import delivery, ledger
from tests.lambdas.cuts import Killed, scissors_for
from tests.lambdas.operating import (
    Started,
    admission,
    ask,
    package,
    queued,
    register,
    reply_to,
    start,
    statuses,
    write,
)
from tests.lambdas.world import ISSUE, REPO, World

NOW = datetime(2026, 11, 24, tzinfo=UTC)
Prepare = Callable[[World], Started]


def waiting(world: World) -> Started:
    started = start(world)
    ask(world, started, f"token{started[0]:05d}")
    return started


def registered(world: World) -> Started:
    """Two versions, the first of them approved, the second one waiting."""
    world.sagemaker.packages.clear()
    started = start(world)
    register(world, started[1], "Approved")
    register(world, started[1])
    return started


def approved(world: World) -> Started:
    """Four versions, all approved but the second."""
    started = registered(world)
    package(world, 2)["ModelApprovalStatus"] = "Rejected"
    for _ in range(2):
        register(world, started[1], "Approved")
    return started


def failed(world: World) -> Started:
    started = start(world)
    world.sagemaker.fail(started[1], names.TRAIN_MODEL, "out of memory")
    world.sagemaker.end(started[1], "Failed")
    admission(world).ended(started[1])
    return started


def withdrawn_from_the_line(world: World) -> Started:
    number = world.github.open_issue(REPO, "Penguins", ISSUE, [names.LABEL_TRAIN])
    for other in range(11):
        admission(world).enter("octo/other", other + 1, now=NOW)
    admission(world).enter(REPO, number, now=NOW)
    return number, ""


def answered(world: World, started: Started) -> None:
    given = world.sagemaker.answer(started[1])
    assert given is not None
    assert given["decision"] == "retrain"
    assert names.LABEL_RUNNING in world.labels(started[0])


def is_approved(world: World, started: Started) -> None:
    assert list(statuses(world)) == ["Approved", "Approved"]


def is_rolled_back(world: World, started: Started) -> None:
    assert list(statuses(world)) == ["Approved", "Approved", "Archived", "Archived"]
    news = [body for body in world.bodies(started[0]) if ":model_rolled_back -->" in body.splitlines()[0]]
    assert len(news) == 1


def is_stopping(world: World, started: Started) -> None:
    assert world.sagemaker.status(started[1]) == "Stopping"


def is_out_of_the_line(world: World, started: Started) -> None:
    assert admission(world).place(REPO, started[0]) == 0


def runs_again(world: World, started: Started) -> None:
    assert world.sagemaker.status(started[1]) == "Executing"
    assert [place.arn for place in admission(world).running()] == [started[1]]


CASES: dict[str, tuple[Prepare, str, Callable[[World, Started], None], str]] = {
    "retrain": (waiting, "/retrain n_estimators=9", answered, "`/retrain` by operator is taken"),
    "approve": (registered, "/approve fine", is_approved, "`/approve` by operator: version 2"),
    "rollback": (approved, "/rollback 2 it drifts", is_rolled_back, "`/rollback` by operator: version 2"),
    "cancel": (start, "/cancel", is_stopping, "`/cancel` by operator: stopping"),
    "withdraw": (withdrawn_from_the_line, "/cancel", is_out_of_the_line, "out of the line"),
    "retry": (failed, "/retry", runs_again, "`/retry` by operator: execution"),
    "words": (start, "/status", lambda world, started: None, "status comment is up to date"),
    "mistake": (start, "/aprove", lambda world, started: None, "did you mean"),
}


@pytest.mark.parametrize("case", CASES)
def test_killed_at_any_call_and_delivered_again_it_is_done_once_and_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    prepare, text, check, told = CASES[case]
    scissors = scissors_for(world, monkeypatch)
    for module in (delivery, ledger):  # a claim of the dead is waited for; here it is known that they are dead
        monkeypatch.setattr(module, "LEASE_SECONDS", {"github": 0.0})
    alive, at = False, 0
    while not alive:
        at += 1
        world.s3.objects.pop("bucket/state/admission.json", None)
        started = prepare(world)
        comment = write(world, started[0], text)
        try:
            with scissors.cut(at, after_effect=False):
                queued(started[0], comment)
            alive = True
        except Killed:
            queued(started[0], comment)
        check(world, started)
        assert told in reply_to(world, started[0], comment)
        assert world.reactions(comment) == {"eyes", "-1" if case == "mistake" else "+1"}
        before = world.bodies(started[0])
        queued(started[0], comment)
        assert world.bodies(started[0]) == before
    assert at > 8
