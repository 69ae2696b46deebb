"""What travels on the queues between the functions: "look at this issue", "read this comment".

Place in the flow: the webhook, the poller, the sweeper and execution_events send; start_execution and operator_reply
receive. A message names an issue or a comment and nothing else: its reader asks GitHub what is true by then, so a
message that comes twice, late or out of order does no harm. Messages of one issue keep their order (FIFO group). One
cost: a reader asks GitHub again for what the webhook was told. Imports no AWS library, for the webhook's sake.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

# Its comment and label could not be brought up to date when its run moved.
STALE = "stale"


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """Look at an issue.

    Attributes:
        action: why: GitHub's action (opened, labeled, edited, reopened, closed), "polled", "called" (a place is free),
            "swept" (it runs, and its closing may have got lost), STALE.
        cause: what makes this request different from the next of its kind: a delivery's digest, a moment, an ARN;
            the queue drops a repetition within five minutes.
        updated: the issue's `updated_at` where the sender knows it; GitHub's answer may lag behind its own deliveries,
            and an older issue than this one is not looked at.
    """

    repository: str
    issue_number: int
    action: str
    cause: str
    updated: str = ""

    def entry(self) -> dict[str, str]:
        """MessageBody, MessageGroupId and MessageDeduplicationId."""
        body: dict[str, object] = {
            "repository": self.repository,
            "issue_number": self.issue_number,
            "action": self.action,
            **({"updated": self.updated} if self.updated else {}),
        }
        return _entry(self.repository, self.issue_number, body, self.cause)


@dataclass(frozen=True, slots=True)
class CommentRequest:
    """Read a comment and do what it says."""

    repository: str
    issue_number: int
    comment_id: int

    def entry(self) -> dict[str, str]:
        """MessageBody, MessageGroupId and MessageDeduplicationId."""
        body = {"repository": self.repository, "issue_number": self.issue_number, "comment_id": self.comment_id}
        return _entry(self.repository, self.issue_number, body, "comment")


def send(sqs: Any, queue_url: str, request: IssueRequest | CommentRequest) -> None:
    """Put a request on its queue."""
    sqs.send_message(QueueUrl=queue_url, **request.entry())


def _entry(repository: str, number: int, body: dict[str, object], cause: str) -> dict[str, str]:
    text = json.dumps(body, sort_keys=True)
    group = f"{repository.lower()}#{number}"
    return {
        "MessageBody": text,
        "MessageGroupId": hashlib.sha256(group.encode()).hexdigest(),
        "MessageDeduplicationId": hashlib.sha256(f"{text}\0{cause}".encode()).hexdigest(),
    }
