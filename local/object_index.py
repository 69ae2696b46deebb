"""What the object store knows about its files: one SQLite table of objects, one of writes under way.

Place in the flow: under `ObjectStore`, which holds the lock around every call. A write is announced, its file is
renamed into place, and the announcement becomes the object's row; a kill in between leaves an announcement that
`pending` hands out at the next start. One cost: no fsync, so a power cut (not a kill) may forget the last writes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified REAL NOT NULL,
    content_type TEXT NOT NULL, metadata TEXT NOT NULL, headers TEXT NOT NULL, PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (
    draft TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified REAL NOT NULL, content_type TEXT NOT NULL, metadata TEXT NOT NULL, headers TEXT NOT NULL
) WITHOUT ROWID;
"""
COLUMNS = "bucket, key, size, etag, modified, content_type, metadata, headers"


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """One object without its content.

    Attributes:
        size: bytes.
        etag: MD5 of the content in hex (multipart: MD5 of the parts' MD5s, "-", number of parts), without quotes.
        modified: seconds since the epoch, whole microseconds.
        metadata: the user's own, names in lower case.
        headers: stored response headers (Cache-Control, x-amz-checksum-…), names in lower case.
    """

    bucket: str
    key: str
    size: int
    etag: str
    modified: float
    content_type: str = "binary/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class ObjectIndex:
    """The tables. Not thread-safe: its owner holds a lock."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    def get(self, bucket: str, key: str) -> ObjectHead | None:
        query = f"SELECT {COLUMNS} FROM objects WHERE bucket = ? AND key = ?"  # noqa: S608 - constants only
        row = self._db.execute(query, (bucket, key.encode())).fetchone()
        return _info(row) if row else None

    def announce(self, draft: str, info: ObjectHead) -> None:
        """Record that `draft` is about to be renamed to the object's path."""
        query = f"INSERT INTO pending (draft, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        self._db.execute(query, (draft, *_row(info)))

    def settle(self, draft: str, info: ObjectHead | None) -> None:
        """The write behind `draft` has happened, or (None) has not."""
        self._db.execute("BEGIN IMMEDIATE")
        if info is not None:
            query = f"INSERT OR REPLACE INTO objects ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            self._db.execute(query, _row(info))
        self._db.execute("DELETE FROM pending WHERE draft = ?", (draft,))
        self._db.execute("COMMIT")

    def pending(self) -> list[tuple[str, ObjectHead]]:
        rows = self._db.execute(f"SELECT draft, {COLUMNS} FROM pending").fetchall()  # noqa: S608
        return [(row[0], _info(row[1:])) for row in rows]

    def replace(self, info: ObjectHead) -> None:
        query = f"INSERT OR REPLACE INTO objects ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        self._db.execute(query, _row(info))

    def remove(self, bucket: str, key: str) -> None:
        self._db.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket, key.encode()))

    def page(self, bucket: str, prefix: bytes, start: bytes, *, inclusive: bool, limit: int) -> list[ObjectHead]:
        """The first `limit` objects below `prefix` from `start` on, in byte order of their keys."""
        end = after_prefix(prefix)
        comparison = ">=" if inclusive else ">"
        query = (
            f"SELECT {COLUMNS} FROM objects "  # noqa: S608 - constants only
            f"WHERE bucket = ? AND key {comparison} ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
        )
        return [_info(row) for row in self._db.execute(query, (bucket, start, prefix, end, limit)).fetchall()]

    def keys(self, bucket: str, prefix: bytes) -> list[str]:
        query = "SELECT key FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key"
        return [key.decode() for (key,) in self._db.execute(query, (bucket, prefix, after_prefix(prefix))).fetchall()]


def after_prefix(prefix: bytes) -> bytes:
    """The first string behind everything with this prefix; UTF-8 has no byte 0xFF, so adding one never overflows."""
    return prefix[:-1] + bytes([prefix[-1] + 1]) if prefix else b"\xff"


def _row(info: ObjectHead) -> tuple[object, ...]:
    return (
        info.bucket,
        info.key.encode(),
        info.size,
        info.etag,
        info.modified,
        info.content_type,
        json.dumps(dict(info.metadata)),
        json.dumps(dict(info.headers)),
    )


def _info(row: tuple[str, bytes, int, str, float, str, str, str]) -> ObjectHead:
    bucket, key, size, etag, modified, content_type, metadata, headers = row
    return ObjectHead(
        bucket, key.decode(), size, etag, modified, content_type, json.loads(metadata), json.loads(headers)
    )
