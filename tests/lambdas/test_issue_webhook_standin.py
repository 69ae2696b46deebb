"""The GitHub stand-in's signed deliveries, over real HTTP, are understood like GitHub's own."""

import pytest

from contracts import names
from local.github import BOT, GitHubApp, create_app
from tests.lambdas.deliveries import SECRET, Webhook, gateway_event, webhook_deployed
from tests.lambdas.world import ISSUE, REPO
from tests.local.github.receiver import Receiver, receiving


@pytest.fixture
def webhook():
    with webhook_deployed() as webhook:
        yield webhook


@pytest.fixture
def app(tmp_path):
    app = create_app(tmp_path, token="bot-token")
    app.store.ensure_repository(REPO)
    yield app
    app.close()


def deliver(app: GitHubApp, webhook: Webhook, receiver: Receiver) -> list[tuple[str, int, str]]:
    """What was answered to everything that the stand-in sent until now."""
    assert app.wait_for_deliveries()
    answers = []
    for each in receiver.received:
        code, answer = webhook.send(gateway_event(each.body, each.headers, encoded=True))
        answers.append((each.what, code, answer.get("reason", answer["status"])))
    receiver.received.clear()
    return answers


def test_the_life_of_an_issue_reaches_the_queues(app, webhook):
    with receiving() as receiver:
        app.store.save_hook(REPO, url=receiver.url, secret=SECRET, events=["issues", "issue_comment"])
        app.start_sender()
        number = app.store.open_issue(REPO, "Penguins", ISSUE, [names.LABEL_TRAIN])
        opened = deliver(app, webhook, receiver)
        app.store.add_comment(REPO, number, "Thank you")
        app.store.add_comment(REPO, number, "/help", BOT.login)
        command = app.store.add_comment(REPO, number, "/retrain max_depth=3")
        app.store.edit_comment(REPO, command, "/accept")
        commented = deliver(app, webhook, receiver)
        app.store.add_labels(REPO, number, [names.LABEL_RUNNING])
        app.store.edit_issue(REPO, number, {"body": ISSUE + "seed: 7\n"})
        app.store.edit_issue(REPO, number, {"state": "closed"})
        app.store.edit_issue(REPO, number, {"state": "open"})
        changed = deliver(app, webhook, receiver)

    assert ("issues.opened", 202, "queued") in opened
    assert commented == [
        ("issue_comment.created", 202, "no command"),
        ("issue_comment.created", 202, "written by a bot"),
        ("issue_comment.created", 202, "queued"),
        ("issue_comment.edited", 202, "the action is not handled"),
    ]
    assert changed == [
        ("issues.labeled", 202, "another label"),
        ("issues.edited", 202, "queued"),
        ("issues.closed", 202, "queued"),
        ("issues.reopened", 202, "queued"),
    ]
    assert webhook.bodies(names.COMMENTS_QUEUE) == [{"repository": REPO, "issue_number": number, "comment_id": command}]
    actions = [sent["action"] for sent in webhook.bodies(names.REQUESTS_QUEUE)]
    assert [action for action in actions if action != "labeled"] == ["opened", "edited", "closed", "reopened"]
