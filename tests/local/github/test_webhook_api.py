"""Webhooks through GitHub's REST API, as PyGithub sees them."""

from collections.abc import Mapping

import pytest
from github import GithubException
from github.Repository import Repository

from local.github import GitHubApp
from tests.local.github.receiver import SECRET, Receiver

REPO = "octo/models"
EVENTS = ["issues", "issue_comment"]


def config(url: str) -> dict[str, str]:
    return {"url": url, "content_type": "json", "secret": SECRET, "insecure_ssl": "0"}


def test_a_hook_is_made_listed_changed_and_deleted(operator_repo: Repository, receiver: Receiver) -> None:
    made = operator_repo.create_hook("web", config(receiver.url), EVENTS, active=True)
    assert (made.active, made.events, made.config["url"]) == (True, EVENTS, receiver.url)
    assert made.config["secret"] == "********"
    assert [hook.id for hook in operator_repo.get_hooks()] == [made.id]
    made.edit("web", config(receiver.url + "2"), ["issues"], active=False)
    changed = operator_repo.get_hook(made.id)
    assert (changed.active, changed.events, changed.config["url"]) == (False, ["issues"], receiver.url + "2")
    changed.edit("web", config(receiver.url), add_events=["issue_comment", "push"], remove_events=["issues"])
    assert operator_repo.get_hook(made.id).events == ["issue_comment", "push"]
    changed.delete()
    assert list(operator_repo.get_hooks()) == []


def test_a_new_hook_is_pinged_and_shows_how_that_ended(
    operator_repo: Repository, receiver: Receiver, app: GitHubApp
) -> None:
    app.start_sender()
    made = operator_repo.create_hook("web", config(receiver.url), EVENTS)
    assert app.wait_for_deliveries()
    assert receiver.what == ["ping"]
    ping = receiver.received[0].payload
    assert (ping["hook_id"], ping["hook"]["config"]["secret"]) == (made.id, "********")
    assert operator_repo.get_hook(made.id).last_response.code == 204
    made.ping()
    assert app.wait_for_deliveries()
    assert receiver.what == ["ping", "ping"]


def test_deliveries_are_listed_and_redelivered_under_the_same_guid(
    operator_repo: Repository, receiver: Receiver, app: GitHubApp
) -> None:
    app.start_sender()
    hook = operator_repo.create_hook("web", config(receiver.url), EVENTS)
    app.store.open_issue(REPO, "t")
    assert app.wait_for_deliveries()
    listed = list(operator_repo.get_hook_deliveries(hook.id))
    assert [(each.event, each.action, each.status, each.status_code) for each in listed] == [
        ("issues", "opened", "OK", 204),
        ("ping", None, "OK", 204),
    ]
    assert listed[0].id is not None
    full = operator_repo.get_hook_delivery(hook.id, listed[0].id)
    assert full.request is not None
    assert full.request.headers is not None
    assert full.request.headers["X-GitHub-Event"] == "issues"
    assert full.request.payload == receiver.received[1].payload

    path = f"{operator_repo.url}/hooks/{hook.id}/deliveries/{listed[0].id}/attempts"
    operator_repo.requester.requestJsonAndCheck("POST", path)
    assert app.wait_for_deliveries()
    first, again = receiver.received[1:]
    assert again.body == first.body
    assert again.headers["X-GitHub-Delivery"] == first.headers["X-GitHub-Delivery"]
    assert operator_repo.get_hook_deliveries(hook.id)[0].redelivery is True


@pytest.mark.parametrize(
    "address",
    [
        "https://localhost:9/x",
        "http://example.com/x",
        "http://localhost.example.com/x",
        "http://localhost@example.com/x",
        "http://user:word@localhost:9/x",
        "http://127.0.0.1.nip.io/",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:99999/",
        "http://localhost:9/a b",
        "http://localhost:9/a\r\nX-Evil: 1",
        "file:///etc/passwd",
        "localhost:9",
        "",
    ],
)
def test_only_receivers_on_this_machine_can_be_named(operator_repo: Repository, address: str) -> None:
    with pytest.raises(GithubException, match="sends to this machine only") as refused:
        operator_repo.create_hook("web", config(address), EVENTS)
    assert refused.value.status == 422
    assert list(operator_repo.get_hooks()) == []


def test_the_same_hook_twice_is_refused(operator_repo: Repository, receiver: Receiver) -> None:
    operator_repo.create_hook("web", config(receiver.url), EVENTS)
    with pytest.raises(GithubException, match="Hook already exists"):
        operator_repo.create_hook("web", config(receiver.url), ["issues"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"config": "x"},
        {"config": {}},
        {"config": {"url": 1}},
        {"config": {"url": "http://localhost:9/", "content_type": "xml"}},
        {"config": {"url": "http://localhost:9/"}, "events": []},
        {"config": {"url": "http://localhost:9/"}, "events": "issues"},
        {"config": {"url": "http://localhost:9/"}, "active": "yes"},
        {"config": {"url": "http://localhost:9/"}, "name": "email"},
    ],
)
def test_malformed_hooks_are_refused(operator_repo: Repository, body: Mapping[str, object]) -> None:
    status, _, _ = operator_repo.requester.requestJson("POST", f"{operator_repo.url}/hooks", input=dict(body))
    assert status == 422
    assert list(operator_repo.get_hooks()) == []


def test_hooks_are_shown_to_administrators_only(repo: Repository) -> None:
    for method, path in (("GET", "/hooks"), ("POST", "/hooks"), ("DELETE", "/hooks/1"), ("GET", "/hooks/1/deliveries")):
        status, _, _ = repo.requester.requestJson(method, repo.url + path)
        assert status == 403


def test_a_hook_of_another_repository_is_not_found(operator_repo: Repository, app: GitHubApp) -> None:
    app.store.ensure_repository("octo/other")
    made = operator_repo.create_hook("web", config("http://localhost:9/"), EVENTS)
    status, _, _ = operator_repo.requester.requestJson("GET", f"/repos/octo/other/hooks/{made.id}")
    assert status == 404
