"""Asks every repository of ISSUEOPS_REPOSITORIES what changed, and sends the same requests as the webhook.

Place in the flow: the scheduler calls it each minute; beside a webhook it finds what that missed, and starts nothing
twice, for a request says only "look". Labelled issues count open and closed, pull requests never; comments count where
a person wrote them, may hold a command, and the issue carries one of our labels. Where it was stands in the document
`poller/OWNER/NAME`, written after the requests are on their queue: a kill repeats, never loses. The first poll looks
back FIRST_ISSUES for issues, and FIRST_COMMENTS for commands. One cost: a conditional request costs no rate limit
where nothing changed, but a round trip for each listing and repository.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import names
from contracts.errors import ConfigError, GitHubError, IssueOpsError
from lambdas.detection import OUR_LABELS, may_hold_command
from lambdas.edge import logged
from lambdas.github import Comment, Issue
from lambdas.github.failures import status_of
from lambdas.github.listings import PER_PAGE
from lambdas.issue_poller.listing import Position, advance
from lambdas.requests import CommentRequest, IssueRequest, send
from lambdas.services import Services, connect_services

logger = logging.getLogger(__name__)

# What was filed while nobody looked is still wanted for as long as GitHub would deliver it again; a command is not.
FIRST_ISSUES = timedelta(days=3)
FIRST_COMMENTS = timedelta(hours=1)
_IN_URL = re.compile(r"/([^/]+/[^/]+)/(?:issues|pull)/\d+")


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"repositories": [{"repository", "issues", "comments", "status": "polled" | "failed", "reason"?}]}.

    `issues` and `comments` count the requests that were sent.

    Raises:
        Exception: what nobody foresaw in one repository, after the others were polled.
    """
    services, now = connect_services(), datetime.now(UTC)
    reports: list[dict[str, Any]] = []
    unforeseen: Exception | None = None
    for repository in services.settings.repositories:
        round_ = _Round(services, repository, now)
        report: dict[str, Any] = {"repository": repository, "issues": 0, "comments": 0, "status": "polled"}
        try:
            report["issues"] = round_.issues()
            report["comments"] = round_.comments()
        except IssueOpsError as error:
            logger.error("%s could not be polled: %s", repository, error)
            report |= {"status": "failed", "reason": str(error)}
        except Exception as error:
            logger.exception("%s could not be polled", repository)
            report |= {"status": "failed", "reason": type(error).__name__}
            unforeseen = error
        reports.append(report)
    if unforeseen is not None:
        raise unforeseen
    return {"repositories": reports}


@dataclass(frozen=True, slots=True)
class _Round:
    """One repository, once."""

    services: Services
    repository: str
    now: datetime

    def issues(self) -> int:
        """Requests sent for issues."""
        position = self._position("issues", FIRST_ISSUES)
        changed = self.services.github.changed_issues(
            self.repository, label=names.LABEL_TRAIN, since=position.since, etag=position.etag
        )
        if changed.items is None:
            return 0
        for item in changed.items[:1]:
            self._written(item.url)
        fresh, reached = advance(position, changed.items, changed.etag, page=PER_PAGE, fingerprint=_issue_mark)
        wanted = [issue for issue in fresh if not issue.is_pull_request]
        for issue in wanted:
            where, updated = self._written(issue.url), issue.updated.isoformat()
            request = IssueRequest(where, issue.number, "polled", _issue_mark(issue), updated)
            send(self.services.sqs, self.services.settings.requests_queue_url, request)
        self._save("issues", reached)
        return len(wanted)

    def comments(self) -> int:
        """Requests sent for comments."""
        position = self._position("comments", FIRST_COMMENTS)
        changed = self.services.github.changed_comments(self.repository, since=position.since, etag=position.etag)
        if changed.items is None:
            return 0
        for item in changed.items[:1]:
            self._written(item.url)
        fresh, reached = advance(position, changed.items, changed.etag, page=PER_PAGE, fingerprint=_comment_mark)
        wanted = [comment for comment in fresh if _speaks_to_us(comment) and self._on_our_issue(comment)]
        for comment in wanted:
            request = CommentRequest(self._written(comment.url), comment.issue_number, comment.id)
            send(self.services.sqs, self.services.settings.comments_queue_url, request)
        self._save("comments", reached)
        return len(wanted)

    def _on_our_issue(self, comment: Comment) -> bool:
        """As the webhook is told with the comment; an issue that is gone is nobody's."""
        try:
            issue = self.services.github.issue(self.repository, comment.issue_number)
        except GitHubError as error:
            if status_of(error) in (404, 410):
                return False
            raise
        return not issue.is_pull_request and not OUR_LABELS.isdisjoint(issue.labels)

    def _written(self, url: str) -> str:
        """The repository's name as GitHub writes it, so that requests equal the webhook's.

        Raises:
            ConfigError: it has another name by now; GitHub's redirection to that forgets what was asked for.
        """
        found = _IN_URL.search(url)
        name = found[1] if found else self.repository
        if name.lower() != self.repository.lower():
            raise ConfigError(f"{self.repository} is {name} by now; write that into ISSUEOPS_REPOSITORIES.")
        return name

    def _position(self, listing: str, look_back: timedelta) -> Position:
        document = self.services.documents.read(self._document)
        return Position.from_document(document.get(listing), first=self.now - look_back)

    def _save(self, listing: str, position: Position) -> None:
        saved = {listing: position.to_document()}
        self.services.documents.change(self._document, lambda before: before | saved)

    @property
    def _document(self) -> str:
        return f"poller/{self.repository.lower()}"


def _speaks_to_us(comment: Comment) -> bool:
    return not (comment.by_bot or comment.ours or comment.edited) and may_hold_command(comment.body)


def _issue_mark(issue: Issue) -> str:
    """Differs for each state of an issue, also for two within one second."""
    state = [issue.number, issue.updated.isoformat(), issue.state, issue.title, issue.body, sorted(issue.labels)]
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()[:24]


def _comment_mark(comment: Comment) -> str:
    return f"{comment.id}@{comment.updated.isoformat()}"
