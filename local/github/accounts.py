"""Logins, their tokens and their permission. Cost: one permission per login, the same in every repository."""

import secrets
import sqlite3
from typing import cast

from local.github.errors import Forbidden, NotFound
from local.github.records import Account, Kind, Permission

_RANK: dict[Permission, int] = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}


def from_row(row: sqlite3.Row) -> Account:
    return Account(
        login=row["login"],
        kind=cast(Kind, row["kind"]),
        permission=cast(Permission, row["permission"]),
        token=row["token"],
        id=row["id"],
    )


def save(connection: sqlite3.Connection, account: Account) -> Account:
    """Creates or updates the login. A token once made up is kept until another is named."""
    row = connection.execute("SELECT token FROM accounts WHERE login = ?", (account.login,)).fetchone()
    token = account.token or (row["token"] if row else None) or f"local_{secrets.token_hex(20)}"
    connection.execute(
        "INSERT INTO accounts (login, kind, permission, token) VALUES (?, ?, ?, ?) ON CONFLICT (login) "
        "DO UPDATE SET kind = excluded.kind, permission = excluded.permission, token = excluded.token",
        (account.login, account.kind, account.permission, token),
    )
    return by_login(connection, account.login)


def everybody(connection: sqlite3.Connection) -> list[Account]:
    """All accounts, by login."""
    return [from_row(row) for row in connection.execute("SELECT * FROM accounts ORDER BY login").fetchall()]


def by_login(connection: sqlite3.Connection, login: str) -> Account:
    """Raises NotFound."""
    row = connection.execute("SELECT * FROM accounts WHERE login = ?", (login,)).fetchone()
    if row is None:
        raise NotFound(f"{login} is not a user")
    return from_row(row)


def by_id(connection: sqlite3.Connection, account_id: int) -> Account:
    return from_row(connection.execute("SELECT * FROM accounts WHERE id = ?", (account_id,)).fetchone())


def by_token(connection: sqlite3.Connection, token: str) -> Account | None:
    row = connection.execute("SELECT * FROM accounts WHERE token = ?", (token,)).fetchone()
    return None if row is None else from_row(row)


def author(connection: sqlite3.Connection, login: str) -> Account:
    """The account with this login; an unheard-of one becomes a user who may only read."""
    try:
        return by_login(connection, login)
    except NotFound:
        return save(connection, Account(login))


def may(account: Account, least: Permission) -> bool:
    """The account has this permission, or a higher one."""
    return _RANK[account.permission] >= _RANK[least]


def require_write(account: Account) -> None:
    """Raises Forbidden unless the account may push."""
    if not may(account, "write"):
        raise Forbidden("Resource not accessible: write permission is required")


def require_triage(account: Account) -> None:
    """Raises Forbidden unless the account may label, close and reopen issues of others."""
    if not may(account, "triage"):
        raise Forbidden("Resource not accessible: triage permission is required")


def require_admin(account: Account) -> None:
    """Raises NotFound, as GitHub hides settings from whoever may not see them; a bot is told that it may not."""
    if may(account, "admin"):
        return
    if account.kind == "Bot":
        raise Forbidden("Resource not accessible by integration")
    raise NotFound
