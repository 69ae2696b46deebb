"""How the functions hang together: which queue feeds which function, what runs by the clock, which events count.

Place in the flow: the local runtime and the infrastructure are both built from these rows, so that they cannot differ.
One cost: none; these are facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts import names


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and its consumer.

    Attributes:
        visibility_seconds: how long a message that failed rests before it is offered again.
        max_receives: as often it is offered; then it goes to the dead letter queue. Together more than an hour where
            the consumer speaks to GitHub, for GitHub may be down as long.
        environment: variable that tells senders the queue's URL; empty where no function sends.
    """

    name: str
    consumer: str
    batch_size: int
    visibility_seconds: int
    max_receives: int
    environment: str = ""

    @property
    def fifo(self) -> bool:
        """Messages of one group keep their order."""
        return self.name.endswith(".fifo")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function that runs by the clock."""

    function: str
    every_seconds: int


QUEUES = (
    Queue(names.REQUESTS_QUEUE, names.START_EXECUTION_FUNCTION, 1, 90, 100, "ISSUEOPS_REQUESTS_QUEUE_URL"),
    Queue(names.COMMENTS_QUEUE, names.OPERATOR_REPLY_FUNCTION, 1, 90, 100, "ISSUEOPS_COMMENTS_QUEUE_URL"),
    Queue(names.EVENTS_QUEUE, names.EXECUTION_EVENTS_FUNCTION, 10, 90, 100),
    Queue(names.CALLBACK_QUEUE, names.OPERATOR_REQUEST_FUNCTION, 1, 90, 100),
    Queue(names.HISTORY_QUEUE, names.HISTORY_WRITER_FUNCTION, 1, 200, 100, "ISSUEOPS_HISTORY_QUEUE_URL"),
    Queue(names.NOTIFICATIONS_QUEUE, names.NOTIFICATION_FUNCTION, 1, 200, 100, "ISSUEOPS_NOTIFICATIONS_QUEUE_URL"),
)
DEFAULT_TIMEOUT_SECONDS = 60
TIMEOUT_SECONDS: Mapping[str, int] = {
    names.ISSUE_WEBHOOK_FUNCTION: 10,  # GitHub waits no longer
    # Steps of a run must get to the point where they queue what GitHub, hanging, does not take.
    names.HISTORY_WRITER_FUNCTION: 180,
    names.NOTIFICATION_FUNCTION: 180,
}
"""How long a function may take; below the visibility of its queue, or a message would be handled twice at a time."""
SCHEDULES = (
    Schedule(names.ISSUE_POLLER_FUNCTION, 60),
    Schedule(names.SWEEPER_FUNCTION, 600),
)
EVENTS_SOURCE = "aws.sagemaker"
EXECUTION_EVENT = "SageMaker Model Building Pipeline Execution Status Change"
STEP_EVENT = "SageMaker Model Building Pipeline Execution Step Status Change"
PACKAGE_EVENT = "SageMaker Model Package State Change"
EVENT_TYPES = (EXECUTION_EVENT, STEP_EVENT, PACKAGE_EVENT)
EVENTS_GROUP = "events"
