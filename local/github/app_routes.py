"""Routes of GitHub Apps. All of them ask for the App's JSON web token; cost: permissions are a fixed set."""

from local.github import payloads
from local.github.addresses import Addresses
from local.github.apps import App, Installation
from local.github.errors import Unauthorized
from local.github.exchange import Answer, Exchange
from local.github.payloads import Json
from local.github.records import Account

_PERMISSIONS = {"contents": "write", "issues": "write", "metadata": "read"}
_EVENTS = ["issues", "issue_comment"]


def get_app(at: Exchange) -> Answer:
    app = signed_in(at)
    return Answer(
        200,
        {
            "id": app.id,
            "slug": app.slug,
            "node_id": f"A_{app.id}",
            "client_id": f"Iv1.{app.id}",
            "name": app.slug,
            "owner": payloads.user(at.to, Account(app.slug)),
            "description": None,
            "external_url": at.to.html,
            "html_url": f"{at.to.html}/apps/{app.slug}",
            "created_at": app.created_at,
            "updated_at": app.created_at,
            "permissions": _PERMISSIONS,
            "events": _EVENTS,
            "installations_count": len(at.store.apps.installations(app)),
        },
    )


def list_installations(at: Exchange) -> Answer:
    return at.page(at.store.apps.installations(signed_in(at)), lambda each: _installation(at.to, each))


def get_installation(at: Exchange, installation_id: int) -> Answer:
    return Answer(200, _installation(at.to, at.store.apps.installation(signed_in(at), installation_id)))


def get_repository_installation(at: Exchange, repo: str) -> Answer:
    app = signed_in(at)
    at.store.repository(repo)
    return Answer(200, _installation(at.to, at.store.apps.installation_of(app, repo)))


def create_token(at: Exchange, installation_id: int) -> Answer:
    installation = at.store.apps.installation(signed_in(at), installation_id)
    token = at.store.apps.new_token(installation)
    return Answer(
        201,
        {
            "token": token.token,
            "expires_at": token.expires_at,
            "permissions": _PERMISSIONS,
            "repository_selection": "all",
        },
    )


def signed_in(at: Exchange) -> App:
    """The App that asks. Raises Unauthorized for anybody else."""
    if at.caller.app is None:
        raise Unauthorized("A JSON web token could not be decoded")
    return at.caller.app


def _installation(to: Addresses, installation: Installation) -> Json:
    url = f"{to.api}/app/installations/{installation.id}"
    return {
        "id": installation.id,
        "app_id": installation.app.id,
        "app_slug": installation.app.slug,
        "account": payloads.user(to, Account(installation.owner)),
        "target_id": 0,
        "target_type": "Organization",
        "repository_selection": "all",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{to.api}/installation/repositories",
        "html_url": f"{to.html}/settings/installations/{installation.id}",
        "permissions": _PERMISSIONS,
        "events": _EVENTS,
        "created_at": installation.created_at,
        "updated_at": installation.created_at,
        "single_file_name": None,
        "suspended_at": None,
        "suspended_by": None,
    }
