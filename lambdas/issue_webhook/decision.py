"""What a verified delivery asks for: look at an issue, read a comment, or nothing.

Place in the flow: pure; the handler sends what is decided here. An issue counts while it carries mlops:train; once a
run has begun our status labels tell as much, so that closing or commanding it works though somebody took mlops:train
off. A command on an issue without any of them gets no answer: it may speak to another bot. One cost: a label that is
removed in the same moment is judged as GitHub saw it when it signed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from contracts import names
from lambdas.detection import OUR_LABELS, may_hold_command
from lambdas.issue_webhook.delivery import Refused
from lambdas.issue_webhook.payload import Node
from lambdas.issue_webhook.settings import WebhookSettings
from lambdas.requests import CommentRequest, IssueRequest

PING, ISSUES, COMMENT = "ping", "issues", "issue_comment"
EVENTS = frozenset({PING, ISSUES, COMMENT})
# Action -> labels of which the issue must carry one.
ACTIONS = {
    "opened": frozenset({names.LABEL_TRAIN}),
    "labeled": frozenset({names.LABEL_TRAIN}),
    "edited": frozenset({names.LABEL_TRAIN}),
    "reopened": frozenset({names.LABEL_TRAIN}),
    "closed": OUR_LABELS,
}
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A request to be queued, or the reason why there is none."""

    request: IssueRequest | CommentRequest | None = None
    ignored: str = ""


def decide(event: str, payload: Node, *, digest: str, settings: WebhookSettings, now: datetime) -> Outcome:
    """Judge a delivery of one of EVENTS.

    Args:
        digest: of the signed body; the same body again is the same request.

    Raises:
        Refused: a field has a wrong type, the repository is not listened to, or the delivery is an old one.
    """
    if event == PING:
        if payload.has("repository"):
            _repository(payload, settings)
        return Outcome(ignored="pong")
    repository = _repository(payload, settings)
    action = payload.text("action")
    if event == ISSUES:
        return _issue(payload, repository, action, digest=digest, settings=settings, now=now)
    return _comment(payload, repository, action, settings=settings, now=now)


def _issue(
    payload: Node, repository: str, action: str, *, digest: str, settings: WebhookSettings, now: datetime
) -> Outcome:
    if action not in ACTIONS:
        return Outcome(ignored="the action is not handled")
    issue = payload.node("issue")
    if issue.has("pull_request"):
        return Outcome(ignored="a pull request")
    if action == "labeled" and payload.node("label").text("name").lower() != names.LABEL_TRAIN:
        return Outcome(ignored="another label")
    if not ACTIONS[action] & _labels(issue):
        return Outcome(ignored="the issue has none of our labels")
    updated = issue.moment("updated_at")
    _must_be_fresh(updated, settings, now)
    return Outcome(IssueRequest(repository, issue.positive("number"), action, digest, updated.isoformat()))


def _comment(payload: Node, repository: str, action: str, *, settings: WebhookSettings, now: datetime) -> Outcome:
    if action != "created":
        return Outcome(ignored="the action is not handled")
    issue, comment = payload.node("issue"), payload.node("comment")
    if issue.has("pull_request"):
        return Outcome(ignored="a pull request")
    if not OUR_LABELS & _labels(issue):
        return Outcome(ignored="the issue has none of our labels")
    if _is_bot(comment, settings):
        return Outcome(ignored="written by a bot")
    if not may_hold_command(comment.text("body")):
        return Outcome(ignored="no command")
    _must_be_fresh(comment.moment("created_at"), settings, now)
    return Outcome(CommentRequest(repository, issue.positive("number"), comment.positive("id")))


def _repository(payload: Node, settings: WebhookSettings) -> str:
    name = payload.node("repository").text("full_name")
    if _REPOSITORY.fullmatch(name) is None:
        raise Refused(400, "repository.full_name must be OWNER/NAME")
    if settings.repositories and name.lower() not in settings.repositories:
        raise Refused(403, "the repository is not one of ISSUEOPS_REPOSITORIES")
    return name


def _labels(issue: Node) -> set[str]:
    """In lower case: GitHub takes MLOps:Train and mlops:train for one label, and shows it as it was made."""
    return {label.text("name").lower() for label in issue.nodes("labels")}


def _is_bot(comment: Node, settings: WebhookSettings) -> bool:
    """The account of a deleted user is null; nobody commands with it."""
    if not comment.has("user"):
        return True
    user = comment.node("user")
    login = user.text("login").lower()
    return user.text("type") == "Bot" or login.endswith("[bot]") or login == settings.bot_login


def _must_be_fresh(moment: datetime, settings: WebhookSettings, now: datetime) -> None:
    """A recorded delivery stays signed for ever. Refused aloud, so that who sends an old one again sees why."""
    if settings.max_age is not None and now - moment > settings.max_age:
        raise Refused(409, "stale: the delivery is older than ISSUEOPS_WEBHOOK_MAX_AGE_HOURS")
