"""Consumes IssueRequests `{"repository", "issue_number", …}`: looks at the issue and makes the world agree with it.

Place in the flow: the webhook, the poller, the sweeper and the command line ask for it; the pipeline does the rest.
What the message says of an event decides nothing: the issue is read again, so repeated and reordered messages do no
harm. A message whose issue cannot be read, or for which SageMaker has no room, fails and comes again. One cost: every
message is at least one request to GitHub.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.errors import ConfigError, GitHubError
from lambdas.called import leave
from lambdas.edge import Fields, each_record, logged
from lambdas.github import Issue
from lambdas.github.failures import status_of
from lambdas.requests import STALE
from lambdas.services import Services, connect_services
from lambdas.start_execution.visit import Visit
from lambdas.status_comment import refresh, show_label

# Longer, and what GitHub shows is believed.
LONGEST_LAG = timedelta(minutes=10)
_GONE = 410
_NOT_FOUND = 404


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"batchItemFailures": […], "results": [{"status", "execution_arn", "findings", "place"}]}.

    status: started | waiting (at `place` in line) | invalid (`findings`) | closed | edited | reopened | ignored | gone.
    """
    services = connect_services()
    return each_record(event, lambda fields: look_at(services, fields, now=datetime.now(UTC)))


def look_at(services: Services, fields: Fields, *, now: datetime) -> dict[str, Any]:
    """One request."""
    repository, number = fields.text("repository"), fields.integer("issue_number")
    try:
        issue = services.github.issue(repository, number)
    except GitHubError as error:
        # An issue that nobody can see must not hold up the line. A fresh one may be unknown for a moment: look again.
        if status_of(error) not in (_NOT_FOUND, _GONE):
            raise
        leave(services, repository, number, now=now)
        if status_of(error) == _NOT_FOUND:
            raise
        return {"status": "gone", "execution_arn": None, "findings": [], "place": 0}
    _must_have_arrived(issue, fields.text("updated", ""), now)
    result = Visit(services, repository, issue, now).act()
    if fields.text("action", "") == STALE:
        refresh(services, repository, number)
        show_label(services, repository, number)
    return result


def _must_have_arrived(issue: Issue, updated: str, now: datetime) -> None:
    """GitHub tells of an edit or a closing before all of its machines show it: what is older now comes again.

    Raises:
        GitHubError: the issue as shown is older than the one the sender of the message saw.
        ConfigError: that is no moment.
    """
    if not updated:
        return
    try:
        seen = datetime.fromisoformat(updated)
        behind, fresh = issue.updated < seen, now - seen < LONGEST_LAG
    except (ValueError, TypeError) as error:
        raise ConfigError("'updated' must be a moment with a time zone.") from error
    if behind and fresh:
        raise GitHubError(f"GitHub shows issue #{issue.number} as it was before {updated}; it is looked at again.")
