"""`/approve` and `/rollback`: the registry, the issue, the history and the news say the same."""

from __future__ import annotations

import pytest

from contracts import names
from contracts.errors import GitHubError
from lambdas.documents import Documents
from lambdas.github import GitHub, connect
from lambdas.history.rollbacks import ROLLBACKS_PATH
from lambdas.issue_record import IssueRecords
from lambdas.settings import load_settings
from local.github import Account
from tests.lambdas.operating import (
    GROUP,
    Started,
    hear,
    package,
    queued,
    register,
    reply_to,
    say,
    start,
    statuses,
    write,
)
from tests.lambdas.world import REPO, World


@pytest.fixture
def registered(world: World) -> Started:
    """An issue whose execution registered version 1."""
    started = start(world)
    register(world, started[1])
    return started


def news(world: World, number: int) -> list[str]:
    return [body for body in world.bodies(number) if ":model_rolled_back -->" in body.splitlines()[0]]


def test_approve_says_who_why_and_where_in_the_registry(world: World, registered: Started) -> None:
    comment, answer = say(world, registered[0], "/approve checked on the island")

    assert answer["status"] == "accepted"
    assert package(world, 1)["ModelApprovalStatus"] == "Approved"
    assert package(world, 1)["ApprovalDescription"] == (
        f"Approved by operator: checked on the island ({REPO}#{registered[0]}, comment {comment})"
    )
    assert "version 1 of `penguin-species` is approved" in reply_to(world, registered[0], comment)
    assert world.reactions(comment) == {"eyes", "+1"}


def test_of_several_versions_of_the_issue_the_newest_is_meant(world: World, registered: Started) -> None:
    register(world, start(world)[1])  # another issue's
    world.sagemaker.executions.append({**world.sagemaker.executions[0], "arn": registered[1] + "b", "token": "x"})
    world.sagemaker.steps[registered[1] + "b"] = []
    register(world, registered[1] + "b")
    IssueRecords(Documents(world.s3, "bucket")).change(
        REPO, registered[0], lambda record: record.with_execution(registered[1] + "b")
    )

    say(world, registered[0], "/approve")

    assert list(statuses(world)) == ["PendingManualApproval", "PendingManualApproval", "Approved"]


@pytest.mark.parametrize("version", ["1", "v1", "penguin-species@1"])
def test_a_version_may_be_named(world: World, registered: Started, version: str) -> None:
    register(world, registered[1])

    assert say(world, registered[0], f"/approve {version}")[1]["status"] == "accepted"
    assert list(statuses(world)) == ["Approved", "PendingManualApproval"]


def test_an_older_version_that_is_approved_is_told_which_one_stays_in_force(world: World, registered: Started) -> None:
    register(world, registered[1], "Approved")

    comment, _ = say(world, registered[0], "/approve 1")

    assert "newer version 2 stays in force; /rollback 1" in reply_to(world, registered[0], comment)


def test_approving_what_is_approved_is_fine_and_says_whose_it_was(world: World, registered: Started) -> None:
    world.github.save_account(Account("ada", permission="write"))
    say(world, registered[0], "/approve fine", "ada")

    comment, answer = say(world, registered[0], "/approve")

    assert answer["status"] == "accepted"
    assert "approved already. Approved by ada: fine" in reply_to(world, registered[0], comment)
    assert "by ada" in package(world, 1)["ApprovalDescription"]


@pytest.mark.parametrize("text", ["/approve", "/approve 1", "/rollback"])
def test_where_nothing_was_registered_that_is_told(world: World, text: str) -> None:
    number, _ = start(world)

    comment, answer = say(world, number, text)

    assert answer["status"] == "refused"
    assert world.reactions(comment) == {"eyes", "-1"}


@pytest.mark.parametrize("command", ["approve", "rollback"])
def test_another_issues_model_is_not_touched(world: World, registered: Started, command: str) -> None:
    _, answer = say(world, registered[0], f"/{command} body-mass@1")

    assert answer["status"] == "refused"
    assert "This issue's model is `penguin-species`, not `body-mass`" in answer["message"]


def test_a_version_that_does_not_exist_is_told_the_ones_that_do(world: World, registered: Started) -> None:
    assert "has no version 7; versions: 1." in say(world, registered[0], "/approve 7")[1]["message"]


def test_an_approval_delivered_again_much_later_does_not_undo_what_was_decided_since(
    world: World, registered: Started
) -> None:
    register(world, registered[1], "Approved")
    comment, _ = say(world, registered[0], "/approve 1")
    package(world, 1)["ModelApprovalStatus"] = "Rejected"

    assert queued(registered[0], comment) == "accepted"
    assert package(world, 1)["ModelApprovalStatus"] == "Rejected"


def test_rollback_archives_the_current_version_tells_it_and_writes_it_down(world: World, registered: Started) -> None:
    say(world, registered[0], "/approve")
    second = start(world)
    register(world, second[1], "Approved")

    comment, answer = say(world, second[0], "/rollback It sees ghosts.")

    assert answer["status"] == "accepted"
    assert list(statuses(world)) == ["Approved", "Archived"]
    assert package(world, 2)["ModelLifeCycle"]["StageDescription"] == (
        f"Rolled back to 1 by operator: It sees ghosts. ({REPO}#{second[0]}, comment {comment})"
    )
    assert "version 1 of `penguin-species` is in force again, version 2 is archived" in reply_to(
        world, second[0], comment
    )
    (told,) = news(world, second[0])
    assert "ghosts" in told
    assert f"comment {comment}" in str(connect(load_settings()).read_file(REPO, ROLLBACKS_PATH))
    before = world.bodies(second[0])
    assert queued(second[0], comment) == "accepted"
    assert world.bodies(second[0]) == before


def test_rollback_to_a_named_version(world: World, registered: Started) -> None:
    for status in ("Approved", "Approved"):
        register(world, registered[1], status)
    package(world, 1)["ModelApprovalStatus"] = "Rejected"

    assert say(world, registered[0], "/rollback to 1")[1]["status"] == "accepted"
    assert list(statuses(world)) == ["Approved", "Archived", "Archived"]


def test_a_second_rollback_without_a_version_goes_no_further(world: World, registered: Started) -> None:
    for _ in range(2):
        register(world, registered[1], "Approved")
    package(world, 1)["ModelApprovalStatus"] = "Approved"
    say(world, registered[0], "/rollback")

    _, answer = say(world, registered[0], "/rollback")

    assert answer["status"] == "refused"
    assert "name the version" in answer["message"]
    assert list(statuses(world)) == ["Approved", "Approved", "Archived"]
    assert len(news(world, registered[0])) == 1
    assert say(world, registered[0], "/rollback 2")[1]["status"] == "accepted"
    assert say(world, registered[0], "/rollback 1")[1]["status"] == "accepted"
    assert list(statuses(world)) == ["Approved", "Archived", "Archived"]


def test_a_version_whose_artefact_is_gone_is_not_gone_back_to(world: World, registered: Started) -> None:
    package(world, 1)["ModelApprovalStatus"] = "Approved"
    register(world, registered[1], "Approved")
    world.s3.objects.pop("bucket/models/1/model.tar.gz")

    assert "the artefact of penguin-species@1 is gone" in say(world, registered[0], "/rollback")[1]["message"]
    assert list(statuses(world)) == ["Approved", "Approved"]


def test_where_there_is_nothing_to_go_back_to_that_is_told(world: World, registered: Started) -> None:
    package(world, 1)["ModelApprovalStatus"] = "Approved"

    assert "no approved version before 1" in say(world, registered[0], "/rollback")[1]["message"]


def test_a_rollback_is_told_although_the_history_cannot_be_written(
    world: World, registered: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise GitHubError("cannot commit.")

    package(world, 1)["ModelApprovalStatus"] = "Approved"
    register(world, registered[1], "Approved")
    monkeypatch.setattr(GitHub, "commit_changes", down)

    comment = write(world, registered[0], "/rollback")
    assert hear(registered[0], comment)["status"] == "accepted"
    assert len(world.sent(names.HISTORY_QUEUE)) == 1
    assert len(news(world, registered[0])) == 1
    assert GROUP in news(world, registered[0])[0]
