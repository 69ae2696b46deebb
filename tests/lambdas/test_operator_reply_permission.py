"""Who may command: asked of GitHub at that moment, narrowed by the policy; everybody else is told once, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from contracts import names
from contracts.operator_commands import parse_comment
from lambdas.github import Comment, GitHub, Issue
from lambdas.operator_reply.permission import Denial, denial
from lambdas.settings import Policy
from local.github import Account
from tests.lambdas.operating import Started, ask, hear, queued, replies, say, start, write
from tests.lambdas.world import REPO, World

Role = Literal["admin", "maintain", "write", "triage", "read", "none"]


@pytest.fixture
def waiting(world: World) -> Started:
    started = start(world)
    ask(world, started)
    return started


@pytest.mark.parametrize("permission", ["read", "triage", "none"])
def test_who_may_not_write_may_not_decide_and_is_told_once(world: World, waiting: Started, permission: Role) -> None:
    world.github.save_account(Account("guest", permission=permission))
    for _ in range(3):
        comment, answer = say(world, waiting[0], "/accept", "guest")

    assert answer["status"] == "refused"
    assert world.sagemaker.answer(waiting[1]) is None
    (reply,) = replies(world, waiting[0])
    assert "guest may not command here: write permission" in reply
    assert world.reactions(comment) == {"eyes", "-1"}


@pytest.mark.parametrize("permission", ["write", "maintain", "admin"])
def test_write_or_more_is_enough(world: World, waiting: Started, permission: Role) -> None:
    world.github.save_account(Account("member", permission=permission))

    assert say(world, waiting[0], "/accept", "member")[1]["status"] == "accepted"


def test_permission_is_asked_at_the_moment_of_the_command(world: World, waiting: Started) -> None:
    world.github.save_account(Account("newcomer", permission="read"))
    assert say(world, waiting[0], "/accept", "newcomer")[1]["status"] == "refused"
    world.github.save_account(Account("newcomer", permission="write"))

    assert say(world, waiting[0], "/accept", "newcomer")[1]["status"] == "accepted"


def test_the_deployment_names_the_permission_that_is_needed(
    world: World, waiting: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_PERMISSION", "maintain")
    world.github.save_account(Account("writer", permission="write"))

    assert "maintain permission" in say(world, waiting[0], "/accept", "writer")[1]["message"]


def test_a_command_with_a_list_is_for_the_people_on_it(
    world: World, waiting: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_ALLOWED", "accept=Ada grace; approve=grace")
    world.github.save_account(Account("ada", permission="write"))

    assert "may not use /accept" in say(world, waiting[0], "/accept")[1]["message"]
    assert "may not use /approve" in say(world, waiting[0], "/approve")[1]["message"]
    assert len(replies(world, waiting[0])) == 2
    assert say(world, waiting[0], "/accept", "ada")[1]["status"] == "accepted"


def test_the_author_may_be_kept_from_approving_and_accepting_and_may_still_reject(
    world: World, waiting: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_AUTHOR_MAY_APPROVE", "false")
    world.github.save_account(Account("scientist", permission="write"))

    assert "somebody else must /accept" in say(world, waiting[0], "/accept", "scientist")[1]["message"]
    assert "somebody else must /approve" in say(world, waiting[0], "/approve", "Scientist")[1]["message"]
    assert say(world, waiting[0], "/reject", "scientist")[1]["status"] == "accepted"


def test_a_comment_is_followed_whole_or_not_at_all(
    world: World, waiting: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_ALLOWED", "rollback=ada")

    assert say(world, waiting[0], "/reject\n/rollback")[1]["status"] == "refused"
    assert world.sagemaker.answer(waiting[1]) is None


def test_bots_ours_and_others_are_passed_over_without_a_trace(world: World, waiting: Started) -> None:
    world.github.save_account(Account("helper[bot]", kind="Bot", permission="admin"))
    before = len(world.bodies(waiting[0]))
    for author in ("issueops[bot]", "helper[bot]"):
        comment, answer = say(world, waiting[0], "/accept", author)
        assert answer["status"] == "refused"
        assert world.reactions(comment) == set()
    assert len(world.bodies(waiting[0])) == before + 2
    assert world.sagemaker.answer(waiting[1]) is None


def test_an_edited_comment_is_passed_over_without_a_trace(
    world: World, waiting: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = write(world, waiting[0], "/accept")
    original = GitHub.comment

    def edited(self: GitHub, repository: str, comment_id: int) -> Comment:
        found = original(self, repository, comment_id)
        return Comment(
            found.id, found.issue_number, found.body, found.author, found.by_bot, found.ours,
            found.created, found.created + timedelta(seconds=1), found.url,
        )  # fmt: skip

    monkeypatch.setattr(GitHub, "comment", edited)

    assert queued(waiting[0], comment) == "ignored"
    assert world.reactions(comment) == set()
    assert world.sagemaker.answer(waiting[1]) is None


def test_talk_without_a_command_gets_no_answer(world: World, waiting: Started) -> None:
    before = len(world.bodies(waiting[0]))
    comment, answer = say(world, waiting[0], "What do you think?\n```\n/accept\n```")

    assert answer["status"] == "refused"
    assert len(world.bodies(waiting[0])) == before + 1
    assert world.reactions(comment) == set()


def test_issues_without_the_label_are_none_of_ours(world: World) -> None:
    number = world.github.open_issue(REPO, "Lunch", "Where?", [])
    comment = write(world, number, "/accept")

    assert hear(number, comment)["status"] == "refused"
    assert queued(number, comment) == "ignored"
    assert world.reactions(comment) == set()


def issue(author: str = "ada") -> Issue:
    return Issue(1, "", "", author, "open", (names.LABEL_TRAIN,), datetime.now(UTC), "", False)


@pytest.mark.parametrize(
    ("policy", "author", "permission", "text", "expected"),
    [
        (Policy(), "bob", "write", "/accept", None),
        (Policy(), "bob", "none", "/help", Denial("not_permitted")),
        (Policy(), "bob", "owner", "/help", Denial("not_permitted")),
        (Policy(permission="read"), "bob", "read", "/accept", None),
        (Policy(allowed={"retrain": frozenset({"bob"})}), "BOB", "admin", "/retrain a=1", None),
        (Policy(allowed={"retrain": frozenset()}), "bob", "admin", "/retrain a=1", Denial("not_allowed", "retrain")),
        (Policy(author_may_approve=False), "Ada", "admin", "/approve 3", Denial("author_excluded", "approve")),
        (Policy(author_may_approve=False), "ada", "admin", "/rollback", None),
        (Policy(author_may_approve=False), "bob", "admin", "/approve", None),
    ],
)
def test_a_policy_denies_or_does_not(
    policy: Policy, author: str, permission: str, text: str, expected: Denial | None
) -> None:
    commands = parse_comment(text).commands
    assert denial(policy, issue(), author=author, permission=permission, commands=commands) == expected
