"""SQLite transactions that exclude every other writer, in this process and in others.

Place in the flow: the registry, the queues and the GitHub stand-in write through it. One cost: writers queue up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def exclusive(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of what the block does, or nothing. The connection is in autocommit mode and this thread's own meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
