"""Listings as the poller asks for them: what changed since a moment, and nothing when nothing changed."""

import json
from typing import Any

import pytest
from github.Repository import Repository

from local.github import GitHubApp

REPO = "octo/models"
UPDATED = {"sort": "updated", "direction": "asc", "state": "all"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The time of every change; one entry, to be replaced."""
    times = ["2026-01-01T00:00:00Z"]
    for module in ("issue_store", "reactions"):
        monkeypatch.setattr(f"local.github.{module}.now", lambda: times[0])
    return times


def ask(repo: Repository, path: str, etag: str = "", **query: str) -> tuple[int, str, list[Any]]:
    headers = {"If-None-Match": etag} if etag else {}
    status, answered, body = repo.requester.requestJson("GET", repo.url + path, query, headers)
    return status, str(answered.get("etag")), json.loads(body) if body else []


def test_issues_that_changed_since_a_moment_come_with_the_oldest_change_first(
    repo: Repository, app: GitHubApp, clock: list[str]
) -> None:
    for minute in range(4):
        clock[0] = f"2026-01-01T00:0{minute}:00Z"
        app.store.open_issue(REPO, f"t{minute}", labels=["mlops:train"] if minute != 2 else [])
    clock[0] = "2026-01-01T01:00:00Z"
    app.store.edit_issue(REPO, 2, {"state": "closed"})
    query = UPDATED | {"labels": "mlops:train", "since": "2026-01-01T00:01:00Z"}
    _, _, found = ask(repo, "/issues", **query)
    assert [issue["number"] for issue in found] == [4, 2]
    # The same moment, written in another zone.
    _, _, zoned = ask(repo, "/issues", **(query | {"since": "2026-01-01T09:01:00+09:00"}))
    assert zoned == found


def test_comments_that_changed_since_a_moment_come_by_their_change(
    repo: Repository, app: GitHubApp, clock: list[str]
) -> None:
    app.store.open_issue(REPO, "t")
    first, second = app.store.add_comment(REPO, 1, "first"), app.store.add_comment(REPO, 1, "second")
    clock[0] = "2026-01-01T00:05:00Z"
    app.store.edit_comment(REPO, first, "first, edited")
    _, _, found = ask(repo, "/issues/comments", sort="updated", direction="asc", since="2026-01-01T00:00:00Z")
    assert [comment["id"] for comment in found] == [second, first]
    _, _, later = ask(repo, "/issues/comments", sort="updated", since="2026-01-01T00:00:01Z")
    assert [comment["body"] for comment in later] == ["first, edited"]


@pytest.mark.parametrize("path", ["/issues", "/issues/comments"])
def test_an_unchanged_listing_is_answered_304_until_something_changes(
    repo: Repository, app: GitHubApp, path: str
) -> None:
    app.store.open_issue(REPO, "t")
    app.store.add_comment(REPO, 1, "c")
    status, etag, found = ask(repo, path, **UPDATED)
    assert (status, len(found)) == (200, 1)
    assert ask(repo, path, etag, **UPDATED)[::2] == (304, [])
    app.store.edit_issue(REPO, 1, {"title": "u"})
    app.store.add_comment(REPO, 1, "d")
    assert ask(repo, path, etag, **UPDATED)[0] == 200


def test_a_reaction_is_no_update_of_the_issue(repo: Repository, app: GitHubApp, clock: list[str]) -> None:
    app.store.open_issue(REPO, "t")
    clock[0] = "2026-01-01T00:05:00Z"
    app.store.react(REPO, "issue", 1, content="eyes", author="ada")
    assert app.store.issue(REPO, 1).updated_at == "2026-01-01T00:00:00Z"


def test_a_moment_that_is_none_is_refused(repo: Repository) -> None:
    assert ask(repo, "/issues", since="yesterday")[0] == 422
