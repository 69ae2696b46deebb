"""Everything on the stand-in but file contents: repositories, issues, comments, labels, reactions, accounts.

Place in the flow: the HTTP routes and the command line call it; nothing else writes the database. A change is
committed before the call returns, and the issue's thread is then rewritten as Markdown for people to read.
Cost: a process killed between the two leaves a stale file, which the next `GitHubStore` on the home renews.
"""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from local.github import accounts, labels, reactions, rows
from local.github.database import Database, now
from local.github.errors import NotFound, invalid
from local.github.labels import add as add_labels
from local.github.names import RepositoryName
from local.github.records import (
    BOT,
    MAX_BODY,
    OPERATOR,
    Account,
    Comment,
    Issue,
    Label,
    Reaction,
    Repository,
    Subject,
    Thread,
)
from local.github.thread_files import ThreadFiles


class GitHubStore:
    """The stand-in's state under `home_dir`/github.

    Args:
        home_dir: the home directory; created if absent.
        users: accounts to have; a login that exists keeps its token unless another is named here.
    """

    def __init__(self, home_dir: Path, users: Sequence[Account] = (BOT, OPERATOR)) -> None:
        self.root = home_dir / "github"
        self._database = Database(self.root / "github.db")
        self._threads = ThreadFiles(self.root, self._database)
        with self._database.write() as connection:
            for account in users:
                accounts.save(connection, account)
        self._threads.renew()

    def close(self) -> None:
        self._database.close()

    # Accounts

    def account(self, login: str) -> Account:
        """Raises NotFound."""
        with self._database.read() as connection:
            return accounts.by_login(connection, login)

    def account_of_token(self, token: str) -> Account | None:
        with self._database.read() as connection:
            return accounts.by_token(connection, token)

    def save_account(self, account: Account) -> Account:
        with self._database.write() as connection:
            return accounts.save(connection, account)

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

    def repository(self, full_name: str) -> Repository:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.repository(connection, full_name)

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
            row = connection.execute(
                "INSERT INTO issues (repository, number, title, body, author, created_at, updated_at) VALUES "
                "(?, (SELECT coalesce(max(number), 0) + 1 FROM issues WHERE repository = ?), ?, ?, ?, ?, ?) "
                "RETURNING id, number",
                (
                    repository.id,
                    repository.id,
                    title,
                    body,
                    accounts.author(connection, author).id,
                    moment,
                    moment,
                ),
            ).fetchone()
            add_labels(connection, repository.id, row["id"], labels)
        self._threads.write(repository, row["number"])
        return int(row["number"])

    def issue(self, repo: str, number: int) -> Issue:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.issue(connection, rows.repository(connection, repo), number)

    def issues(self, repo: str) -> list[Issue]:
        """All issues, newest first."""
        with self._database.read() as connection:
            return rows.issues(connection, rows.repository(connection, repo))

    def edit_issue(self, repo: str, number: int, changes: dict[str, object]) -> Issue:
        """Sets any of title, body, state (open|closed), state_reason and labels (names)."""
        if "title" in changes and not str(changes["title"]).strip():
            raise invalid("Issue", "title", "missing_field")
        if changes.get("state", "open") not in ("open", "closed"):
            raise invalid("Issue", "state", "invalid")
        _check_body("Issue", changes.get("body"))
        reason = "completed" if changes.get("state") == "closed" else "reopened"

        def change(connection: sqlite3.Connection, issue: Issue) -> None:
            for column in ("title", "body"):
                if column in changes:
                    statement = f"UPDATE issues SET {column} = ? WHERE id = ?"  # noqa: S608 - two constants
                    connection.execute(statement, (changes[column], issue.id))
            if changes.get("state", issue.state) != issue.state:
                connection.execute(
                    "UPDATE issues SET state = ?, state_reason = ?, closed_at = ? WHERE id = ?",
                    (
                        changes["state"],
                        changes.get("state_reason") or reason,
                        now() if changes["state"] == "closed" else None,
                        issue.id,
                    ),
                )
            if "labels" in changes:
                names = cast(Sequence[str], changes["labels"])
                labels.replace(connection, issue.repository.id, issue.id, names)

        return self._change(repo, number, change)

    def issue_path(self, repo: str, number: int) -> Path:
        """The Markdown file that shows the issue's thread."""
        return self._threads.path(self.repository(repo), number)

    def thread(self, repo: str, number: int) -> Thread:
        """The issue with its comments and all reactions. Raises NotFound."""
        with self._database.read() as connection:
            return rows.thread(connection, rows.repository(connection, repo), number)

    # Labels

    def create_label(self, repo: str, name: str, color: str, description: str | None) -> Label:
        with self._database.write() as connection:
            repository = rows.repository(connection, repo)
            return labels.create(connection, repository.id, name, color=color, description=description)

    def labels(self, repo: str) -> list[Label]:
        with self._database.read() as connection:
            return labels.of_repository(connection, rows.repository(connection, repo).id)

    def label(self, repo: str, name: str) -> Label:
        """Raises NotFound."""
        with self._database.read() as connection:
            return labels.find(connection, rows.repository(connection, repo).id, name)

    def add_labels(self, repo: str, number: int, names: Sequence[str]) -> Issue:
        return self._change(repo, number, lambda at, issue: labels.add(at, issue.repository.id, issue.id, names))

    def remove_label(self, repo: str, number: int, name: str) -> Issue:
        """Raises NotFound if the issue does not carry it."""
        return self._change(repo, number, lambda at, issue: labels.remove(at, issue.repository.id, issue.id, name))

    # Comments

    def add_comment(self, repo: str, number: int, body: str, author: str = OPERATOR.login) -> int:
        """The new comment's id. Raises NotFound (no such issue), Unprocessable (empty or too long)."""
        _check_comment(body)
        made: list[int] = []

        def change(connection: sqlite3.Connection, issue: Issue) -> None:
            moment = now()
            cursor = connection.execute(
                "INSERT INTO comments (issue, author, body, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
                (issue.id, accounts.author(connection, author).id, body, moment, moment),
            )
            made.append(cast(int, cursor.lastrowid))

        self._change(repo, number, change)
        return made[0]

    def comment(self, repo: str, comment_id: int) -> Comment:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.comment(connection, rows.repository(connection, repo), comment_id)

    def comments(self, repo: str, number: int | None = None) -> list[Comment]:
        """Comments of one issue, or of the whole repository, oldest first."""
        with self._database.read() as connection:
            return rows.comments(connection, rows.repository(connection, repo), number)

    def edit_comment(self, repo: str, comment_id: int, body: str) -> Comment:
        _check_comment(body)
        number = self.comment(repo, comment_id).issue_number
        self._change(
            repo,
            number,
            lambda at, _: at.execute(
                "UPDATE comments SET body = ?, updated_at = ? WHERE id = ?", (body, now(), comment_id)
            ),
        )
        return self.comment(repo, comment_id)

    def delete_comment(self, repo: str, comment_id: int) -> None:
        def change(connection: sqlite3.Connection, _: Issue) -> None:
            connection.execute("DELETE FROM reactions WHERE subject = 'comment' AND subject_id = ?", (comment_id,))
            connection.execute("DELETE FROM comments WHERE id = ?", (comment_id,))

        self._change(repo, self.comment(repo, comment_id).issue_number, change)

    # Reactions: `key` is an issue's number or a comment's id.

    def react(self, repo: str, subject: Subject, key: int, *, content: str, author: str) -> tuple[Reaction, bool]:
        """The author's reaction and whether it is new; the same one twice stays one."""
        number = key if subject == "issue" else self.comment(repo, key).issue_number
        subject_id = self.issue(repo, key).id if subject == "issue" else key
        made: list[tuple[Reaction, bool]] = []

        def change(connection: sqlite3.Connection, _: Issue) -> None:
            by = accounts.author(connection, author)
            made.append(reactions.add(connection, subject, subject_id, content=content, by=by))

        self._change(repo, number, change)
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
        self._change(repo, number, lambda at, _: at.execute("DELETE FROM reactions WHERE id = ?", (reaction_id,)))

    def _change(self, repo: str, number: int, change: Callable[[sqlite3.Connection, Issue], object]) -> Issue:
        with self._database.write() as connection:
            repository = rows.repository(connection, repo)
            issue = rows.issue(connection, repository, number)
            change(connection, issue)
            connection.execute(
                "UPDATE issues SET updated_at = ?, revision = revision + 1 WHERE id = ?", (now(), issue.id)
            )
        self._threads.write(repository, number)
        return self.issue(repo, number)


def _check_body(resource: str, body: object) -> None:
    if isinstance(body, str) and len(body) > MAX_BODY:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {MAX_BODY} characters)")


def _check_comment(body: str) -> None:
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    _check_body("IssueComment", body)
