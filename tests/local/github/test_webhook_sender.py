"""Deliveries that are not made at once: receivers that are away, slow or wrong; processes that die."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.github import GitHubApp, GitHubStore, create_app
from local.github.hook_records import KEPT_DELIVERIES
from tests.local.github.receiver import SECRET, Receiver, receiving

REPO = "octo/models"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.github.hook_sender.FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("local.github.hook_sender.LONGEST_PAUSE_SECONDS", 0.1)


def save_hook(store: GitHubStore, url: str) -> int:
    return store.save_hook(REPO, url=url, secret=SECRET, events=["issues", "issue_comment"]).id


def test_a_receiver_that_was_away_gets_everything_in_order_when_it_is_back(app: GitHubApp) -> None:
    with receiving() as gone:
        port = gone.port
    hook = save_hook(app.store, f"http://localhost:{port}/webhook")
    app.start_sender()
    app.store.open_issue(REPO, "t")
    for number in range(3):
        app.store.add_comment(REPO, 1, f"{number}")
    assert not app.wait_for_deliveries(0.3)
    waiting = app.store.hooks.deliveries(REPO, hook)
    assert [(each.outcome.status, each.waiting) for each in waiting if each.outcome] == [
        ("failed to connect to host", True)
    ]
    with receiving(port) as back:
        assert app.wait_for_deliveries()
        assert [each.payload.get("comment", {}).get("body") for each in back.received] == [None, "0", "1", "2"]


def test_a_receiver_that_breaks_down_is_asked_again_and_later_deliveries_wait_behind(
    app: GitHubApp, receiver: Receiver
) -> None:
    receiver.statuses = [500, 503, 429]
    hook = save_hook(app.store, receiver.url)
    app.start_sender()
    app.store.open_issue(REPO, "t")
    app.store.add_comment(REPO, 1, "c")
    assert app.wait_for_deliveries()
    assert receiver.what == ["issues.opened"] * 4 + ["issue_comment.created"]
    assert len({each.headers["X-GitHub-Delivery"] for each in receiver.received}) == 2
    last, first = app.store.hooks.deliveries(REPO, hook)
    assert (first.attempts, last.attempts) == (4, 1)


def test_a_refusal_is_an_answer_and_holds_nothing_up(app: GitHubApp, receiver: Receiver) -> None:
    receiver.statuses = [401, 302]
    hook = save_hook(app.store, receiver.url)
    app.start_sender()
    app.store.open_issue(REPO, "t")
    app.store.add_comment(REPO, 1, "c")
    assert app.wait_for_deliveries()
    assert receiver.what == ["issues.opened", "issue_comment.created"]
    statuses = [each.outcome.status for each in app.store.hooks.deliveries(REPO, hook) if each.outcome]
    assert statuses == ["Invalid HTTP Response: 302", "Invalid HTTP Response: 401"]


def test_a_receiver_that_takes_too_long_is_asked_again(app: GitHubApp, receiver: Receiver) -> None:
    receiver.delay = 0.4
    hook = save_hook(app.store, receiver.url)
    app.start_sender(seconds_to_answer=0.15)
    app.store.open_issue(REPO, "t")
    assert not app.wait_for_deliveries(0.3)
    assert [each.outcome.status for each in app.store.hooks.deliveries(REPO, hook) if each.outcome] == ["timed out"]
    receiver.delay = 0.0
    assert app.wait_for_deliveries()


def test_one_receiver_that_is_away_does_not_keep_another_waiting(app: GitHubApp, receiver: Receiver) -> None:
    with receiving() as gone:
        port = gone.port
    save_hook(app.store, f"http://localhost:{port}/webhook")
    save_hook(app.store, receiver.url)
    app.start_sender()
    for _ in range(5):
        app.store.open_issue(REPO, "t")
    end = time.monotonic() + 5
    while len(receiver.received) < 5 and time.monotonic() < end:
        time.sleep(0.01)
    assert [each.payload["issue"]["number"] for each in receiver.received] == [1, 2, 3, 4, 5]


def test_what_a_killed_process_changed_is_reported_after_the_next_start(home: Path, receiver: Receiver) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from local.github import create_app\n"
        "app = create_app(Path(sys.argv[1]))\n"
        f"app.store.ensure_repository({REPO!r})\n"
        f"app.store.save_hook({REPO!r}, url=sys.argv[2], secret={SECRET!r}, events=['issues'])\n"
        f"app.store.open_issue({REPO!r}, 'kept')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(home), receiver.url], check=False)
    app = create_app(home)
    app.start_sender()
    assert app.wait_for_deliveries()
    assert [each.payload["issue"]["title"] for each in receiver.received] == ["kept"]
    app.close()


@pytest.mark.parametrize("seconds", [0.3, 0.4, 0.5])
def test_every_issue_has_its_delivery_whenever_the_process_is_killed(
    home: Path, receiver: Receiver, seconds: float
) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from local.github import create_app\n"
        "app = create_app(Path(sys.argv[1]))\n"
        f"app.store.ensure_repository({REPO!r})\n"
        f"app.store.save_hook({REPO!r}, url=sys.argv[2], secret={SECRET!r}, events=['issues'])\n"
        "app.start_sender()\n"
        "while True:\n"
        f"    app.store.open_issue({REPO!r}, 't')\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", script, str(home), receiver.url])
    time.sleep(seconds)
    writer.kill()
    writer.wait()
    app = create_app(home)
    app.store.ensure_repository(REPO)
    app.start_sender()
    assert app.wait_for_deliveries(30)
    delivered = [each.payload["issue"]["number"] for each in receiver.received]
    # One that was under way at the kill may come twice, under one GUID; none is missing, none overtakes another.
    assert sorted(delivered) == delivered
    assert set(delivered) == {issue.number for issue in app.store.issues(REPO)}
    assert len({each.headers["X-GitHub-Delivery"] for each in receiver.received}) == len(set(delivered))
    app.close()


def test_closing_does_not_wait_for_a_slow_receiver_and_loses_nothing(home: Path, receiver: Receiver) -> None:
    app = create_app(home)
    app.store.ensure_repository(REPO)
    save_hook(app.store, receiver.url)
    receiver.delay = 1.0
    app.start_sender()
    app.store.open_issue(REPO, "t")
    end = time.monotonic() + 5
    while not receiver.received and time.monotonic() < end:
        time.sleep(0.01)
    began = time.monotonic()
    app.close()
    assert time.monotonic() - began < 0.5
    receiver.delay = 0.0
    again = create_app(home)
    again.start_sender()
    assert again.wait_for_deliveries()
    assert [each.headers["X-GitHub-Delivery"] for each in receiver.received] == [
        receiver.received[0].headers["X-GitHub-Delivery"]
    ] * 2
    again.close()


def test_a_change_that_another_process_wrote_is_reported_too(home: Path, app: GitHubApp, receiver: Receiver) -> None:
    save_hook(app.store, receiver.url)
    app.start_sender()
    other = GitHubStore(home)
    other.open_issue(REPO, "from the command line")
    other.close()
    assert app.wait_for_deliveries()
    assert receiver.what == ["issues.opened"]


def test_a_hook_with_a_key_takes_its_deliveries_along_to_a_new_address(app: GitHubApp, receiver: Receiver) -> None:
    first = app.store.save_hook(None, url="http://localhost:9/x", secret=SECRET, events=["issues"], key="stack")
    app.store.open_issue(REPO, "t")
    moved = app.store.save_hook(None, url=receiver.url, secret=SECRET, events=["issues"], key="stack")
    assert moved.id == first.id
    app.start_sender()
    assert app.wait_for_deliveries()
    assert receiver.what == ["issues.opened"]


def test_saving_a_hook_twice_keeps_one(app: GitHubApp, receiver: Receiver) -> None:
    assert save_hook(app.store, receiver.url) == save_hook(app.store, receiver.url)
    assert len(app.store.hooks.of_repository(REPO)) == 1


def test_a_deleted_hook_gets_nothing_any_more(app: GitHubApp, receiver: Receiver) -> None:
    hook = save_hook(app.store, receiver.url)
    app.store.open_issue(REPO, "t")
    app.store.hooks.delete(REPO, hook)
    app.start_sender()
    assert app.wait_for_deliveries()
    assert receiver.received == []


def test_the_last_hundred_deliveries_are_kept(app: GitHubApp, receiver: Receiver) -> None:
    hook = save_hook(app.store, receiver.url)
    for _ in range(KEPT_DELIVERIES + 5):
        app.store.open_issue(REPO, "t")
    app.start_sender()
    assert app.wait_for_deliveries(30)
    kept = app.store.hooks.deliveries(REPO, hook)
    assert len(kept) == KEPT_DELIVERIES
    assert len(receiver.received) == KEPT_DELIVERIES + 5
