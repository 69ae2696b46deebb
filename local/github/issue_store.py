"""Issues, their comments and reactions: every change is one transaction with the webhooks that report it.

Place in the flow: `GitHubStore` is this and the rest of the stand-in's state. A change is committed before the call
returns; then the webhook sender is woken and the issue's thread is rewritten as Markdown for people to read. Cost: a
process killed between the two leaves a stale file, which the next store on the home renews.
"""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from local.github import accounts, hook_events, hook_outbox, labels, reactions, rows
from local.github.addresses import Addressing
from local.github.database import Database, now
from local.github.errors import NotFound, invalid
from local.github.hook_records import Event
from local.github.labels import add
from local.github.names import RepositoryName
from local.github.records import MAX_BODY, OPERATOR, Comment, Issue, Reaction, Repository, Subject, Thread
from local.github.thread_files import ThreadFiles

Change = Callable[[sqlite3.Connection, Issue], list[Event]]


class IssueStore:
    """Issues in a database.

    Args:
        written: set whenever something was put into the outbox.
    """

    def __init__(
        self, database: Database, threads: ThreadFiles, *, addressing: Addressing, written: threading.Event
    ) -> None:
        self._database = database
        self._threads = threads
        self.addressing = addressing
        self._written = written

    # Repositories

    def ensure_repository(self, full_name: str) -> Repository:
        """The repository "owner/name", created if absent. Raises NotFound for an impossible name."""
        name = RepositoryName.parse(full_name)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO repositories (full_name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (str(name), now()),
            )
            return rows.repository(connection, str(name))

    def repositories(self) -> list[Repository]:
        """All, by name."""
        with self._database.read() as connection:
            return rows.repositories(connection)

    def repository(self, full_name: str) -> Repository:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.repository(connection, full_name)

    # Issues

    def open_issue(
        self,
        repo: str,
        title: str,
        body: str | None = None,
        labels: Sequence[str] = (),
        author: str = OPERATOR.login,
    ) -> int:
        """Opens an issue in "owner/name", creating what is missing of them, and returns its number."""
        repository = self.ensure_repository(repo)
        if not title.strip():
            raise invalid("Issue", "title", "missing_field")
        _check_body("Issue", body)
        moment = now()
        with self._database.write() as connection:
            by = accounts.author(connection, author)
            row = connection.execute(
                "INSERT INTO issues (repository, number, title, body, author, created_at, updated_at) VALUES "
                "(?1, (SELECT coalesce(max(number), 0) + 1 FROM issues WHERE repository = ?1), ?2, ?3, ?4, ?5, ?5) "
                "RETURNING id, number",
                (repository.id, title, body, by.id, moment),
            ).fetchone()
            add(connection, repository.id, row["id"], labels)
            issue = rows.issue(connection, repository, row["number"])
            events = hook_events.issue_events(None, issue)
            hook_outbox.record(connection, self.addressing, events, issue=issue, sender=by)
        self._written.set()
        self._threads.write(repository, issue.number)
        return issue.number

    def issue(self, repo: str, number: int) -> Issue:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.issue(connection, rows.repository(connection, repo), number)

    def issues(self, repo: str) -> list[Issue]:
        """All issues, newest first."""
        with self._database.read() as connection:
            return rows.issues(connection, rows.repository(connection, repo))

    def edit_issue(self, repo: str, number: int, changes: dict[str, object], by: str = OPERATOR.login) -> Issue:
        """Sets any of title, body, state (open|closed), state_reason and labels (names)."""
        if "title" in changes and not str(changes["title"]).strip():
            raise invalid("Issue", "title", "missing_field")
        if changes.get("state", "open") not in ("open", "closed"):
            raise invalid("Issue", "state", "invalid")
        _check_body("Issue", changes.get("body"))

        def change(connection: sqlite3.Connection, issue: Issue) -> list[Event]:
            for column in ("title", "body"):
                if column in changes:
                    statement = f"UPDATE issues SET {column} = ? WHERE id = ?"  # noqa: S608 - two constants
                    connection.execute(statement, (changes[column], issue.id))
            if changes.get("state", issue.state) != issue.state:
                _set_state(connection, issue, changes)
            if "labels" in changes:
                names = cast(Sequence[str], changes["labels"])
                labels.replace(connection, issue.repository.id, issue.id, names)
            return []

        return self._change(repo, number, change, by=by)

    def add_labels(self, repo: str, number: int, names: Sequence[str], by: str = OPERATOR.login) -> Issue:
        def change(connection: sqlite3.Connection, issue: Issue) -> list[Event]:
            labels.add(connection, issue.repository.id, issue.id, names)
            return []

        return self._change(repo, number, change, by=by)

    def remove_label(self, repo: str, number: int, name: str, by: str = OPERATOR.login) -> Issue:
        """Raises NotFound if the issue does not carry it."""

        def change(connection: sqlite3.Connection, issue: Issue) -> list[Event]:
            labels.remove(connection, issue.repository.id, issue.id, name)
            return []

        return self._change(repo, number, change, by=by)

    def issue_path(self, repo: str, number: int) -> Path:
        """The Markdown file that shows the issue's thread."""
        return self._threads.path(self.repository(repo), number)

    def thread(self, repo: str, number: int) -> Thread:
        """The issue with its comments and all reactions. Raises NotFound."""
        with self._database.read() as connection:
            return rows.thread(connection, rows.repository(connection, repo), number)

    # Comments

    def add_comment(self, repo: str, number: int, body: str, author: str = OPERATOR.login) -> int:
        """The new comment's id. Raises NotFound (no such issue), Unprocessable (empty or too long)."""
        _check_comment(body)
        made: list[int] = []

        def change(connection: sqlite3.Connection, issue: Issue) -> list[Event]:
            moment = now()
            cursor = connection.execute(
                "INSERT INTO comments (issue, author, body, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
                (issue.id, accounts.author(connection, author).id, body, moment, moment),
            )
            made.append(cast(int, cursor.lastrowid))
            return hook_events.comment_created(rows.comment(connection, issue.repository, made[0]))

        self._change(repo, number, change, by=author)
        return made[0]

    def comment(self, repo: str, comment_id: int) -> Comment:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.comment(connection, rows.repository(connection, repo), comment_id)

    def comments(self, repo: str, number: int | None = None) -> list[Comment]:
        """Comments of one issue, or of the whole repository, oldest first."""
        with self._database.read() as connection:
            return rows.comments(connection, rows.repository(connection, repo), number)

    def edit_comment(self, repo: str, comment_id: int, body: str, by: str = OPERATOR.login) -> Comment:
        _check_comment(body)

        def change(connection: sqlite3.Connection, issue: Issue) -> list[Event]:
            before = rows.comment(connection, issue.repository, comment_id)
            connection.execute("UPDATE comments SET body = ?, updated_at = ? WHERE id = ?", (body, now(), comment_id))
            return hook_events.comment_edited(before, rows.comment(connection, issue.repository, comment_id))

        self._change(repo, self.comment(repo, comment_id).issue_number, change, by=by)
        return self.comment(repo, comment_id)

    def delete_comment(self, repo: str, comment_id: int, by: str = OPERATOR.login) -> None:
        """Raises NotFound."""

        def change(connection: sqlite3.Connection, issue: Issue) -> list[Event]:
            before = rows.comment(connection, issue.repository, comment_id)
            connection.execute("DELETE FROM reactions WHERE subject = 'comment' AND subject_id = ?", (comment_id,))
            connection.execute("DELETE FROM comments WHERE id = ?", (comment_id,))
            return hook_events.comment_deleted(before)

        self._change(repo, self.comment(repo, comment_id).issue_number, change, by=by)

    # Reactions: `key` is an issue's number or a comment's id.

    def react(self, repo: str, subject: Subject, key: int, *, content: str, author: str) -> tuple[Reaction, bool]:
        """The author's reaction and whether it is new; the same one twice stays one."""
        number = key if subject == "issue" else self.comment(repo, key).issue_number
        made: list[tuple[Reaction, bool]] = []

        def change(connection: sqlite3.Connection, issue: Issue) -> list[Event]:
            by = accounts.author(connection, author)
            made.append(
                reactions.add(connection, subject, issue.id if subject == "issue" else key, content=content, by=by)
            )
            return []

        self._change(repo, number, change, by=author, touches=False)
        return made[0]

    def reactions(self, repo: str, subject: Subject, key: int) -> tuple[Reaction, ...]:
        with self._database.read() as connection:
            repository = rows.repository(connection, repo)
            if subject == "issue":
                key = rows.issue(connection, repository, key).id
            else:
                rows.comment(connection, repository, key)
            return reactions.of(connection, subject, key)

    def delete_reaction(self, repo: str, subject: Subject, key: int, reaction_id: int) -> None:
        """Raises NotFound."""
        if reaction_id not in {reaction.id for reaction in self.reactions(repo, subject, key)}:
            raise NotFound
        number = key if subject == "issue" else self.comment(repo, key).issue_number

        def change(connection: sqlite3.Connection, _: Issue) -> list[Event]:
            connection.execute("DELETE FROM reactions WHERE id = ?", (reaction_id,))
            return []

        self._change(repo, number, change, by=OPERATOR.login, touches=False)

    def _change(self, repo: str, number: int, change: Change, *, by: str, touches: bool = True) -> Issue:
        """Run the change and record what it did to the issue, and the events that it returns, for the webhooks.

        Args:
            touches: the change counts as an update of the issue; a reaction does not.
        """
        with self._database.write() as connection:
            repository = rows.repository(connection, repo)
            before = rows.issue(connection, repository, number)
            of_comments = change(connection, before)
            connection.execute(
                "UPDATE issues SET updated_at = ?, revision = revision + 1 WHERE id = ?",
                (now() if touches else before.updated_at, before.id),
            )
            after = rows.issue(connection, repository, number)
            events = [*hook_events.issue_events(before, after), *of_comments]
            hook_outbox.record(connection, self.addressing, events, issue=after, sender=accounts.author(connection, by))
        self._written.set()
        self._threads.write(repository, number)
        return after


def _set_state(connection: sqlite3.Connection, issue: Issue, changes: dict[str, object]) -> None:
    closed = changes["state"] == "closed"
    reason = changes.get("state_reason") or ("completed" if closed else "reopened")
    connection.execute(
        "UPDATE issues SET state = ?, state_reason = ?, closed_at = ? WHERE id = ?",
        (changes["state"], reason, now() if closed else None, issue.id),
    )


def _check_body(resource: str, body: object) -> None:
    if isinstance(body, str) and len(body) > MAX_BODY:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {MAX_BODY} characters)")


def _check_comment(body: str) -> None:
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    _check_body("IssueComment", body)
