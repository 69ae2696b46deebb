"""Who makes a request: a person or bot by its token, an installation of a GitHub App, or the App itself.

Place in the flow: the application asks before any route runs. Cost: a token is looked up in two tables.
"""

from dataclasses import dataclass

from local.github.apps import App, Installation
from local.github.errors import Forbidden, NotFound, Unauthorized
from local.github.records import Account
from local.github.store import GitHubStore


@dataclass(frozen=True, slots=True)
class Caller:
    """The account that acts; `installation` where the token is an installation's, `app` where a JWT was shown."""

    account: Account
    installation: Installation | None = None
    app: App | None = None

    def require_reach(self, repo: str) -> None:
        """Raises NotFound for a repository of an owner who has not installed the App."""
        if self.installation is not None and not self.installation.reaches(repo):
            raise NotFound

    def require_person(self) -> None:
        """Raises Forbidden for an installation: it has no user of its own."""
        if self.installation is not None:
            raise Forbidden("Resource not accessible by integration")


def caller_of(store: GitHubStore, authorization: str) -> Caller:
    """Raises Unauthorized without a known token in the header's text."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() in ("token", "bearer") and token:
        account = store.account_of_token(token)
        if account is not None:
            return Caller(account)
        installed = store.apps.of_token(token)
        if installed is not None:
            return Caller(installed[0], installation=installed[1])
        if token.count(".") == 2:
            app = store.apps.of_jwt(token)
            return Caller(Account(app.login, kind="Bot", permission="none"), app=app)
    raise Unauthorized("Bad credentials")
