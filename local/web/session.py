"""Who sits at the browser: a secret cookie that forms are bound to, and the account they act as.

Place in the flow: every page opens the session, every form is checked against it. A form's token is a MAC over the
cookie under a key of this server, so neither a page of another site nor another program on this machine, which could
set cookies for localhost, can make one. One cost: the person may act as any account; the stand-in is a rehearsal.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

from werkzeug.wrappers import Request, Response

from local.github.errors import NotFound
from local.github.records import Account
from local.web.ports import GitHub

COOKIE, ACTING_COOKIE = "issueops_session", "issueops_account"
TOKEN_FIELD = "form_token"  # noqa: S105 - a name
_VALUE = re.compile(r"[0-9a-f]{64}")
_YEAR = 365 * 24 * 3600
_RANK = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's.

    Attributes:
        account: whom it acts as.
        token: what its forms must carry.
    """

    value: str
    is_new: bool
    account: Account
    token: str

    def owns(self, given: str) -> bool:
        """Whether a form came from a page that this session was shown."""
        return not self.is_new and hmac.compare_digest(given.encode(), self.token.encode())

    @property
    def may_write(self) -> bool:
        """Whether the account may change what others wrote, and decide about models."""
        return permits(self.account, "write")

    def keep(self, response: Response) -> None:
        """Give a new browser its cookie."""
        if self.is_new:
            response.set_cookie(COOKIE, self.value, max_age=_YEAR, httponly=True, samesite="Strict")


def open_session(request: Request, key: bytes, github: GitHub) -> Session:
    """The session of a request, begun where it has none."""
    known = request.cookies.get(COOKIE, "")
    is_new = _VALUE.fullmatch(known) is None
    value = secrets.token_hex(32) if is_new else known
    token = hmac.new(key, value.encode(), sha256).hexdigest()
    return Session(value, is_new, _account(request.cookies.get(ACTING_COOKIE, ""), github), token)


def act_as(response: Response, login: str) -> None:
    """Remember the account for this browser."""
    response.set_cookie(ACTING_COOKIE, login, max_age=_YEAR, httponly=True, samesite="Strict")


def people(github: GitHub) -> list[Account]:
    """Whom a person may act as, the mightiest first; bots act for themselves."""
    users = [account for account in github.accounts() if account.kind == "User"]
    return sorted(users, key=lambda account: (-_RANK.index(account.permission), account.login.lower()))


def permits(account: Account, needed: str) -> bool:
    """Whether the account's permission is at least the needed one."""
    return _RANK.index(account.permission) >= _RANK.index(needed)


def _account(login: str, github: GitHub) -> Account:
    try:
        account = github.account(login) if login else None
    except NotFound:
        account = None
    if account is not None and account.kind == "User":
        return account
    known = people(github)
    return known[0] if known else Account("nobody", permission="none")
