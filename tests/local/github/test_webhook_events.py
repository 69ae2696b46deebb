"""Which change causes which delivery, and what it says."""

import gzip
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from github.Repository import Repository

from local.github import BOT, OPERATOR, Account, GitHubApp
from local.github.errors import Unprocessable
from local.github.hook_records import Hook
from local.github.hooks import new_hook
from tests.local.github.receiver import SECRET, Receiver

REPO = "octo/models"


@pytest.fixture
def hook(app: GitHubApp, receiver: Receiver) -> Iterator[Hook]:
    hook = app.store.save_hook(REPO, url=receiver.url, secret=SECRET, events=["issues", "issue_comment"])
    app.start_sender()
    yield hook
    assert app.wait_for_deliveries()


def delivered(app: GitHubApp, receiver: Receiver) -> list[str]:
    """What came since the last call."""
    assert app.wait_for_deliveries()
    what = receiver.what
    receiver.received.clear()
    return what


def test_every_change_of_an_issue_and_its_comments_is_reported_once_and_in_order(
    app: GitHubApp, receiver: Receiver, hook: Hook, repo: Repository
) -> None:
    issue = repo.create_issue("t", body="b", labels=["mlops:train"])
    issue.edit(title="u")
    issue.add_to_labels("mlops:running")
    issue.add_to_labels("mlops:running")
    issue.remove_from_labels("mlops:train")
    comment = issue.create_comment("/status")
    comment.edit("/help")
    comment.edit("/help")
    comment.create_reaction("eyes")
    comment.delete()
    issue.edit(state="closed")
    issue.edit(state="closed")
    issue.edit(state="open")
    assert delivered(app, receiver) == [
        "issues.opened",
        "issues.labeled",
        "issues.edited",
        "issues.labeled",
        "issues.unlabeled",
        "issue_comment.created",
        "issue_comment.edited",
        "issue_comment.deleted",
        "issues.closed",
        "issues.reopened",
    ]


def test_a_payload_says_what_github_says(app: GitHubApp, receiver: Receiver, hook: Hook) -> None:
    app.store.save_account(Account("ada"))
    number = app.store.open_issue(REPO, "old", "before", ["mlops:train"], author="ada")
    delivered(app, receiver)
    app.store.edit_issue(REPO, number, {"title": "new", "body": None}, by="ada")
    assert app.wait_for_deliveries()
    payload = receiver.received[0].payload
    assert set(payload) == {"action", "changes", "issue", "repository", "sender"}
    assert payload["changes"] == {"title": {"from": "old"}, "body": {"from": "before"}}
    assert (payload["issue"]["number"], payload["issue"]["title"], payload["issue"]["body"]) == (1, "new", None)
    assert [label["name"] for label in payload["issue"]["labels"]] == ["mlops:train"]
    assert payload["repository"]["full_name"] == REPO
    assert (payload["sender"]["login"], payload["sender"]["type"]) == ("ada", "User")


def test_an_added_and_a_removed_label_are_named(app: GitHubApp, receiver: Receiver, hook: Hook) -> None:
    app.store.open_issue(REPO, "t", labels=["a", "b"])
    delivered(app, receiver)
    app.store.edit_issue(REPO, 1, {"labels": ["b", "c"]})
    assert app.wait_for_deliveries()
    assert [(each.what, each.payload["label"]["name"]) for each in receiver.received] == [
        ("issues.unlabeled", "a"),
        ("issues.labeled", "c"),
    ]


def test_a_comment_is_reported_with_its_issue_also_when_the_bot_writes_it(
    app: GitHubApp, receiver: Receiver, hook: Hook
) -> None:
    app.store.open_issue(REPO, "t")
    comment = app.store.add_comment(REPO, 1, "first", BOT.login)
    app.store.edit_comment(REPO, comment, "second", by=BOT.login)
    assert app.wait_for_deliveries()
    created, edited = (each.payload for each in receiver.received[1:])
    assert (created["issue"]["number"], created["issue"]["comments"]) == (1, 1)
    assert (created["comment"]["body"], created["comment"]["user"]["type"]) == ("first", "Bot")
    assert created["sender"]["type"] == "Bot"
    assert edited["changes"] == {"body": {"from": "first"}}
    assert edited["comment"]["body"] == "second"


def test_deliveries_carry_the_headers_of_github_and_a_signature_of_the_raw_body(
    app: GitHubApp, receiver: Receiver, hook: Hook
) -> None:
    app.store.open_issue(REPO, "学習 🐧")
    assert app.wait_for_deliveries()
    sent = receiver.received[0]
    assert sent.headers["X-GitHub-Event"] == "issues"
    assert sent.headers["X-GitHub-Hook-ID"] == str(hook.id)
    assert len(sent.headers["X-GitHub-Delivery"]) == 36
    assert sent.headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert sent.headers["Content-Type"] == "application/json"
    expected = hmac.new(SECRET.encode(), sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert "学習 🐧".encode() in sent.body


def test_a_hook_without_a_secret_sends_no_signature(app: GitHubApp, receiver: Receiver, hook: Hook) -> None:
    app.store.save_hook(REPO, url=receiver.url, secret="", events=["issues"])
    app.store.open_issue(REPO, "t")
    assert app.wait_for_deliveries()
    assert not [name for name in receiver.received[0].headers if name.startswith("X-Hub-Signature")]


def test_a_form_holds_the_payload_and_is_signed_as_sent(app: GitHubApp, receiver: Receiver) -> None:
    wanted = new_hook(receiver.url, secret=SECRET, events=["issues"], content_type="form")
    app.store.hooks.create(REPO, wanted, OPERATOR)
    app.start_sender()
    assert app.wait_for_deliveries()
    sent = receiver.received[0]
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.body.decode())["payload"][0].startswith('{"zen"')
    expected = hmac.new(SECRET.encode(), sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["X-Hub-Signature-256"] == f"sha256={expected}"


def test_hooks_hear_only_what_they_asked_for(app: GitHubApp, receiver: Receiver) -> None:
    app.store.save_hook(REPO, url=receiver.url, secret=SECRET, events=["issue_comment"])
    app.store.save_hook(REPO, url=receiver.url + "/all", secret=SECRET, events=["*"])
    app.store.save_hook(REPO, url=receiver.url + "/off", secret=SECRET, events=["*"], active=False)
    app.start_sender()
    app.store.open_issue(REPO, "t")
    app.store.add_comment(REPO, 1, "c")
    assert app.wait_for_deliveries()
    assert sorted((each.path, each.what) for each in receiver.received) == [
        ("/webhook", "issue_comment.created"),
        ("/webhook/all", "issue_comment.created"),
        ("/webhook/all", "issues.opened"),
    ]
    guids = {each.headers["X-GitHub-Delivery"] for each in receiver.received if each.what.startswith("issue_comment")}
    assert len(guids) == 1  # one event has one GUID, whoever hears of it


def test_a_hook_of_every_repository_hears_of_those_that_come_later(app: GitHubApp, receiver: Receiver) -> None:
    app.store.save_hook(None, url=receiver.url, secret=SECRET, events=["issues"])
    app.start_sender()
    app.store.open_issue("octo/later", "t")
    assert app.wait_for_deliveries()
    assert receiver.received[0].payload["repository"]["full_name"] == "octo/later"
    assert app.store.hooks.of_repository(REPO) == []


def test_addresses_in_payloads_are_those_of_the_pages_and_of_the_served_api(
    app: GitHubApp, receiver: Receiver, hook: Hook, operator_repo: Repository, url: str
) -> None:
    operator_repo.create_issue("t")
    app.store.add_comment(REPO, 1, "c")
    assert app.wait_for_deliveries()
    comment = receiver.received[1].payload["comment"]
    assert comment["url"].startswith(f"{url}/repos/{REPO}/issues/comments/")
    assert comment["html_url"].startswith(url.removesuffix("/api/v3") + f"/{REPO}/issues/1#issuecomment-")


def test_a_refused_change_is_not_reported(app: GitHubApp, receiver: Receiver, hook: Hook) -> None:
    app.store.open_issue(REPO, "t")
    delivered(app, receiver)
    with pytest.raises(Unprocessable):
        app.store.edit_issue(REPO, 1, {"title": "new", "labels": ["x" * 51]})
    assert delivered(app, receiver) == []
    assert app.store.issue(REPO, 1).title == "t"


def published(event: str) -> list[dict[str, Any]]:
    """The payloads that Octokit publishes."""
    path = Path(__file__).parents[2] / "data" / "webhooks" / f"{event}.json.gz"
    examples: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
    return examples


@pytest.mark.parametrize(
    ("event", "parts"),
    [
        ("issues", ("issue", "repository", "sender")),
        ("issue_comment", ("issue", "comment", "repository", "sender")),
        ("ping", ("hook", "repository", "sender")),
    ],
)
def test_payloads_have_every_field_that_all_of_githubs_have(
    app: GitHubApp, receiver: Receiver, event: str, parts: tuple[str, ...]
) -> None:
    wanted = new_hook(receiver.url, secret=SECRET, events=["issues", "issue_comment"])
    app.store.hooks.create(REPO, wanted, OPERATOR)
    app.start_sender()
    app.store.open_issue(REPO, "t", labels=["mlops:train"])
    app.store.add_comment(REPO, 1, "c")
    assert app.wait_for_deliveries()
    ours = next(each.payload for each in receiver.received if each.headers["X-GitHub-Event"] == event)
    for part in parts:
        theirs = [set(example[part]) for example in published(event) if part in example]
        assert set.intersection(*theirs) <= set(ours[part])
