"""Is a delivery GitHub's? X-Hub-Signature-256 over the raw bytes, with the secret from Secrets Manager.

Place in the flow: before anything in the body is looked at, and before anything remembers the delivery. The secret is
kept for the life of the process and asked for again when it is old, or when a signature fails and the answer is older
than a minute: a rotated secret works at once, and forgeries do not become requests to Secrets Manager. One cost: what a
rotation took away is still accepted by an idle process for KEEP_SECONDS at most.

Source: GitHub documentation, validating webhook deliveries.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from contracts.errors import ConfigError

KEEP_SECONDS = 900.0
RETRY_SECONDS = 60.0
MAX_SECRETS = 5
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")


def looks_signed(signature: str) -> bool:
    """Whether it can be a signature at all, so that the secret is worth asking for."""
    return _SIGNATURE.fullmatch(signature) is not None


def signed_by(raw: bytes, signature: str, secrets: Iterable[bytes]) -> bool:
    """Whether one of the secrets made the signature, in time that depends on neither."""
    given = signature.encode("utf-8", "replace")
    found = False
    for secret in secrets:
        expected = "sha256=" + hmac.new(secret, raw, hashlib.sha256).hexdigest()
        found |= hmac.compare_digest(expected.encode(), given)
    return found


def read_secrets(text: str) -> tuple[bytes, ...]:
    """Plain text, `{"secret": …}` or, while GitHub is being told a new one, `{"secrets": [new, old]}`.

    Raises:
        ConfigError: there is none, or an empty one, with which anybody could sign.
    """
    plain = text.strip()
    try:
        value = json.loads(plain) if plain.startswith("{") else {"secret": plain}
    except (ValueError, RecursionError):
        raise ConfigError("the webhook's secret begins with a brace and is not JSON.") from None
    found = value.get("secrets", [value.get("secret")])
    usable = isinstance(found, list) and all(isinstance(secret, str) and secret.strip() for secret in found)
    if not usable or not 1 <= len(found) <= MAX_SECRETS:
        raise ConfigError(
            'the webhook\'s secret must be text, {"secret": "…"} or {"secrets": ["…", "…"]} '
            f"with up to {MAX_SECRETS} that are not empty."
        )
    return tuple(secret.encode() for secret in found)


@dataclass(slots=True)
class KnownSecrets:
    """The secrets of one id, as far as this process knows them."""

    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    read_at: float = 0.0
    asked_at: float = 0.0

    def verify(self, raw: bytes, signature: str, *, ask: Callable[[], str], now: float) -> bool:
        """Whether the bytes are signed by a secret that is still valid.

        Args:
            ask: gives the secret's text; whatever it raises goes through.
            now: seconds of a clock that does not stand still while the process does.

        Raises:
            ConfigError: the secret is unusable.
        """
        if not self.secrets or now - self.read_at >= KEEP_SECONDS:
            self._refresh(ask, now)
        if signed_by(raw, signature, self.secrets):
            return True
        if now - self.asked_at < RETRY_SECONDS:
            return False
        self._refresh(ask, now)
        return signed_by(raw, signature, self.secrets)

    def _refresh(self, ask: Callable[[], str], now: float) -> None:
        self.asked_at = now
        self.secrets = read_secrets(ask())
        self.read_at = now
