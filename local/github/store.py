"""The stand-in's whole state but file contents: issues and comments, accounts, labels, webhooks, GitHub Apps.

Place in the flow: the HTTP routes and the command line call it; nothing else writes the database. Cost: one database
file for all of it, so every change waits for the one before.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

from local.github import accounts, apps, hook_outbox, labels, rows
from local.github.addresses import Addressing
from local.github.database import Database
from local.github.hook_records import SECONDS_TO_ANSWER, Hook
from local.github.hook_sender import HookSender
from local.github.hooks import Hooks, new_hook
from local.github.issue_store import IssueStore
from local.github.records import BOT, OPERATOR, Account, Label
from local.github.thread_files import ThreadFiles


class GitHubStore(IssueStore):
    """The stand-in's state under `home_dir`/github.

    Args:
        home_dir: the home directory; created if absent.
        users: accounts to have; a login that exists keeps its token unless another is named here.

    Attributes:
        hooks: the webhooks.
        apps: the GitHub Apps.
    """

    def __init__(
        self,
        home_dir: Path,
        users: Sequence[Account] = (BOT, OPERATOR),
        *,
        addressing: Addressing | None = None,
    ) -> None:
        self.root = home_dir / "github"
        database = Database(self.root / "github.db", hook_outbox.SCHEMA, apps.SCHEMA)
        where, written = addressing or Addressing(), threading.Event()
        super().__init__(database, ThreadFiles(self.root, database), addressing=where, written=written)
        self.hooks = Hooks(database, where, written.set)
        self.apps = apps.Apps(database)
        with database.write() as connection:
            for account in users:
                accounts.save(connection, account)
        self._threads.renew()

    def close(self) -> None:
        self._database.close()

    def new_sender(self, seconds_to_answer: float = SECONDS_TO_ANSWER) -> HookSender:
        """What sends this store's webhooks; a home needs one at most."""
        return HookSender(self._database, self._written, seconds_to_answer=seconds_to_answer)

    # Accounts

    def accounts(self) -> list[Account]:
        """Everybody, by login."""
        with self._database.read() as connection:
            return accounts.everybody(connection)

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

    # Webhooks

    def save_hook(
        self, repo: str | None, *, url: str, secret: str, events: Sequence[str], active: bool = True, key: str = "",
    ) -> Hook:  # fmt: skip
        """Make the webhook, or give the one that is there these settings; it is not pinged.

        Args:
            repo: "owner/name"; None for every repository, also those that come later, like an organisation's webhook.
            url: http://localhost:PORT/…; the hook is recognised by it.
            key: recognise the hook by this instead, because the port is another one at each start; what the hook had
                still to get goes to the new address.

        Raises:
            NotFound: no such repository.
            Unprocessable: an address that is not on this machine, or no event.
        """
        return self.hooks.save(repo, new_hook(url, secret=secret, events=events, active=active, key=key))

    # Labels of repositories

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

    def update_label(self, repo: str, label: Label) -> Label:
        """Give the label of this id this name, colour and description. Raises Unprocessable."""
        with self._database.write() as connection:
            labels.update(connection, label)
            return labels.find(connection, rows.repository(connection, repo).id, label.name)

    def delete_label(self, repo: str, label: Label) -> None:
        """Take the label from the repository and from its issues."""
        with self._database.write() as connection:
            repository = rows.repository(connection, repo)
            carriers = labels.delete(connection, label)
        for number in carriers:
            self._threads.write(repository, number)
