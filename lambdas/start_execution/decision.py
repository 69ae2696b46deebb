"""What is to become of an issue, by what is true of it now.

Place in the flow: between reading (GitHub, the record, the body) and acting. Pure. It never asks which event came, so a
repeated, late or reordered message is harmless. One cost: the body is read only where it matters, so `decide` may
answer READ and is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from contracts import names
from lambdas.github import Issue
from lambdas.issue_record import WITHDRAWN, IssueRecord, body_digest
from lambdas.start_execution.reading import Reading

EDITED, REOPENED = "edited", "reopened"
UNREADABLE = "unreadable"


class Action(Enum):
    """What is to be done; the value is what the function's result calls it."""

    IGNORE = "ignored"
    CLOSE = "closed"
    READ = "read"
    REFUSE = "invalid"
    START = "started"
    KEEP = "kept"
    TELL_EDITED = "edited"
    TELL_REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done, and what exactly the issue is told where it is told something."""

    action: Action
    what: str = ""


def decide(issue: Issue, record: IssueRecord, reading: Reading | None = None) -> Decision:
    """The one thing to do.

    A record that has begun and knows no execution must have been cleared up before: whether one runs is not to be seen
    in it.

    Args:
        reading: what the body says; None before it was read.
    """
    if issue.is_pull_request:
        return Decision(Action.IGNORE)
    if issue.state != "open":
        concerned = names.LABEL_TRAIN in issue.labels or not record.blank
        return Decision(Action.CLOSE if concerned else Action.IGNORE)
    if record.executions:
        return _started(issue, record, reading)
    if names.LABEL_TRAIN not in issue.labels or record.told.get(WITHDRAWN) == body_digest(issue.body):
        return Decision(Action.IGNORE)
    if reading is None:
        return Decision(Action.READ)
    return Decision(Action.START if reading.valid else Action.REFUSE)


def _started(issue: Issue, record: IssueRecord, reading: Reading | None) -> Decision:
    """An issue is started once; whatever happens to it later, its author is told what to do instead."""
    if record.closed:
        return Decision(Action.TELL_REOPENED, record.executions[-1])
    # An execution from Studio has no body: nobody knows what it would have to be compared with.
    if not record.revision or body_digest(issue.body) == record.body:
        return Decision(Action.KEEP)
    if reading is None:
        return Decision(Action.READ)
    edition = reading.revision or UNREADABLE
    if edition in (record.revision, record.told.get(EDITED)):
        return Decision(Action.KEEP)
    return Decision(Action.TELL_EDITED, edition)
