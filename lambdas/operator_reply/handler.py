"""Follows operators' comments `{"repository", "issue_number", "comment_id"}`, of a queue or called directly.

Place in the flow: the webhook and the poller queue every comment that may hold a command; the command line calls this
itself. What the comment says, who wrote it and what that person may do is asked of GitHub at that moment. One cost: a
comment that GitHub cannot show now holds up the later ones of its issue until it can.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contracts.errors import GitHubError
from lambdas.edge import Fields, each_record, logged
from lambdas.github.failures import status_of
from lambdas.operator_reply.reply import Result, follow
from lambdas.services import Services, connect_services

_GONE = (404, 410)
# GitHub may not know a fresh comment for a moment; after so many looks it was deleted.
LOOKS = 3


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Of a queue: {"batchItemFailures": […], "results": [{"status"}]}.

    Called directly: {"status": "accepted" | "refused", "message", "execution_arn"}; the ARN is empty where no execution
    was concerned.
    """
    services = connect_services()
    if "Records" not in event:
        return look_at(services, Fields(event)).to_mapping()
    return each_record(event, lambda fields: {"status": look_at(services, fields).status})


def look_at(services: Services, fields: Fields) -> Result:
    """One comment; where GitHub still does not know it at the last look, it was deleted, and is nobody's any more."""
    last = fields.receives is None or fields.receives >= LOOKS
    repository, number = fields.text("repository"), fields.integer("issue_number")
    try:
        comment = services.github.comment(repository, fields.integer("comment_id"))
    except GitHubError as error:
        if status_of(error) not in _GONE or not last:
            raise
        return Result("ignored", str(error))
    if comment.issue_number != number:
        return Result("ignored", f"comment {comment.id} does not belong to issue #{number}.")
    return follow(services, repository, comment, now=datetime.now(UTC))
