"""Every payload that Octokit publishes for the events we listen to: taken as it came, and as if it were about us."""

import copy
import json
from collections import Counter
from datetime import datetime

import pytest

from contracts import names
from tests.lambdas.deliveries import Payload, delivery, moment, published, webhook_deployed

HANDLED = {"opened", "labeled", "edited", "reopened", "closed"}
CASES = [
    pytest.param(event, payload, id=f"{event}-{payload.get('action', 'ping')}-{number}")
    for event in ("issues", "issue_comment", "ping")
    for number, payload in enumerate(published(event))
]
# What becomes of them where nothing is of ours: they carry the label "bug" and are of 2019 and 2021.
UNCHANGED = Counter(
    {
        ("issues", "the action is not handled"): 19,
        ("issues", "the issue has none of our labels"): 8,
        ("issues", "another label"): 2,
        ("issue_comment", "the issue has none of our labels"): 5,
        ("issue_comment", "the action is not handled"): 4,
        ("ping", "pong"): 4,
    }
)


@pytest.fixture
def webhook():
    with webhook_deployed() as webhook:
        yield webhook


def made_ours(payload: Payload) -> Payload:
    """The same news, just now, about an issue with our label, and the comment a command."""
    ours = copy.deepcopy(payload)
    issue, comment = ours.get("issue"), ours.get("comment")
    if issue is not None:
        issue["labels"] = [*(issue.get("labels") or []), {**_label(issue), "name": names.LABEL_TRAIN}]
        issue["updated_at"] = moment(seconds=3)
    if comment is not None:
        comment |= {"body": f"{comment['body']}\r\n/help", "created_at": moment(seconds=3)}
    if "label" in ours:
        ours["label"]["name"] = names.LABEL_TRAIN
    return ours


def _label(issue: Payload) -> Payload:
    return dict(next(iter(issue.get("labels") or []), {"id": 1, "color": "ededed", "default": False}))


@pytest.mark.parametrize(("event", "payload"), CASES)
def test_a_published_payload_about_us_is_queued_exactly_where_its_action_counts(webhook, event, payload):
    ours = made_ours(payload)

    code, answer = webhook.send(delivery(event, ours, raw=json.dumps(ours, ensure_ascii=False).encode()))

    queued = webhook.bodies(names.REQUESTS_QUEUE) + webhook.bodies(names.COMMENTS_QUEUE)
    action = ours.get("action")
    about = {} if event == "ping" else {"repository": ours["repository"]["full_name"]}
    if event == "issues" and action in HANDLED:
        assert (code, answer) == (202, {"status": "queued"})
        updated = datetime.fromisoformat(ours["issue"]["updated_at"]).isoformat()
        assert queued == [about | {"issue_number": ours["issue"]["number"], "action": action, "updated": updated}]
    elif event == "issue_comment" and action == "created":
        assert (code, answer) == (202, {"status": "queued"})
        assert queued == [about | {"issue_number": ours["issue"]["number"], "comment_id": ours["comment"]["id"]}]
    elif event == "ping":
        assert (code, answer, queued) == (200, {"status": "pong"}, [])
    else:
        ignored = {"status": "ignored", "reason": "the action is not handled"}
        assert (code, answer, queued) == (202, ignored, [])


@pytest.mark.parametrize(("event", "payload"), CASES)
def test_a_published_payload_sent_again_years_later_is_refused_where_it_would_have_counted(webhook, event, payload):
    old = made_ours(payload)
    for part in ("issue", "comment"):
        if part in old:
            old[part] |= {name: payload[part][name] for name in ("created_at", "updated_at")}

    code = webhook.send(delivery(event, old))[0]

    counted = (event == "issues" and old["action"] in HANDLED) or (event, old.get("action")) == (
        "issue_comment",
        "created",
    )
    assert (code == 409) == counted
    assert webhook.sqs.sent == {}


def test_published_payloads_as_they_are_concern_us_in_nothing(webhook):
    outcomes: Counter[tuple[str, str]] = Counter()
    for event in ("issues", "issue_comment", "ping"):
        for payload in published(event):
            code, answer = webhook.send(delivery(event, payload))
            assert code == (200 if event == "ping" else 202)
            outcomes[event, answer.get("reason", answer["status"])] += 1

    assert outcomes == UNCHANGED
    assert webhook.sqs.sent == {}
