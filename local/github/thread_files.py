"""Keeps a readable Markdown file for every issue: github/<owner>/<name>/issues/<number>.md.

Cost: the whole thread is rendered again at each change.
"""

import os
import tempfile
from pathlib import Path

from local.github import rows
from local.github.database import Database
from local.github.names import RepositoryName
from local.github.records import Repository
from local.github.thread_markdown import render_thread


class ThreadFiles:
    """The files below `root` for the issues in `database`."""

    def __init__(self, root: Path, database: Database) -> None:
        self._root = root
        self._database = database

    def path(self, repository: Repository, number: int) -> Path:
        name = RepositoryName.parse(repository.full_name)
        return self._root / name.owner / name.name / "issues" / f"{number}.md"

    def write(self, repository: Repository, number: int) -> None:
        """Renders the thread as it stands in the database."""
        # Inside a write transaction, so that of two processes the later state is written last.
        with self._database.write() as connection:
            thread = rows.thread(connection, repository, number)
            write_atomically(self.path(repository, number), render_thread(thread))
            connection.execute("UPDATE issues SET exported = revision WHERE id = ?", (thread.issue.id,))

    def renew(self) -> None:
        """Writes what a killed process left unwritten."""
        with self._database.read() as connection:
            stale = rows.stale_issues(connection)
        for repository, number in stale:
            self.write(repository, number)


def write_atomically(path: Path, text: str) -> None:
    """Writes UTF-8 beside `path`, then renames over it; folders are created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
