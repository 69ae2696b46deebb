"""Connections that outlive an invocation: one client per process, endpoint and secret.

Place in the flow: handlers call `connect(settings)`. One cost: a secret that was replaced is read again only after
GitHub refused the old one.
"""

from __future__ import annotations

import os

from lambdas import aws
from lambdas.github.accounts import read_credentials
from lambdas.github.client import GitHub
from lambdas.settings import Settings

_connections: dict[tuple[str, ...], GitHub] = {}


def connect(settings: Settings) -> GitHub:
    """The client of this deployment.

    Raises:
        ConfigError: the secret holds no credentials.
    """
    secret_id = settings.github_token_secret
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    key = (settings.github_api_url, secret_id, settings.bot_login, endpoint)
    if key not in _connections:
        secret = str(aws.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"])
        _connections[key] = GitHub(
            settings.github_api_url,
            read_credentials(secret, secret_id),
            bot_login=settings.bot_login,
            on_refused=close_connections,
        )
    return _connections[key]


def close_connections() -> None:
    """Close every client; the next `connect` asks for the secret again, for example after it was replaced."""
    while _connections:
        _connections.popitem()[1].close()
