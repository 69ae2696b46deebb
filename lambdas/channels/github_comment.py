"""Channel `github`: the separate short comment on the issue, and the label of its state.

Place in the flow: people watching the issue are notified by it, once; the status comment is edited in silence. Exactly
once, by the comment's marker. One cost: a notification that was late reads all that the label of the issue depends on,
instead of setting its own.
"""

from __future__ import annotations

import re

from contracts.errors import GitHubError
from lambdas.channels.channel import Outlet
from lambdas.channels.failures import ChannelError
from lambdas.channels.notification import Notification
from lambdas.channels.renderings import github_comment
from lambdas.run_comment import LABELS, marker
from lambdas.status_comment import show_label

_SCOPE = re.compile(r"[A-Za-z0-9._:/@]+(-[A-Za-z0-9._:/@]+)*\Z")


def send(notification: Notification, outlet: Outlet) -> str:
    """The comment's URL."""
    github, records = outlet.services.github, outlet.services.records
    repository, number = notification.repository, notification.issue_number
    record = records.read(repository, number)
    body = github_comment(notification, outlet.language, status_url=record.comment_url or notification.url)
    scope = marker(comment_scope(notification), notification.kind)
    try:
        posted = github.upsert_comment(repository, number, marker=scope, body=body)
        label = LABELS.get(notification.kind)
        arn = notification.fields.get("execution_arn", "")
        newest = arn not in record.executions or arn == record.executions[-1]
        if label and outlet.late:
            show_label(outlet.services, repository, number)
        elif label and newest:
            github.set_status_label(repository, number, label)
    except GitHubError as error:
        raise ChannelError(str(error)) from error
    return posted.url


def comment_scope(notification: Notification) -> str:
    """What the marker names: the key, or its digest where it could end the marker."""
    key = notification.key
    return key if len(key) <= 200 and _SCOPE.match(key) else notification.digest
