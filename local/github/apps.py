"""GitHub Apps: who they are by their JSON web tokens, where they are installed, tokens of installations.

Place in the flow: a test registers an App with its public key (`GitHubStore.apps.save`); production code then signs in
as on GitHub. An installation's tokens act as "<slug>[bot]" in the repositories of its owner. Cost: PyJWT and
cryptography are imported at the first App's request.

Source: GitHub documentation, generating a JSON Web Token for a GitHub App.
"""

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.github import accounts
from local.github.database import Database, now
from local.github.errors import NotFound, Unauthorized
from local.github.records import Account

TOKEN_LIFE = timedelta(hours=1)
MAX_JWT_LIFE = timedelta(minutes=10)
_CLOCK_SKEW = timedelta(minutes=1)

SCHEMA = """
CREATE TABLE IF NOT EXISTS apps (
    id INTEGER PRIMARY KEY AUTOINCREMENT, slug TEXT NOT NULL UNIQUE, public_key TEXT NOT NULL,
    created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS installations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, app INTEGER NOT NULL REFERENCES apps,
    owner TEXT NOT NULL COLLATE NOCASE, created_at TEXT NOT NULL, UNIQUE (app, owner));
CREATE TABLE IF NOT EXISTS installation_tokens (
    token TEXT PRIMARY KEY, installation INTEGER NOT NULL REFERENCES installations, expires_at TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class App:
    """A GitHub App."""

    id: int
    slug: str
    created_at: str

    @property
    def login(self) -> str:
        return f"{self.slug}[bot]"


@dataclass(frozen=True, slots=True)
class Installation:
    """An App in all repositories of an owner."""

    id: int
    app: App
    owner: str
    created_at: str

    def reaches(self, repo: str) -> bool:
        return repo.partition("/")[0].lower() == self.owner.lower()


@dataclass(frozen=True, slots=True)
class InstallationToken:
    """A token and when it ends."""

    token: str
    expires_at: str


class Apps:
    """The GitHub Apps in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, slug: str, *, public_key: str, owners: Sequence[str]) -> App:
        """Register the App, or give it this key, and install it for these owners; its bot may write.

        Args:
            public_key: PEM, of the RSA key that signs the App's JSON web tokens.
        """
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO apps (slug, public_key, created_at) VALUES (?, ?, ?) "
                "ON CONFLICT (slug) DO UPDATE SET public_key = excluded.public_key",
                (slug, public_key, now()),
            )
            app = _app(connection.execute("SELECT * FROM apps WHERE slug = ?", (slug,)).fetchone())
            for owner in owners:
                connection.execute(
                    "INSERT INTO installations (app, owner, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (app.id, owner, now()),
                )
            try:
                accounts.by_login(connection, app.login)
            except NotFound:
                accounts.save(connection, Account(app.login, kind="Bot", permission="write"))
            return app

    def of_jwt(self, token: str) -> App:
        """The App that signed a JSON web token. Raises Unauthorized."""
        import jwt

        try:
            claims = jwt.decode(token, options={"verify_signature": False})
            issuer = str(claims.get("iss", ""))
            with self._database.read() as connection:
                row = connection.execute("SELECT * FROM apps WHERE CAST(id AS TEXT) = ?", (issuer,)).fetchone()
            if row is None:
                raise Unauthorized("Integration not found")
            claims = jwt.decode(
                token,
                row["public_key"],
                algorithms=["RS256"],
                options={"require": ["iat", "exp"], "verify_iss": False, "verify_aud": False},
                leeway=_CLOCK_SKEW,
            )
        except jwt.InvalidTokenError:
            raise Unauthorized("A JSON web token could not be decoded") from None
        if claims["exp"] > (datetime.now(UTC) + MAX_JWT_LIFE + _CLOCK_SKEW).timestamp():
            raise Unauthorized("'Expiration time' claim ('exp') is too far in the future")
        return _app(row)

    def installations(self, app: App) -> list[Installation]:
        with self._database.read() as connection:
            found = connection.execute("SELECT * FROM installations WHERE app = ? ORDER BY id", (app.id,))
            return [_installation(row, app) for row in found]

    def installation(self, app: App, installation_id: int) -> Installation:
        """Raises NotFound."""
        for each in self.installations(app):
            if each.id == installation_id:
                return each
        raise NotFound

    def installation_of(self, app: App, repo: str) -> Installation:
        """Where the App is installed for a repository. Raises NotFound."""
        for each in self.installations(app):
            if each.reaches(repo):
                return each
        raise NotFound

    def new_token(self, installation: Installation) -> InstallationToken:
        """A token that acts as the App's bot for an hour."""
        token = f"ghs_{secrets.token_urlsafe(27)}"
        expires = (datetime.now(UTC) + TOKEN_LIFE).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._database.write() as connection:
            connection.execute("DELETE FROM installation_tokens WHERE expires_at <= ?", (now(),))
            connection.execute("INSERT INTO installation_tokens VALUES (?, ?, ?)", (token, installation.id, expires))
        return InstallationToken(token, expires)

    def of_token(self, token: str) -> tuple[Account, Installation] | None:
        """The bot and the installation a token acts for; None for an unknown or expired one."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT installations.* FROM installation_tokens JOIN installations ON installations.id = installation "
                "WHERE token = ? AND expires_at > ?",
                (token, now()),
            ).fetchone()
            if row is None:
                return None
            app = _app(connection.execute("SELECT * FROM apps WHERE id = ?", (row["app"],)).fetchone())
            return accounts.by_login(connection, app.login), _installation(row, app)

    def expire_tokens(self) -> None:
        """For tests: let an hour have passed for every token."""
        with self._database.write() as connection:
            connection.execute("UPDATE installation_tokens SET expires_at = ?", (now(),))


def _app(row: sqlite3.Row) -> App:
    return App(row["id"], row["slug"], row["created_at"])


def _installation(row: sqlite3.Row, app: App) -> Installation:
    return Installation(row["id"], app, row["owner"], row["created_at"])
