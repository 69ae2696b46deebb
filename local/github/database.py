"""The SQLite file of the GitHub stand-in: schema, one connection for all threads, write transactions.

Write-ahead logging makes a committed change survive the death of the process, and lets the command line write
beside a running server. Cost: one connection under one lock; requests that touch the database queue up.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from local.transactions import exclusive

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE COLLATE NOCASE, kind TEXT NOT NULL,
    permission TEXT NOT NULL, token TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS repositories (
    id INTEGER PRIMARY KEY, full_name TEXT NOT NULL UNIQUE COLLATE NOCASE, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS labels (
    id INTEGER PRIMARY KEY, repository INTEGER NOT NULL REFERENCES repositories,
    name TEXT NOT NULL COLLATE NOCASE, color TEXT NOT NULL, description TEXT, UNIQUE (repository, name));
CREATE TABLE IF NOT EXISTS issues (
    id INTEGER PRIMARY KEY, repository INTEGER NOT NULL REFERENCES repositories, number INTEGER NOT NULL,
    title TEXT NOT NULL, body TEXT, state TEXT NOT NULL DEFAULT 'open', state_reason TEXT,
    author INTEGER NOT NULL REFERENCES accounts, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    closed_at TEXT, revision INTEGER NOT NULL DEFAULT 1, exported INTEGER NOT NULL DEFAULT 0,
    UNIQUE (repository, number));
CREATE TABLE IF NOT EXISTS issue_labels (
    issue INTEGER NOT NULL REFERENCES issues, label INTEGER NOT NULL REFERENCES labels ON DELETE CASCADE,
    PRIMARY KEY (issue, label)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, issue INTEGER NOT NULL REFERENCES issues,
    author INTEGER NOT NULL REFERENCES accounts, body TEXT NOT NULL, created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS comments_of_issue ON comments (issue, id);
CREATE TABLE IF NOT EXISTS reactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, subject_id INTEGER NOT NULL,
    author INTEGER NOT NULL REFERENCES accounts, content TEXT NOT NULL, created_at TEXT NOT NULL,
    UNIQUE (subject, subject_id, author, content));
"""


class Database:
    """One SQLite file, shared by threads.

    Args:
        schemas: tables beside those of issues.
    """

    def __init__(self, path: Path, *schemas: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It holds the tokens of the accounts.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        for schema in (_SCHEMA, *schemas):
            self._connection.executescript(schema)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that excludes every other writer; rolled back if the body raises."""
        with self._lock, exclusive(self._connection):
            yield self._connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A consistent view."""
        with self._lock:
            nested = self._connection.in_transaction
            if not nested:
                self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if not nested:
                    self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def now() -> str:
    """The current time as GitHub writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
