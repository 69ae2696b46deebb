"""Labels of repositories and of issues. Names compare without case, as on GitHub."""

import re
import sqlite3
from collections.abc import Sequence

from local.github.errors import NotFound, invalid
from local.github.records import Label

_MAX_NAME = 50
_MAX_DESCRIPTION = 100
_COLOR = re.compile(r"[0-9A-Fa-f]{6}\Z")


def from_row(row: sqlite3.Row) -> Label:
    return Label(row["id"], row["name"], row["color"], row["description"])


def check_name(name: str) -> str:
    """Raises Unprocessable for an empty name or one of more than 50 characters."""
    name = name.strip()
    if not 1 <= len(name) <= _MAX_NAME:
        raise invalid("Label", "name", "invalid", f"name must have 1 to {_MAX_NAME} characters")
    return name


def ensure(connection: sqlite3.Connection, repository: int, name: str) -> int:
    """The id of the repository's label, created in GitHub's grey if it is not there."""
    connection.execute(
        "INSERT INTO labels (repository, name, color) VALUES (?, ?, 'ededed') ON CONFLICT DO NOTHING",
        (repository, check_name(name)),
    )
    return find(connection, repository, check_name(name)).id


def create(connection: sqlite3.Connection, repository: int, name: str, *, color: str, description: str | None) -> Label:
    """Raises Unprocessable if it exists, or if the colour is not six hexadecimal digits."""
    _check_looks(color, description)
    try:
        connection.execute(
            "INSERT INTO labels (repository, name, color, description) VALUES (?, ?, ?, ?)",
            (repository, check_name(name), color, description),
        )
    except sqlite3.IntegrityError:
        raise invalid("Label", "name", "already_exists") from None
    return find(connection, repository, check_name(name))


def update(connection: sqlite3.Connection, label: Label) -> None:
    """Give the label of this id this name, colour and description. Raises Unprocessable for a name that is taken."""
    _check_looks(label.color, label.description)
    try:
        connection.execute(
            "UPDATE labels SET name = ?, color = ?, description = ? WHERE id = ?",
            (check_name(label.name), label.color, label.description, label.id),
        )
    except sqlite3.IntegrityError:
        raise invalid("Label", "name", "already_exists") from None


def delete(connection: sqlite3.Connection, label: Label) -> list[int]:
    """Take the label from the repository; returns the numbers of the issues that carried it."""
    carriers = connection.execute(
        "UPDATE issues SET revision = revision + 1 WHERE id IN (SELECT issue FROM issue_labels WHERE label = ?) "
        "RETURNING number",
        (label.id,),
    ).fetchall()
    connection.execute("DELETE FROM labels WHERE id = ?", (label.id,))
    return [row["number"] for row in carriers]


def find(connection: sqlite3.Connection, repository: int, name: str) -> Label:
    """Raises NotFound."""
    row = connection.execute("SELECT * FROM labels WHERE repository = ? AND name = ?", (repository, name)).fetchone()
    if row is None:
        raise NotFound
    return from_row(row)


def of_repository(connection: sqlite3.Connection, repository: int) -> list[Label]:
    rows = connection.execute("SELECT * FROM labels WHERE repository = ? ORDER BY id", (repository,))
    return [from_row(row) for row in rows]


def of_issue(connection: sqlite3.Connection, issue: int) -> tuple[Label, ...]:
    rows = connection.execute(
        "SELECT labels.* FROM labels JOIN issue_labels ON label = labels.id WHERE issue = ? ORDER BY name",
        (issue,),
    )
    return tuple(from_row(row) for row in rows)


def add(connection: sqlite3.Connection, repository: int, issue: int, names: Sequence[str]) -> None:
    for name in names:
        label = ensure(connection, repository, name)
        connection.execute("INSERT INTO issue_labels VALUES (?, ?) ON CONFLICT DO NOTHING", (issue, label))


def remove(connection: sqlite3.Connection, repository: int, issue: int, name: str) -> None:
    """Raises NotFound if the issue does not carry it."""
    label = find(connection, repository, name)
    cursor = connection.execute("DELETE FROM issue_labels WHERE issue = ? AND label = ?", (issue, label.id))
    if cursor.rowcount == 0:
        raise NotFound("Label does not exist")


def replace(connection: sqlite3.Connection, repository: int, issue: int, names: Sequence[str]) -> None:
    connection.execute("DELETE FROM issue_labels WHERE issue = ?", (issue,))
    add(connection, repository, issue, names)


def _check_looks(color: str, description: str | None) -> None:
    if not _COLOR.match(color):
        raise invalid("Label", "color", "invalid", "color must be six hexadecimal digits")
    if description is not None and len(description) > _MAX_DESCRIPTION:
        raise invalid("Label", "description", "invalid", f"description is too long (maximum is {_MAX_DESCRIPTION})")
