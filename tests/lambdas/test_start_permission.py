"""Who may start a training, where the deployment asks for a permission: the issue's author, at that moment."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts import names
from contracts.errors import ConfigError
from lambdas.settings import load_settings
from lambdas.start_execution.handler import handler
from local.github import Account
from tests.lambdas.world import ISSUE, REPO, World, records

Filed = Callable[[str], int]


@pytest.fixture
def filed(world: World) -> Filed:
    """Opens an issue in somebody's name, with the label, as an issue form does."""

    def filed(login: str) -> int:
        return world.github.open_issue(REPO, "Penguins", ISSUE, [names.LABEL_TRAIN], login)

    return filed


def look(number: int) -> dict[str, Any]:
    answer = handler(records({"repository": REPO, "issue_number": number}), None)
    assert answer["batchItemFailures"] == []
    result: dict[str, Any] = answer["results"][0]
    return result


def permit(world: World, login: str, permission: str) -> None:
    world.github.save_account(Account(login, permission=permission))


def test_nobody_is_asked_for_a_permission_by_default(world: World, filed: Filed) -> None:
    permit(world, "stranger", "none")

    assert look(filed("stranger"))["status"] == "started"


@pytest.mark.parametrize(("permission", "status"), [("write", "started"), ("triage", "invalid"), ("none", "invalid")])
def test_the_author_needs_the_permission_that_the_deployment_asks_for(
    world: World, filed: Filed, monkeypatch: pytest.MonkeyPatch, permission: str, status: str
) -> None:
    monkeypatch.setenv("ISSUEOPS_START_PERMISSION", "write")
    permit(world, "grace", permission)

    assert look(filed("grace"))["status"] == status
    assert len(world.sagemaker.executions) == (status == "started")


@pytest.mark.parametrize(("language", "words"), [("en", "takes the permission write or more"), ("ja", "write 以上")])
def test_the_status_comment_says_what_is_missing(
    world: World, filed: Filed, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("ISSUEOPS_START_PERMISSION", "write")
    monkeypatch.setenv("ISSUEOPS_LANGUAGE", language)
    permit(world, "stranger", "read")
    number = filed("stranger")
    look(number), look(number)

    (comment,) = world.bodies(number)
    assert words in comment
    assert "read" in comment
    assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_FAILED}


def test_who_is_given_the_permission_later_starts_at_the_next_look(
    world: World, filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_START_PERMISSION", "triage")
    permit(world, "newcomer", "read")
    number = filed("newcomer")
    look(number)
    permit(world, "newcomer", "triage")

    assert look(number)["status"] == "started"


def test_a_stranger_takes_no_place_in_line(world: World, filed: Filed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUEOPS_START_PERMISSION", "write")
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")
    permit(world, "grace", "write")
    permit(world, "stranger", "read")
    look(filed("grace"))

    assert look(filed("stranger"))["status"] == "invalid"


def test_an_unknown_permission_is_a_mistake(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="ISSUEOPS_START_PERMISSION must be one of none, read"):
        load_settings({**environment, "ISSUEOPS_START_PERMISSION": "owner"})
