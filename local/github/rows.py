"""Reads records from the database; every function works inside its caller's transaction."""

import sqlite3

from local.github import accounts, labels, reactions
from local.github.errors import NotFound
from local.github.records import Comment, Issue, Repository, Thread

_ISSUES = """
SELECT issues.*, (SELECT count(*) FROM comments WHERE comments.issue = issues.id) AS comment_count
FROM issues WHERE repository = ?
"""
_COMMENTS = "SELECT comments.*, number FROM comments JOIN issues ON issues.id = issue WHERE repository = ?"


def repositories(connection: sqlite3.Connection) -> list[Repository]:
    """All, by name."""
    found = connection.execute("SELECT * FROM repositories ORDER BY full_name").fetchall()
    return [Repository(row["id"], row["full_name"], row["created_at"]) for row in found]


def repository(connection: sqlite3.Connection, full_name: str) -> Repository:
    """Raises NotFound."""
    row = connection.execute("SELECT * FROM repositories WHERE full_name = ?", (full_name,)).fetchone()
    if row is None:
        raise NotFound
    return Repository(row["id"], row["full_name"], row["created_at"])


def issue(connection: sqlite3.Connection, repository: Repository, number: int) -> Issue:
    """Raises NotFound."""
    row = connection.execute(_ISSUES + "AND number = ?", (repository.id, number)).fetchone()
    if row is None:
        raise NotFound
    return _issue(connection, repository, row)


def issues(connection: sqlite3.Connection, repository: Repository) -> list[Issue]:
    """Newest first."""
    found = connection.execute(_ISSUES + "ORDER BY number DESC", (repository.id,))
    return [_issue(connection, repository, row) for row in found]


def comment(connection: sqlite3.Connection, repository: Repository, comment_id: int) -> Comment:
    """Raises NotFound."""
    row = connection.execute(_COMMENTS + " AND comments.id = ?", (repository.id, comment_id)).fetchone()
    if row is None:
        raise NotFound
    return _comment(connection, repository, row)


def comments(connection: sqlite3.Connection, repository: Repository, number: int | None) -> list[Comment]:
    """Oldest first; all of the repository's without a number. Raises NotFound for an unknown issue."""
    if number is None:
        found = connection.execute(_COMMENTS + " ORDER BY comments.id", (repository.id,))
    else:
        of_issue = issue(connection, repository, number)
        found = connection.execute(_COMMENTS + " AND issue = ? ORDER BY comments.id", (repository.id, of_issue.id))
    return [_comment(connection, repository, row) for row in found]


def thread(connection: sqlite3.Connection, repository: Repository, number: int) -> Thread:
    """Raises NotFound."""
    of_issue = issue(connection, repository, number)
    replies = tuple(comments(connection, repository, number))
    reacted = {0: reactions.of(connection, "issue", of_issue.id)}
    reacted |= {reply.id: reactions.of(connection, "comment", reply.id) for reply in replies}
    return Thread(of_issue, replies, reacted)


def stale_issues(connection: sqlite3.Connection) -> list[tuple[Repository, int]]:
    """Every issue changed since its thread was last written as Markdown."""
    found = connection.execute(
        "SELECT full_name, number FROM issues JOIN repositories ON repositories.id = repository "
        "WHERE exported < revision"
    )
    return [(repository(connection, row["full_name"]), row["number"]) for row in found.fetchall()]


def _issue(connection: sqlite3.Connection, repository: Repository, row: sqlite3.Row) -> Issue:
    return Issue(
        id=row["id"],
        repository=repository,
        number=row["number"],
        title=row["title"],
        body=row["body"],
        state=row["state"],
        state_reason=row["state_reason"],
        author=accounts.by_id(connection, row["author"]),
        labels=labels.of_issue(connection, row["id"]),
        comments=row["comment_count"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        closed_at=row["closed_at"],
    )


def _comment(connection: sqlite3.Connection, repository: Repository, row: sqlite3.Row) -> Comment:
    return Comment(
        id=row["id"],
        repository=repository,
        issue_number=row["number"],
        author=accounts.by_id(connection, row["author"]),
        body=row["body"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
