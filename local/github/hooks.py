"""Webhooks of the stand-in: made, changed, pinged, listed.

Place in the flow: the routes and the local stack call it (`GitHubStore.hooks`); `hook_outbox` holds what is to be sent
and `hook_sender` sends it. Cost: only receivers on this machine, by http, can be named.
"""

import json
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from local.github import accounts, hook_events, hook_outbox, rows
from local.github.addresses import Addressing
from local.github.database import Database, now
from local.github.errors import NotFound, Unprocessable, invalid
from local.github.hook_payloads import hook_payload
from local.github.hook_records import ContentType, Delivery, Event, Hook
from local.github.records import Account, Repository

MAX_HOOKS = 20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Hooks:
    """The webhooks in a database.

    Args:
        written: called after something was put into the outbox.
    """

    def __init__(self, database: Database, addressing: Addressing, written: Callable[[], None]) -> None:
        self._database = database
        self._addressing = addressing
        self._written = written

    def save(self, repo: str | None, wanted: Hook) -> Hook:
        """Make the hook, or give the one with its key, or else its URL, these settings. It is not pinged."""
        _check(wanted)
        with self._database.write() as connection:
            of = rows.repository(connection, repo).id if repo is not None else None
            for hook in _of(connection, of):
                if (hook.key == wanted.key) if wanted.key else (hook.url == wanted.url):
                    return _update(connection, replace(wanted, id=hook.id, repository=of))
            return _insert(connection, replace(wanted, repository=of))

    def create(self, repo: str, wanted: Hook, by: Account) -> Hook:
        """Make a hook and ping it. Raises Unprocessable for a URL that is not ours, or that has a hook."""
        _check(wanted)
        with self._database.write() as connection:
            repository = rows.repository(connection, repo)
            hooks = _of(connection, repository.id)
            if any(hook.url == wanted.url and set(hook.events) & set(wanted.events) for hook in hooks):
                raise invalid("Hook", "url", "custom", "Hook already exists on this repository")
            if len(hooks) >= MAX_HOOKS:
                raise invalid("Hook", "base", "custom", f"a repository has {MAX_HOOKS} hooks at most")
            made = _insert(connection, replace(wanted, repository=repository.id))
            self._ping(connection, repository, made, by)
        self._written()
        return made

    def update(self, repo: str, wanted: Hook) -> Hook:
        """Give the hook of this id these settings. Raises NotFound, Unprocessable."""
        _check(wanted)
        with self._database.write() as connection:
            hook = _find(connection, rows.repository(connection, repo), wanted.id)
            updated = _update(connection, replace(wanted, repository=hook.repository))
        self._written()
        return updated

    def of_repository(self, repo: str) -> list[Hook]:
        with self._database.read() as connection:
            return _of(connection, rows.repository(connection, repo).id)

    def find(self, repo: str, hook_id: int) -> Hook:
        """Raises NotFound."""
        with self._database.read() as connection:
            return _find(connection, rows.repository(connection, repo), hook_id)

    def delete(self, repo: str, hook_id: int) -> None:
        """Forget the hook and what it has still to get. Raises NotFound."""
        with self._database.write() as connection:
            hook = _find(connection, rows.repository(connection, repo), hook_id)
            connection.execute("DELETE FROM hooks WHERE id = ?", (hook.id,))

    def ping(self, repo: str, hook_id: int, by: Account) -> None:
        """Raises NotFound."""
        with self._database.write() as connection:
            repository = rows.repository(connection, repo)
            self._ping(connection, repository, _find(connection, repository, hook_id), by)
        self._written()

    def deliveries(self, repo: str, hook_id: int) -> list[Delivery]:
        """The last hundred that were attempted, newest first. Raises NotFound."""
        with self._database.read() as connection:
            hook = _find(connection, rows.repository(connection, repo), hook_id)
            return hook_outbox.attempted(connection, hook.id)

    def delivery(self, repo: str, hook_id: int, delivery_id: int) -> Delivery:
        """Raises NotFound."""
        with self._database.read() as connection:
            hook = _find(connection, rows.repository(connection, repo), hook_id)
            return hook_outbox.find(connection, hook.id, delivery_id)

    def redeliver(self, repo: str, hook_id: int, delivery_id: int) -> None:
        """Send it again, under the same GUID. Raises NotFound."""
        delivery = self.delivery(repo, hook_id, delivery_id)
        with self._database.write() as connection:
            hook_outbox.again(connection, delivery)
        self._written()

    def waiting(self) -> int:
        """How many deliveries are still to be made."""
        with self._database.read() as connection:
            return hook_outbox.count_waiting(connection)

    def _ping(self, connection: sqlite3.Connection, repository: Repository, hook: Hook, by: Account) -> None:
        to = self._addressing.now()
        sender = accounts.author(connection, by.login)
        shape = hook_payload(to, repository.full_name, hook, None)
        payload = hook_events.ping_payload(to, hook.id, shape, of=repository, sender=sender)
        if hook.active:
            hook_outbox.add(
                connection, hook.id, repository.id, guid=str(uuid.uuid4()), event=Event("ping", None), payload=payload
            )


def new_hook(
    url: str, *, secret: str = "", events: Sequence[str] = ("push",), active: bool = True,
    content_type: ContentType = "json", key: str = "",
) -> Hook:  # fmt: skip
    """Settings of a hook that has no row yet."""
    return Hook(0, None, url, secret, tuple(dict.fromkeys(events)), active, content_type, key, "", "")


def _check(hook: Hook) -> None:
    """Raises Unprocessable."""
    try:
        parts = urlsplit(hook.url)
        ours = parts.scheme == "http" and parts.hostname in _LOOPBACK and (parts.port or 80) > 0
    except ValueError:
        ours = False
    if not ours or not hook.url.isascii() or not hook.url.isprintable() or " " in hook.url or "@" in parts.netloc:
        message = f"url must be http://localhost:PORT/…, for the stand-in sends to this machine only, got {hook.url!r}"
        raise invalid("Hook", "url", "custom", message[:500])
    if not hook.events:
        raise Unprocessable('Invalid request.\n\n"events" must name one event at least.')


def _of(connection: sqlite3.Connection, repository: int | None) -> list[Hook]:
    found = connection.execute("SELECT * FROM hooks WHERE repository IS ? ORDER BY id", (repository,))
    return [hook_outbox.hook_from_row(row) for row in found]


def _find(connection: sqlite3.Connection, repository: Repository, hook_id: int) -> Hook:
    for hook in _of(connection, repository.id):
        if hook.id == hook_id:
            return hook
    raise NotFound


def _insert(connection: sqlite3.Connection, hook: Hook) -> Hook:
    cursor = connection.execute(
        "INSERT INTO hooks (repository, url, secret, events, active, content_type, key, created_at, updated_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        (
            hook.repository,
            hook.url,
            hook.secret,
            json.dumps(hook.events),
            hook.active,
            hook.content_type,
            hook.key,
            now(),
        ),
    )
    return _read(connection, cursor.lastrowid)


def _update(connection: sqlite3.Connection, hook: Hook) -> Hook:
    connection.execute(
        "UPDATE hooks SET url = ?, secret = ?, events = ?, active = ?, content_type = ?, key = ?, updated_at = ? "
        "WHERE id = ?",
        (
            hook.url,
            hook.secret,
            json.dumps(hook.events),
            hook.active,
            hook.content_type,
            hook.key,
            now(),
            hook.id,
        ),
    )
    return _read(connection, hook.id)


def _read(connection: sqlite3.Connection, hook_id: int | None) -> Hook:
    return hook_outbox.hook_from_row(connection.execute("SELECT * FROM hooks WHERE id = ?", (hook_id,)).fetchone())
