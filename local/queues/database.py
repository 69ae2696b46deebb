"""The tables behind the queues, and transactions on them.

Place in the flow: under `QueueStore`, which says what the rows mean. Every change is one transaction in one file of its
own, so that sending never waits for the engine's journal. One cost: no fsync, so a power cut (not a kill) may forget
the last messages.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.api_errors import ApiError
from local.transactions import exclusive

_SCHEMA = """
CREATE TABLE IF NOT EXISTS queues (
    name TEXT PRIMARY KEY, attributes TEXT NOT NULL, created REAL NOT NULL, modified REAL NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL, body TEXT NOT NULL,
    attributes TEXT NOT NULL, group_id TEXT, deduplication_id TEXT, sent REAL NOT NULL, visible_at REAL NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0, first_received REAL, receipt TEXT, source TEXT);
CREATE INDEX IF NOT EXISTS messages_in_order ON messages (queue, id);
CREATE INDEX IF NOT EXISTS messages_by_time ON messages (queue, visible_at);
CREATE INDEX IF NOT EXISTS messages_by_age ON messages (queue, sent);
CREATE INDEX IF NOT EXISTS messages_by_group ON messages (queue, group_id, visible_at);
CREATE TABLE IF NOT EXISTS deduplication (
    queue TEXT NOT NULL, id TEXT NOT NULL, message_id TEXT NOT NULL, sequence INTEGER NOT NULL, sent REAL NOT NULL,
    PRIMARY KEY (queue, id)) WITHOUT ROWID;
"""


class QueueDatabase:
    """One connection for all threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing.

        Raises:
            ApiError: ServiceUnavailable, once the database is closed.
        """
        with self._lock:
            self._check_open()
            with exclusive(self._connection):
                yield self._connection

    def rows(self, query: str, **values: object) -> list[sqlite3.Row]:
        """All rows of a query; its `:name`s take the values."""
        with self._lock:
            self._check_open()
            return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Release the file; a request that still waits is told so."""
        with self._lock:
            self._closed = True
            self._connection.close()

    def _check_open(self) -> None:
        if self._closed:
            raise ApiError("ServiceUnavailable", "the local queues are closing", 503)
