"""Who we are at GitHub: a token's account, or a GitHub App with one installation for each owner.

Place in the flow: `connect` makes one account of the secret; the client asks it for an API of a repository. Tokens of
installations last an hour and are renewed by PyGithub. One cost: an App asks once for the installation of each owner.

Source: GitHub documentation, authenticating as a GitHub App installation.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import Any, Self, cast

from github import Auth, Github, GithubException, GithubIntegration, GithubRetry, RateLimitExceededException

from contracts.errors import ConfigError

logger = logging.getLogger(__name__)

ATTEMPTS = 4
BACKOFF_SECONDS = 0.5
# A function that waits holds its message and is paid for. Longer waits are the queue's: the message comes again.
MAX_RATE_LIMIT_WAIT = 10
TIMEOUT_SECONDS = 15
# Posting is not idempotent: the transport leaves it alone, `GitHub.upsert_comment` looks before it tries again.
_RETRIED_METHODS = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token, or the identity of an App; neither is ever shown."""

    token: str = field(default="", repr=False)
    app_id: str = ""
    private_key: str = field(default="", repr=False)


def read_credentials(secret: str, secret_id: str) -> Credentials:
    """The secret's text: a token, `{"token": …}` or `{"app_id": …, "private_key": …}`.

    Raises:
        ConfigError: it is none of these.
    """
    text = secret.strip()
    if not text.startswith("{"):
        if not text:
            raise ConfigError(f"the secret '{secret_id}' holds no GitHub token.")
        return Credentials(token=text)
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"the secret '{secret_id}' begins with a brace and is not JSON.") from error
    token, app_id, key = (str(values.get(name) or "") for name in ("token", "app_id", "private_key"))
    if token:
        return Credentials(token=token)
    if app_id and key:
        return Credentials(app_id=app_id, private_key=key)
    raise ConfigError(f"the secret '{secret_id}' holds no GitHub token, and no app_id with its private_key.")


class _ShortWait(GithubRetry):
    """PyGithub bounds the waits that it works out itself, not the one that GitHub names in Retry-After."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Self:
        wait = None if response is None else self.get_retry_after(response)
        if wait is not None and wait > MAX_RATE_LIMIT_WAIT:
            response.drain_conn()
            detail = {"message": f"come again in {wait:.0f} s"}
            raise RateLimitExceededException(response.status, detail, dict(response.headers))
        return cast("Self", super().increment(method, url, response, error, _pool, _stacktrace))


class Account:
    """Gives the API of a repository, and our login.

    Args:
        bot_login: our login where the deployment names it.
    """

    def __init__(self, api_url: str, credentials: Credentials, *, bot_login: str = "") -> None:
        self._options: dict[str, Any] = {
            "base_url": api_url,
            "timeout": TIMEOUT_SECONDS,
            "per_page": 100,
            "seconds_between_requests": 0,
            "seconds_between_writes": 0,
            "retry": _ShortWait(
                total=ATTEMPTS - 1,
                backoff_factor=BACKOFF_SECONDS,
                max_rate_limit_wait=MAX_RATE_LIMIT_WAIT,
                allowed_methods=_RETRIED_METHODS,
            ),
        }
        self._credentials = credentials
        self._login: str | None = bot_login or None
        self._apis: dict[str, Github] = {}
        self._integration: GithubIntegration | None = None

    def api(self, repository: str) -> Github:
        """The API as seen by us in this repository."""
        owner = repository.partition("/")[0].lower() if self._credentials.app_id else ""
        if owner not in self._apis:
            self._apis[owner] = Github(auth=self._auth(repository), lazy=True, **self._options)
        return self._apis[owner]

    def login(self) -> str:
        """Our login, or nothing for a token that may not ask who it is: any bot counts as us then."""
        if self._login is None:
            if self._credentials.app_id:
                self._login = f"{self._app().get_app().slug}[bot]"
            else:
                try:
                    self._login = self.api("").get_user().login
                except GithubException as error:
                    if error.status != 403:
                        raise
                    self._login = ""
        return self._login

    def close(self) -> None:
        """Give the sockets back."""
        for api in self._apis.values():
            api.close()
        self._apis.clear()
        if self._integration is not None:
            self._integration.close()
            self._integration = None

    def _auth(self, repository: str) -> Auth.Auth:
        if not self._credentials.app_id:
            return Auth.Token(self._credentials.token)
        owner, _, name = repository.partition("/")
        installation = self._app().get_repo_installation(owner, name)
        return Auth.AppAuth(self._credentials.app_id, self._credentials.private_key).get_installation_auth(
            installation.id
        )

    def _app(self) -> GithubIntegration:
        if self._integration is None:
            auth = Auth.AppAuth(self._credentials.app_id, self._credentials.private_key)
            self._integration = GithubIntegration(auth=auth, **self._options)
        return self._integration
