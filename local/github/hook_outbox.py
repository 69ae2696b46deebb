"""Deliveries in the database: written with the change they report, kept until they were made, then listed.

Place in the flow: the store records events inside the change's transaction, so that a kill loses none; the sender takes
the oldest of each hook. Every function works inside its caller's transaction. Cost: the whole payload is stored for
each hook that hears of the event.
"""

import json
import sqlite3
import uuid
from collections.abc import Collection, Sequence
from typing import cast

from local.github import hook_events, reactions
from local.github.addresses import Addressing
from local.github.errors import NotFound
from local.github.hook_records import KEPT_DELIVERIES, ContentType, Delivery, Event, Hook, Outcome
from local.github.payloads import Json
from local.github.records import Account, Issue

SCHEMA = """
CREATE TABLE IF NOT EXISTS hooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER REFERENCES repositories, url TEXT NOT NULL,
    secret TEXT NOT NULL, events TEXT NOT NULL, active INTEGER NOT NULL, content_type TEXT NOT NULL,
    key TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hook_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hook INTEGER NOT NULL REFERENCES hooks ON DELETE CASCADE,
    repository INTEGER NOT NULL REFERENCES repositories, guid TEXT NOT NULL, event TEXT NOT NULL, action TEXT,
    payload TEXT NOT NULL, redelivery INTEGER NOT NULL, waiting INTEGER NOT NULL DEFAULT 1,
    attempts INTEGER NOT NULL DEFAULT 0, delivered_at TEXT, duration REAL, status TEXT, code INTEGER,
    request_headers TEXT, response_headers TEXT, response TEXT);
CREATE INDEX IF NOT EXISTS deliveries_of_hook ON hook_deliveries (hook, waiting, id);
CREATE INDEX IF NOT EXISTS waiting_deliveries ON hook_deliveries (waiting, id) WHERE waiting;
"""


def hook_from_row(row: sqlite3.Row) -> Hook:
    return Hook(
        id=row["id"],
        repository=row["repository"],
        url=row["url"],
        secret=row["secret"],
        events=tuple(json.loads(row["events"])),
        active=bool(row["active"]),
        content_type=cast(ContentType, row["content_type"]),
        key=row["key"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def record(
    connection: sqlite3.Connection, addressing: Addressing, events: Sequence[Event], *, issue: Issue, sender: Account
) -> None:
    """Put a delivery of each event into the outbox for each hook that listens to it."""
    found = connection.execute(
        "SELECT * FROM hooks WHERE active AND (repository = ? OR repository IS NULL) ORDER BY id",
        (issue.repository.id,),
    )
    hooks = [hook_from_row(row) for row in found]
    for event in events:
        listening = [hook for hook in hooks if hook.hears(event.name)]
        if not listening:
            continue
        payload = hook_events.issue_payload(
            addressing.now(),
            event,
            issue,
            sender=sender,
            issue_reactions=reactions.of(connection, "issue", issue.id),
            comment_reactions=reactions.of(connection, "comment", event.comment.id) if event.comment else (),
        )
        guid = str(uuid.uuid4())
        for hook in listening:
            add(connection, hook.id, issue.repository.id, guid=guid, event=event, payload=payload)


def add(connection: sqlite3.Connection, hook: int, repository: int, *, guid: str, event: Event, payload: Json) -> None:
    """One delivery for one hook."""
    connection.execute(
        "INSERT INTO hook_deliveries (hook, repository, guid, event, action, payload, redelivery) "
        "VALUES (?, ?, ?, ?, ?, ?, 0)",
        (hook, repository, guid, event.name, event.action, json.dumps(payload, ensure_ascii=False)),
    )


def again(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """A redelivery: the same GUID, the same payload, behind what waits already."""
    connection.execute(
        "INSERT INTO hook_deliveries (hook, repository, guid, event, action, payload, redelivery) "
        "SELECT hook, repository, guid, event, action, payload, 1 FROM hook_deliveries WHERE id = ?",
        (delivery.id,),
    )


def next_waiting(connection: sqlite3.Connection, resting: Collection[int]) -> list[Delivery]:
    """The oldest waiting delivery of each active hook, but of those that rest."""
    found = connection.execute(
        "SELECT min(hook_deliveries.id) AS id, hook FROM hook_deliveries JOIN hooks ON hooks.id = hook "
        "WHERE waiting AND active GROUP BY hook ORDER BY 1"
    )
    oldest = [row["id"] for row in found.fetchall() if row["hook"] not in resting]
    return [_delivery(connection, row) for key in oldest for row in _rows(connection, "id = ?", key)]


def count_waiting(connection: sqlite3.Connection) -> int:
    """How many deliveries active hooks have still to get."""
    found = connection.execute(
        "SELECT count(*) FROM hook_deliveries JOIN hooks ON hooks.id = hook WHERE waiting AND active"
    )
    return int(found.fetchone()[0])


def finish(connection: sqlite3.Connection, delivery: Delivery, outcome: Outcome) -> None:
    """Write down how an attempt ended; a delivery that was made waits no longer, and old ones are forgotten."""
    connection.execute(
        "UPDATE hook_deliveries SET waiting = ?, attempts = attempts + 1, delivered_at = ?, duration = ?, status = ?, "
        "code = ?, request_headers = ?, response_headers = ?, response = ? WHERE id = ?",
        (
            not outcome.final,
            outcome.delivered_at,
            outcome.duration,
            outcome.status,
            outcome.code,
            json.dumps(dict(outcome.request_headers)),
            json.dumps(dict(outcome.response_headers)),
            outcome.response,
            delivery.id,
        ),
    )
    connection.execute(
        "DELETE FROM hook_deliveries WHERE hook = ?1 AND NOT waiting AND id NOT IN "
        "(SELECT id FROM hook_deliveries WHERE hook = ?1 AND NOT waiting ORDER BY id DESC LIMIT ?2)",
        (delivery.hook.id, KEPT_DELIVERIES),
    )


def attempted(connection: sqlite3.Connection, hook: int) -> list[Delivery]:
    """What was sent, or could not be sent yet, newest first."""
    return [_delivery(connection, row) for row in _rows(connection, "hook = ? AND attempts > 0", hook)]


def find(connection: sqlite3.Connection, hook: int, delivery: int) -> Delivery:
    """Raises NotFound."""
    for row in _rows(connection, "id = ?", delivery):
        if row["hook"] == hook:
            return _delivery(connection, row)
    raise NotFound


def _rows(connection: sqlite3.Connection, where: str, value: int) -> list[sqlite3.Row]:
    statement = f"SELECT * FROM hook_deliveries WHERE {where} ORDER BY id DESC"  # noqa: S608 - three constants
    return connection.execute(statement, (value,)).fetchall()


def _delivery(connection: sqlite3.Connection, row: sqlite3.Row) -> Delivery:
    hook = connection.execute("SELECT * FROM hooks WHERE id = ?", (row["hook"],)).fetchone()
    outcome = None
    if row["attempts"]:
        outcome = Outcome(
            code=row["code"],
            status=row["status"],
            delivered_at=row["delivered_at"],
            duration=row["duration"],
            request_headers=json.loads(row["request_headers"]),
            response_headers=json.loads(row["response_headers"]),
            response=row["response"],
        )
    return Delivery(
        id=row["id"],
        hook=hook_from_row(hook),
        repository=row["repository"],
        guid=row["guid"],
        event=row["event"],
        action=row["action"],
        payload=row["payload"],
        redelivery=bool(row["redelivery"]),
        waiting=bool(row["waiting"]),
        attempts=row["attempts"],
        outcome=outcome,
    )
