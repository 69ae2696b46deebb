"""AWS sessions that look for credentials when a request is signed, not when a client is made.

Place in the flow: the SageMaker SDK makes clients while it is imported and while a pipeline is built; where the
environment holds no credentials, each would ask the instance metadata service. Building sends nothing, so it need not
ask. One cost: missing credentials show at the first request instead of at the first client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session


class DeferredCredentials:
    """Stands for a session's credentials; looks for them when they are first read.

    botocore reads credentials through these two methods and three attributes; `method` tells it where they come from.
    """

    method = "deferred"

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find
        self._found: Any = None

    def get_frozen_credentials(self) -> Any:
        """Keys to sign one request with, or None where there are no credentials: botocore then says so."""
        found = self._credentials()
        return found.get_frozen_credentials() if found else None

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """A function that reads one property when an endpoint needs it."""
        return lambda: getattr(self._credentials(), name, None)

    @property
    def access_key(self) -> Any:
        """The access key."""
        return getattr(self._credentials(), "access_key", None)

    @property
    def secret_key(self) -> Any:
        """The secret key."""
        return getattr(self._credentials(), "secret_key", None)

    @property
    def token(self) -> Any:
        """The session token."""
        return getattr(self._credentials(), "token", None)

    def _credentials(self) -> Any:
        if self._found is None:
            self._found = self._find()
        return self._found


class _DeferringProvider:
    """What a botocore session asks for credentials."""

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find

    def load_credentials(self) -> DeferredCredentials:
        return DeferredCredentials(self._find)


def deferred_session(region: str | None = None) -> Any:
    """A boto3 session with the environment's own credentials, found when they are first needed."""
    core = botocore.session.get_session()
    find = core.get_component("credential_provider").load_credentials
    core.register_component("credential_provider", _DeferringProvider(find))
    return boto3.Session(region_name=region, botocore_session=core)


@contextmanager
def deferred_default_session(region: str | None = None) -> Iterator[None]:
    """Let `boto3.client(…)` in here use such a session; afterwards boto3's default is what it was."""
    before = boto3.DEFAULT_SESSION
    boto3.DEFAULT_SESSION = deferred_session(region)
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = before
