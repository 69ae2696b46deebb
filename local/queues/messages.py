"""A message as it lies in a queue, and what sending it answers.

Place in the flow: rows of the store become these records; the HTTP interface and the consumers render them in their
own forms. One cost: the digests are computed at each rendering, since only receivers of HTTP ask for them.

Source: Amazon SQS API Reference (SendMessage), Developer Guide (calculating the MD5 message digest).
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

MessageAttributes = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Message:
    """A message that somebody received, or (without a receipt) looked at.

    Attributes:
        receipt: names this receive of the message; deleting and resting it take this.
        sent: seconds since the epoch.
        receives: how often it was handed out, this time included.
        source: ARN of the queue that gave it up, in a dead letter queue.
    """

    message_id: str
    body: str
    receipt: str
    sent: float
    receives: int
    first_received: float
    group: str | None = None
    deduplication: str | None = None
    sequence: str | None = None
    source: str | None = None
    attributes: MessageAttributes = field(default_factory=dict)

    def system_attributes(self, sender: str) -> dict[str, str]:
        """What SQS tells of a message beside its body."""
        values = {
            "SenderId": sender,
            "SentTimestamp": str(int(self.sent * 1000)),
            "ApproximateReceiveCount": str(self.receives),
            "ApproximateFirstReceiveTimestamp": str(int(self.first_received * 1000)),
            "MessageGroupId": self.group,
            "MessageDeduplicationId": self.deduplication,
            "SequenceNumber": self.sequence,
            "DeadLetterQueueSourceArn": self.source,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message went; `sequence` is its place in a FIFO queue."""

    message_id: str
    sequence: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages of a queue: to be had, in somebody's hands (or resting after a failure), and not yet to be had."""

    visible: int
    in_flight: int
    delayed: int


def digest(text: str) -> str:
    """MD5 as clients compare it."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def attributes_digest(attributes: MessageAttributes) -> str | None:
    """MD5OfMessageAttributes; None where there are none."""
    if not attributes:
        return None
    found = hashlib.md5(usedforsecurity=False)
    for name, value in sorted(attributes.items()):
        binary = "BinaryValue" in value
        content = base64.b64decode(value["BinaryValue"]) if binary else value["StringValue"].encode()
        for part in (name.encode(), value["DataType"].encode()):
            found.update(struct.pack("!I", len(part)) + part)
        found.update((b"\2" if binary else b"\1") + struct.pack("!I", len(content)) + content)
    return found.hexdigest()


def message_of(row: sqlite3.Row, receives: int, first_received: float, receipt: str, fifo: bool) -> Message:
    """The message of a row, with what this receive of it adds."""
    return Message(
        message_id=row["message_id"],
        body=row["body"],
        receipt=receipt,
        sent=row["sent"],
        receives=receives,
        first_received=first_received,
        group=row["group_id"],
        deduplication=row["deduplication_id"],
        sequence=sequence(row["id"]) if fifo else None,
        source=row["source"],
        attributes=json.loads(row["attributes"]),
    )


def sequence(place: int | None) -> str:
    """A FIFO queue's sequence number: 20 digits that grow."""
    return f"{place or 0:020d}"
