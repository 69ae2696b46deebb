"""What happened and has not been told yet, noted in the same transaction as what happened.

Place in the flow: triggers note every change of an execution's or a step's status, whoever writes it; the registry
notes its packages' changes itself, since it knows which fields changed. `local.events` tells them and strikes them out,
so a kill between the two loses nothing. One cost: every transition writes one row more, to be deleted at once.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

EXECUTION, STEP, PACKAGE = "execution", "step", "package"
_EVENT = "lower(hex(randomblob(16))), (julianday('now') - 2440587.5) * 86400.0"
SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, moment REAL NOT NULL, kind TEXT NOT NULL,
    subject TEXT NOT NULL, part TEXT NOT NULL, status TEXT NOT NULL, previous TEXT);
"""
# Beside the journal's tables. A step's row is replaced as a whole, so what was there before is looked up.
TRIGGERS = f"""
CREATE TRIGGER IF NOT EXISTS execution_started AFTER INSERT ON executions BEGIN
    INSERT INTO outbox (event_id, moment, kind, subject, part, status)
    VALUES ({_EVENT}, '{EXECUTION}', NEW.arn, '', NEW.status);
END;
CREATE TRIGGER IF NOT EXISTS execution_changed AFTER UPDATE OF status ON executions WHEN NEW.status <> OLD.status BEGIN
    INSERT INTO outbox (event_id, moment, kind, subject, part, status, previous)
    VALUES ({_EVENT}, '{EXECUTION}', NEW.arn, '', NEW.status, OLD.status);
END;
CREATE TRIGGER IF NOT EXISTS step_written BEFORE INSERT ON steps
WHEN NEW.status IS NOT (SELECT status FROM steps WHERE execution = NEW.execution AND name = NEW.name) BEGIN
    INSERT INTO outbox (event_id, moment, kind, subject, part, status, previous)
    VALUES ({_EVENT}, '{STEP}', NEW.execution, NEW.name, NEW.status,
        (SELECT status FROM steps WHERE execution = NEW.execution AND name = NEW.name));
END;
CREATE TRIGGER IF NOT EXISTS step_changed AFTER UPDATE OF status ON steps WHEN NEW.status <> OLD.status BEGIN
    INSERT INTO outbox (event_id, moment, kind, subject, part, status, previous)
    VALUES ({_EVENT}, '{STEP}', NEW.execution, NEW.name, NEW.status, OLD.status);
END;
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened.

    Attributes:
        event_id: the same however often it is told.
        moment: seconds since the epoch.
        subject: an execution's ARN, or a package group's name.
        part: a step's name, a package's version, or empty.
        status: the new status; of a package, the names of the fields that changed, as a JSON list.
    """

    id: int
    event_id: str
    moment: float
    kind: str
    subject: str
    part: str
    status: str
    previous: str | None


def note_package(connection: sqlite3.Connection, group: str, version: int, fields: Sequence[str]) -> None:
    """Note a package's change, within the caller's transaction."""
    connection.execute(
        f"INSERT INTO outbox (event_id, moment, kind, subject, part, status) VALUES ({_EVENT}, ?, ?, ?, ?)",  # noqa: S608
        (PACKAGE, group, str(version), json.dumps(list(fields))),
    )


class Outbox:
    """The notes of one database, through a connection of its own."""

    def __init__(self, database: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Release the database."""
        with self._lock:
            self._connection.close()

    def pending(self, limit: int) -> list[Change]:
        """The oldest changes that were not struck out."""
        query = "SELECT id, event_id, moment, kind, subject, part, status, previous FROM outbox ORDER BY id LIMIT ?"
        with self._lock:
            return [Change(*row) for row in self._connection.execute(query, (limit,)).fetchall()]

    def strike_out(self, last: int) -> None:
        """Forget the changes up to this one: they were told."""
        with self._lock:
            self._connection.execute("DELETE FROM outbox WHERE id <= ?", (last,))
