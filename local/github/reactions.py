"""Reactions to issues and comments; an account has each kind of reaction at most once."""

import sqlite3

from local.github import accounts
from local.github.database import now
from local.github.errors import invalid
from local.github.records import REACTIONS, Account, Reaction, Subject


def add(
    connection: sqlite3.Connection, subject: Subject, subject_id: int, *, content: str, by: Account
) -> tuple[Reaction, bool]:
    """The account's reaction and whether it is new. Raises Unprocessable for an unknown kind."""
    if content not in REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    cursor = connection.execute(
        "INSERT INTO reactions (subject, subject_id, author, content, created_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (subject, subject_id, by.id, content, now()),
    )
    found = of(connection, subject, subject_id)
    mine = next(each for each in found if (each.author.id, each.content) == (by.id, content))
    return mine, cursor.rowcount == 1


def of(connection: sqlite3.Connection, subject: Subject, subject_id: int) -> tuple[Reaction, ...]:
    """Oldest first."""
    found = connection.execute(
        "SELECT * FROM reactions WHERE subject = ? AND subject_id = ? ORDER BY id", (subject, subject_id)
    )
    return tuple(
        Reaction(row["id"], accounts.by_id(connection, row["author"]), row["content"], row["created_at"])
        for row in found
    )
