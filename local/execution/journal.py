"""What the engine must not forget, in SQLite: pipelines, executions, steps, jobs, cached results.

Place in the flow: every transition is one transaction here, before anyone hears of it; the triggers of `local.outbox`
note it in the same one. One cost: one connection, so writes of parallel steps queue up; each takes well under a
millisecond.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import outbox

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pipelines (
    name TEXT PRIMARY KEY, arn TEXT NOT NULL, document TEXT NOT NULL, created REAL NOT NULL, modified REAL NOT NULL);
CREATE TABLE IF NOT EXISTS executions (
    arn TEXT PRIMARY KEY, pipeline TEXT NOT NULL, token TEXT, definition TEXT NOT NULL, parameters TEXT NOT NULL,
    display_name TEXT, note TEXT, parallelism INTEGER,
    status TEXT NOT NULL, failure TEXT, created REAL NOT NULL, modified REAL NOT NULL,
    sequence INTEGER, UNIQUE (pipeline, token));
CREATE TABLE IF NOT EXISTS steps (
    execution TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, started REAL NOT NULL, ended REAL,
    attempt INTEGER NOT NULL, failure TEXT, metadata TEXT NOT NULL, properties TEXT NOT NULL,
    cache_source TEXT, token TEXT UNIQUE, delivered INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (execution, name));
CREATE TABLE IF NOT EXISTS jobs (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, description TEXT NOT NULL, created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS cached_steps (
    key TEXT NOT NULL, pipeline TEXT NOT NULL, step TEXT NOT NULL, execution TEXT NOT NULL, properties TEXT NOT NULL,
    metadata TEXT NOT NULL, created REAL NOT NULL, PRIMARY KEY (key, pipeline, step));
"""


class Journal:
    """Rows as dictionaries; JSON columns are parsed."""

    def __init__(self, database: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA + outbox.SCHEMA + outbox.TRIGGERS)

    def close(self) -> None:
        """Release the database."""
        with self._lock:
            self._connection.close()

    def execute(self, statement: str, *values: object) -> int:
        """One writing statement, one transaction; returns how many rows it changed."""
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """All rows of a query."""
        with self._lock:
            return [_row(row) for row in self._connection.execute(query, values).fetchall()]

    def row(self, query: str, *values: object) -> dict[str, Any] | None:
        """The first row, or None."""
        return next(iter(self.rows(query, *values)), None)

    def save_step(self, execution: str, name: str, values: Mapping[str, Any]) -> None:
        """Write a step's whole row."""
        columns = (
            "status",
            "started",
            "ended",
            "attempt",
            "failure",
            "metadata",
            "properties",
            "cache_source",
            "token",
            "delivered",
        )
        row = [
            json.dumps(values[c]) if c in ("metadata", "properties") else values.get(c, 0 if c == "delivered" else None)
            for c in columns
        ]
        marks = ", ".join("?" * (len(columns) + 2))
        self.execute(
            f"INSERT OR REPLACE INTO steps (execution, name, {', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - fixed names
            execution, name, *row,
        )  # fmt: skip


def _row(row: sqlite3.Row) -> dict[str, Any]:
    values = dict(row)
    for column in ("metadata", "properties", "parameters", "document", "description"):
        if isinstance(values.get(column), str) and values[column][:1] in "{[":
            values[column] = json.loads(values[column])
    return values
