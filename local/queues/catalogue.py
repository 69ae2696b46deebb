"""Which queues there are, and how each is set.

Place in the flow: a part of `QueueStore`; the stack provides its queues through it, the HTTP interface creates and
configures others. One cost: settings are read from the database at every use, some microseconds each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.api_errors import ApiError
from local.queues.attributes import (
    FIFO_SUFFIX,
    LONGEST_RETENTION_SECONDS,
    Settings,
    check_attributes,
    check_name,
    dead_letter_name,
    defaults,
    redrive_policy,
    settings_of,
)
from local.queues.database import QueueDatabase


class QueueCatalogue:
    """The queues of one database."""

    def __init__(self, db: QueueDatabase, *, account: str, region: str, clock: Callable[[], float]) -> None:
        self._db, self._clock = db, clock
        self._account, self._region = account, region

    def create(self, name: str, attributes: Mapping[str, str] | None = None) -> None:
        """CreateQueue: one that exists with these attributes stays as it is.

        Raises:
            ApiError: QueueNameExists where it has others, or what name and attributes have wrong.
        """
        wanted = dict(attributes or {})
        check_name(name)
        if name.endswith(FIFO_SUFFIX) and wanted.get("FifoQueue") != "true":
            raise ApiError("InvalidParameterValue", f"The name of a standard queue cannot end in {FIFO_SUFFIX}.")
        check_attributes(name, wanted)
        self._check_dead_letter(wanted)
        with self._db.transaction() as db:
            known = self._attributes(name)
            if known is not None:
                if any(self._shown(known).get(key, "") != value for key, value in wanted.items()):
                    raise ApiError(
                        "QueueNameExists",
                        "A queue already exists with the same name and a different value for its attributes.",
                    )
                return
            now = self._clock()
            db.execute(
                "INSERT INTO queues (name, attributes, created, modified) VALUES (?, ?, ?, ?)",
                (name, json.dumps(wanted), now, now),
            )

    def provide(self, name: str, *, visibility: int, max_receives: int) -> None:
        """A queue of these settings and its dead letter queue, made or brought up to date; nothing expires soon."""
        kind = {"FifoQueue": "true"} if name.endswith(FIFO_SUFFIX) else {}
        retention = {"MessageRetentionPeriod": str(LONGEST_RETENTION_SECONDS)}
        dead = dead_letter_name(name)
        self._ensure(dead, kind | retention)
        policy = redrive_policy(self.arn(dead), max_receives)
        self._ensure(name, kind | retention | {"VisibilityTimeout": str(visibility), "RedrivePolicy": policy})

    def delete(self, name: str) -> None:
        """DeleteQueue, with everything in it."""
        with self._db.transaction() as db:
            self._known(name)
            for statement in (
                "DELETE FROM messages WHERE queue = ?",
                "DELETE FROM deduplication WHERE queue = ?",
                "DELETE FROM queues WHERE name = ?",
            ):
                db.execute(statement, (name,))

    def set_attributes(self, name: str, attributes: Mapping[str, str]) -> None:
        """SetQueueAttributes; what is not named stays, and an empty text takes an attribute away."""
        if "FifoQueue" in attributes:
            raise ApiError("InvalidAttributeName", "Unknown Attribute FifoQueue.")
        self._update(name, attributes)

    def attributes(self, name: str) -> dict[str, str]:
        """What a queue is set to, with what its kind and creation say; the counts of messages are the store's."""
        row = self._row(name)
        return self._shown(json.loads(row["attributes"])) | {
            "QueueArn": self.arn(name),
            "CreatedTimestamp": str(int(row["created"])),
            "LastModifiedTimestamp": str(int(row["modified"])),
        }

    def settings(self, name: str) -> Settings:
        """A queue's settings.

        Raises:
            ApiError: QueueDoesNotExist.
        """
        return settings_of(self._known(name))

    def dead_letter(self, settings: Settings) -> str | None:
        """The dead letter queue, where there is one and it exists."""
        name = settings.dead_letter
        return name if name is not None and self._attributes(name) is not None else None

    def names(self, prefix: str = "") -> list[str]:
        """Names of all queues, in order."""
        rows = self._db.rows("SELECT name FROM queues ORDER BY name")
        return [row["name"] for row in rows if row["name"].startswith(prefix)]

    def exists(self, name: str) -> bool:
        """Whether there is such a queue."""
        return self._attributes(name) is not None

    def arn(self, name: str) -> str:
        """ARN of a queue."""
        return f"arn:aws:sqs:{self._region}:{self._account}:{name}"

    def _ensure(self, name: str, attributes: Mapping[str, str]) -> None:
        known = self._attributes(name)
        if known is None:
            self.create(name, attributes)
        elif known != known | dict(attributes):
            self._update(name, attributes)

    def _update(self, name: str, attributes: Mapping[str, str]) -> None:
        taken_away = {key for key, value in attributes.items() if value == ""}
        wanted = {key: value for key, value in attributes.items() if key not in taken_away}
        check_attributes(name, wanted)
        self._check_dead_letter(wanted)
        with self._db.transaction() as db:
            kept = {key: value for key, value in self._known(name).items() if key not in taken_away}
            db.execute(
                "UPDATE queues SET attributes = ?, modified = ? WHERE name = ?",
                (json.dumps(kept | wanted), self._clock(), name),
            )

    def _check_dead_letter(self, attributes: Mapping[str, str]) -> None:
        """A redrive policy must name a queue that exists."""
        target = settings_of(attributes).dead_letter
        if target is not None and self._attributes(target) is None:
            raise ApiError("InvalidParameterValue", f"Dead letter target {target[:80]} does not exist.")

    @staticmethod
    def _shown(attributes: Mapping[str, str]) -> dict[str, str]:
        return defaults() | dict(attributes)

    def _row(self, name: str) -> Any:
        rows = self._db.rows("SELECT * FROM queues WHERE name = :name", name=name)
        if not rows:
            raise ApiError("QueueDoesNotExist", "The specified queue does not exist.")
        return rows[0]

    def _known(self, name: str) -> dict[str, str]:
        found: dict[str, str] = json.loads(self._row(name)["attributes"])
        return found

    def _attributes(self, name: str) -> dict[str, str] | None:
        rows = self._db.rows("SELECT attributes FROM queues WHERE name = :name", name=name)
        return json.loads(rows[0]["attributes"]) if rows else None
