"""One queue's consumer: takes messages, invokes the function, deletes what succeeded, lets the rest come again.

Place in the flow: what an event source mapping is on AWS. It sleeps until its queue changes or a resting message is
due. What it took and did not settle, because it closed or died, is offered again at the next start. One cost: a
queue's batches are handled one after another, a slow one delaying the next.

Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS" (event shape, partial batch responses).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from local.api_errors import ApiError
from local.queues.activity import Activity
from local.queues.attributes import MAX_VISIBILITY_SECONDS
from local.queues.messages import Message, digest
from local.queues.store import QueueStore

logger = logging.getLogger(__name__)

# A clock that was set, or a machine that slept, is noticed so late at most.
LONGEST_SLEEP = 60.0
# After a fault of the queues themselves.
PAUSE = 5.0


class QueueRow(Protocol):
    """A queue and the function that consumes it; see `LocalStack`."""

    @property
    def name(self) -> str: ...

    @property
    def consumer(self) -> str: ...

    @property
    def batch_size(self) -> int: ...

    @property
    def visibility_seconds(self) -> int:
        """The longest rest of a message that failed."""

    @property
    def max_receives(self) -> int:
        """As often a message is offered; then it goes to the dead letter queue."""


class Invoke(Protocol):
    """Invokes a function; raises when it fails."""

    def __call__(self, function: str, event: dict[str, object], /) -> Mapping[str, object]: ...


class Consumer:
    """The thread of one queue."""

    def __init__(self, store: QueueStore, row: QueueRow, *, invoke: Invoke, activity: Activity, account: str) -> None:
        self.row = row
        self._store, self._invoke, self._activity, self._account = store, invoke, activity, account
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"consumer-{row.name}", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left unsettled."""
        self._store.release(self.row.name)
        self._thread.start()

    def stop(self) -> None:
        """Take no new message; what is in flight may still be settled."""
        self._stopping.set()
        self._store.bell.ring(self.row.name)

    def join(self, timeout: float) -> bool:
        """Wait for the end; False when the time was too short."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def has_work(self, within: float) -> bool:
        """Whether a message is to be had, now or in so many seconds."""
        return self._store.is_due(self.row.name, within=within)

    def _run(self) -> None:
        queue = self.row.name
        while not self._stopping.is_set() and not self._store.bell.closed:
            try:
                seen = self._store.bell.count(queue)
                if not self._turn():
                    due = self._store.seconds_until_due(queue)
                    self._store.bell.wait(queue, seen, LONGEST_SLEEP if due is None else min(due, LONGEST_SLEEP))
            except Exception:
                if self._store.bell.closed:
                    return
                logger.exception("the consumer of %s broke; it goes on in %.0f s", queue, PAUSE)
                if not self._stopping.wait(PAUSE):
                    self._recover()

    def _recover(self) -> None:
        """What was taken and could not be settled, because the disk was full for one, must not stay hidden."""
        with suppress(ApiError, sqlite3.Error):
            self._store.release(self.row.name)

    def _turn(self) -> bool:
        """Take and handle a batch; False where there was none."""
        with self._activity.busy():
            if self._stopping.is_set():
                return False
            # Nobody else consumes this queue, so a message is ours until it is settled, however long that takes.
            batch = self._store.receive(self.row.name, self.row.batch_size, visibility=MAX_VISIBILITY_SECONDS, wait=0)
            if batch:
                self._handle(batch)
            return bool(batch)

    def _handle(self, batch: Sequence[Message]) -> None:
        arn = self._store.catalogue.arn(self.row.name)
        records = [record(message, arn, self._account) for message in batch]
        try:
            failed = failed_ids(self._invoke(self.row.consumer, {"Records": records}), batch)
        except Exception as error:  # noqa: BLE001 - whatever the function raised is its failure
            if self._stopping.is_set():
                return  # abandoned, not failed: it comes again after the restart
            kind = getattr(error, "error_type", type(error).__name__)
            logger.warning("%s failed with %d message(s) of %s: %s", self.row.consumer, len(batch), self.row.name, kind)
            failed = {message.message_id for message in batch}
        else:
            if failed:
                logger.warning(
                    "%s could not handle %d of %d message(s) of %s",
                    self.row.consumer, len(failed), len(batch), self.row.name,
                )  # fmt: skip
        done, again = verdicts(batch, failed, longest=self.row.visibility_seconds, fifo=_fifo(self.row.name))
        self._store.settle(self.row.name, done=done, again=again)


def record(message: Message, arn: str, account: str) -> dict[str, object]:
    """A message as Lambda hands it to a function."""
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": message.system_attributes(account),
        "messageAttributes": {
            name: {"stringValue": value.get("StringValue"), "binaryValue": value.get("BinaryValue"),
                   "dataType": value["DataType"]}
            for name, value in message.attributes.items()
        },
        "md5OfBody": digest(message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }  # fmt: skip


def failed_ids(answer: Mapping[str, object], batch: Sequence[Message]) -> set[str]:
    """The messages a function reports as failed; a report that makes no sense fails the whole batch, as on Lambda."""
    reported: Any = answer.get("batchItemFailures") or []
    everything = {message.message_id for message in batch}
    try:
        failed = {item["itemIdentifier"] for item in reported}
    except (TypeError, KeyError):
        return everything
    return failed if failed <= everything else everything


def verdicts(
    batch: Sequence[Message], failed: set[str], *, longest: int, fifo: bool
) -> tuple[list[str], dict[str, float]]:
    """Receipts to delete, and receipts to offer again with the seconds until then.

    The first rest is a second and each further one twice as long, up to `longest`. In a FIFO queue what follows a
    failed message of its group comes again behind it, together with it where the batch has room.
    """
    done: list[str] = []
    again: dict[str, float] = {}
    blocked: set[str | None] = set()
    for message in batch:
        if fifo and message.group in blocked:
            again[message.receipt] = 0.0
        elif message.message_id in failed:
            again[message.receipt] = min(float(longest), 2.0 ** min(message.receives - 1, 20))
            blocked.add(message.group)
        else:
            done.append(message.receipt)
    return done, again


def _fifo(name: str) -> bool:
    return name.endswith(".fifo")
