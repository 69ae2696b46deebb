"""Queues and their messages, kept as SQS keeps them: at least once, in order within a FIFO group.

Place in the flow: the HTTP interface, the consumers, the engine's callbacks and the event bus all put and take messages
here. A message that is taken is hidden until its visibility ends; deleting it is what ends it. One cost: a message's
moments are wall clock, since they must mean the same after a restart; a clock set back delays what rests.

Source: Amazon SQS Developer Guide (visibility timeout, FIFO delivery logic, dead-letter queues).
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from local.api_errors import ApiError
from local.queues.attributes import MAX_VISIBILITY_SECONDS, Settings
from local.queues.bell import Bell
from local.queues.catalogue import QueueCatalogue
from local.queues.database import QueueDatabase
from local.queues.messages import Counts, Message, MessageAttributes, Sent, message_of, sequence
from local.queues.sending import check_body, check_kind, invalid

DEDUPLICATION_SECONDS = 300
_RECEIPT = re.compile(r"([0-9]{1,18})-[0-9a-f]{32}")
# What may be had at a moment. A FIFO group with a message in flight, or an earlier one not yet due, gives no other.
# The + keeps SQLite from collecting all that is due by its time, only to sort it and take the first.
_FREE = "FROM messages m WHERE m.queue = :queue AND +m.visible_at <= :at"
_FIRST_OF_GROUP = (
    " AND NOT EXISTS (SELECT 1 FROM messages b WHERE b.queue = m.queue AND b.group_id = m.group_id"
    " AND b.visible_at > :at AND (b.id < m.id OR b.receives > 0))"
)


class QueueStore:
    """The messages of one home; safe for several threads.

    Args:
        database: the SQLite file.
        clock: seconds since the epoch.
    """

    def __init__(self, database: Path, *, account: str, region: str, clock: Callable[[], float] = time.time) -> None:
        self._db = QueueDatabase(database)
        self._clock = clock
        self.bell = Bell()
        self.catalogue = QueueCatalogue(self._db, account=account, region=region, clock=clock)

    def close(self) -> None:
        """Wake who waits and release the database."""
        self.bell.close()
        self._db.close()

    def send(
        self,
        queue: str,
        body: str,
        *,
        group: str | None = None,
        deduplication: str | None = None,
        delay: int | None = None,
        attributes: MessageAttributes | None = None,
    ) -> Sent:
        """Put a message on the queue; a FIFO queue drops one whose deduplication id it saw in the last five minutes.

        Args:
            delay: seconds until it can be received; None takes the queue's own.

        Raises:
            ApiError: QueueDoesNotExist, or the message does not fit the queue.
        """
        now = self._clock()
        with self._db.transaction() as db:
            settings = self.catalogue.settings(queue)
            check_body(body, settings.largest)
            deduplication = check_kind(settings, body, group, deduplication, delay)
            if settings.fifo:
                db.execute("DELETE FROM deduplication WHERE sent <= ?", (now - DEDUPLICATION_SECONDS,))
                known = db.execute(
                    "SELECT message_id, sequence FROM deduplication WHERE queue = ? AND id = ?", (queue, deduplication)
                ).fetchone()
                if known:
                    return Sent(known["message_id"], sequence(known["sequence"]))
            message_id = str(uuid.uuid4())
            place = db.execute(
                "INSERT INTO messages"
                " (queue, message_id, body, attributes, group_id, deduplication_id, sent, visible_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (queue, message_id, body, json.dumps(attributes or {}), group, deduplication, now,
                 now + (settings.delay if delay is None else delay)),
            ).lastrowid  # fmt: skip
            if settings.fifo:
                db.execute(
                    "INSERT INTO deduplication (queue, id, message_id, sequence, sent) VALUES (?, ?, ?, ?, ?)",
                    (queue, deduplication, message_id, place, now),
                )
        self.bell.ring(queue)
        return Sent(message_id, sequence(place) if settings.fifo else None)

    def receive(
        self, queue: str, limit: int = 1, *, visibility: int | None = None, wait: float | None = None
    ) -> list[Message]:
        """Take up to `limit` messages; others do not see them for `visibility` seconds.

        A message that was taken as often as the queue's redrive policy allows goes to the dead letter queue instead.

        Args:
            visibility: None takes the queue's own.
            wait: seconds to wait for a first message; None takes the queue's own.
        """
        settings = self.catalogue.settings(queue)
        deadline = time.monotonic() + (settings.wait if wait is None else wait)
        while True:
            seen = self.bell.count(queue)
            found = self._take(queue, limit, visibility)
            remaining = deadline - time.monotonic()
            if found or remaining <= 0 or self.bell.closed:
                return found
            due = self.seconds_until_due(queue)
            self.bell.wait(queue, seen, remaining if due is None else min(due, remaining))

    def settle(self, queue: str, *, done: Iterable[str], again: Mapping[str, float]) -> None:
        """Delete what was handled and let the rest be offered again, all at once.

        Args:
            done: receipts.
            again: receipt -> seconds until the message is offered again. A message that is gone is left alone.
        """
        now = self._clock()
        with self._db.transaction() as db:
            for receipt in done:
                db.execute("DELETE FROM messages WHERE id = ? AND receipt = ?", (_place(receipt), receipt))
            for receipt, seconds in again.items():
                db.execute(
                    "UPDATE messages SET visible_at = ? WHERE id = ? AND receipt = ?",
                    (now + seconds, _place(receipt), receipt),
                )
        self.bell.ring(queue)

    def delete(self, queue: str, receipt: str) -> None:
        """DeleteMessage: with the latest receipt it is gone, with an older one nothing happens."""
        self.catalogue.settings(queue)
        self.settle(queue, done=[receipt], again={})

    def change_visibility(self, queue: str, receipt: str, seconds: int) -> None:
        """ChangeMessageVisibility: the message is offered again in so many seconds.

        Raises:
            ApiError: ReceiptHandleIsInvalid, InvalidParameterValue (gone, or not 0 to 43,200 s), MessageNotInflight.
        """
        if not 0 <= seconds <= MAX_VISIBILITY_SECONDS:
            raise invalid("VisibilityTimeout", seconds, f"Must be between 0 and {MAX_VISIBILITY_SECONDS}, if provided")
        now = self._clock()
        with self._db.transaction() as db:
            self.catalogue.settings(queue)
            row = db.execute(
                "SELECT visible_at FROM messages WHERE id = ? AND receipt = ? AND queue = ?",
                (_place(receipt), receipt, queue),
            ).fetchone()
            if row is None:
                reason = "Message does not exist or is not available for visibility timeout change"
                raise invalid("ReceiptHandle", receipt, reason)
            if row["visible_at"] <= now:
                raise ApiError("MessageNotInflight", "The specified message isn't in flight.")
            db.execute("UPDATE messages SET visible_at = ? WHERE id = ?", (now + seconds, _place(receipt)))
        self.bell.ring(queue)

    def release(self, queue: str) -> int:
        """Offer at once whatever somebody took and never settled, and what rests; returns how many messages."""
        now = self._clock()
        with self._db.transaction() as db:
            statement = "UPDATE messages SET visible_at = ? WHERE queue = ? AND receives > 0 AND visible_at > ?"
            count = db.execute(statement, (now, queue, now)).rowcount
        self.bell.ring(queue)
        return count

    def purge(self, queue: str) -> None:
        """PurgeQueue."""
        with self._db.transaction() as db:
            self.catalogue.settings(queue)
            db.execute("DELETE FROM messages WHERE queue = ?", (queue,))
        self.bell.ring(queue)

    def counts(self, queue: str) -> Counts:
        """How many messages there are, by whether they can be had."""
        now = self._clock()
        row = self._db.rows(
            "SELECT count(*) FILTER (WHERE visible_at <= :at) AS visible,"
            " count(*) FILTER (WHERE visible_at > :at AND receives > 0) AS in_flight,"
            " count(*) FILTER (WHERE visible_at > :at AND receives = 0) AS delayed"
            " FROM messages WHERE queue = :queue", queue=queue, at=now,
        )[0]  # fmt: skip
        return Counts(row["visible"], row["in_flight"], row["delayed"])

    def peek(self, queue: str, limit: int = 100) -> list[Message]:
        """The oldest messages, to be looked at: nothing changes, and there are no receipts."""
        rows = self._db.rows(
            "SELECT * FROM messages WHERE queue = :queue ORDER BY id LIMIT :limit", queue=queue, limit=limit
        )
        fifo = self.catalogue.settings(queue).fifo
        return [message_of(row, row["receives"], row["first_received"] or 0.0, "", fifo) for row in rows]

    def is_due(self, queue: str, *, within: float = 0.0) -> bool:
        """True where a message can be had now or `within` seconds, if nobody else changes the queue."""
        query = f"SELECT 1 {self._free(self.catalogue.settings(queue))} LIMIT 1"
        return bool(self._db.rows(query, queue=queue, at=self._clock() + within))

    def seconds_until_due(self, queue: str) -> float | None:
        """Until the next hidden message may be seen again; None where none is hidden."""
        now = self._clock()
        query = "SELECT min(visible_at) AS due FROM messages WHERE queue = :queue AND visible_at > :at"
        due = self._db.rows(query, queue=queue, at=now)[0]["due"]
        return None if due is None else float(due) - now

    @staticmethod
    def _free(settings: Settings) -> str:
        return _FREE + _FIRST_OF_GROUP if settings.fifo else _FREE

    def _take(self, queue: str, limit: int, visibility: int | None) -> list[Message]:
        now = self._clock()
        with self._db.transaction() as db:
            settings = self.catalogue.settings(queue)
            db.execute("DELETE FROM messages WHERE queue = ? AND sent < ?", (queue, now - settings.retention))
            query = f"SELECT m.* {self._free(settings)} ORDER BY m.id LIMIT :limit"
            dead = self.catalogue.dead_letter(settings)
            while True:
                rows = db.execute(query, {"queue": queue, "at": now, "limit": limit}).fetchall()
                exhausted = [row for row in rows if dead is not None and row["receives"] >= settings.max_receives]
                if not exhausted:
                    break
                for row in exhausted:
                    self._bury(db, row, str(dead), now)
            until = now + (settings.visibility if visibility is None else visibility)
            taken = []
            for row in rows:
                receipt = f"{row['id']}-{secrets.token_hex(16)}"
                first = row["first_received"] or now
                db.execute(
                    "UPDATE messages SET visible_at = ?, receives = receives + 1, first_received = ?, receipt = ?"
                    " WHERE id = ?", (until, first, receipt, row["id"]),
                )  # fmt: skip
                taken.append(message_of(row, row["receives"] + 1, first, receipt, settings.fifo))
        return taken

    def _bury(self, db: sqlite3.Connection, row: sqlite3.Row, dead: str, now: float) -> None:
        """Move a message to the dead letter queue, as the service does: a FIFO one is as if sent now."""
        fifo = row["group_id"] is not None and self.catalogue.settings(dead).fifo
        db.execute(
            "UPDATE messages SET queue = ?, source = ?, receives = 0, first_received = NULL, receipt = NULL,"
            " visible_at = ?, sent = ?, deduplication_id = ? WHERE id = ?",
            (dead, self.catalogue.arn(row["queue"]), now, now if fifo else row["sent"],
             row["message_id"] if fifo else row["deduplication_id"], row["id"]),
        )  # fmt: skip
        self.bell.ring(dead)


def _place(receipt: str) -> int:
    """The row a receipt speaks of."""
    match = _RECEIPT.fullmatch(receipt)
    if match is None:
        raise ApiError("ReceiptHandleIsInvalid", "The input receipt handle is not a valid receipt handle.")
    return int(match.group(1))
