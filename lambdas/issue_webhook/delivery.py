"""A delivery as it came in: headers, and the raw bytes that the signature is about. Nothing of the body is read here.

Place in the flow: first thing the handler does. Takes the events of API Gateway's HTTP API (payload 2.0); REST API
events pass, too. One cost: the body is bounded before it is verified, so a delivery beyond the bound is lost.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.errors import IssueOpsError

# A comment, its issue and the text before an edit, each of GitHub's 65,536 characters of four bytes, fit twice; form
# encoding triples them. GitHub itself sends up to 25 MB, but not for these events.
MAX_BODY_BYTES = 2 * 1024 * 1024
_MAX_BASE64_CHARACTERS = (MAX_BODY_BYTES + 2) // 3 * 4


class Refused(IssueOpsError):
    """A delivery that is not taken: the HTTP status, and a reason that quotes nothing of it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came in, of any shape."""

    method: str
    headers: Mapping[str, str] = field(repr=False)
    body: object = field(repr=False)
    is_base64: bool

    @property
    def event(self) -> str:
        """GitHub's name of the event, or nothing."""
        return self.headers.get("x-github-event", "")

    @property
    def log_names(self) -> dict[str, str]:
        """Delivery id and event as they may be logged: nobody has vouched for these headers."""
        delivery = self.headers.get("x-github-delivery", "")
        return {
            "delivery": delivery if re.fullmatch(r"[A-Za-z0-9-]{1,64}", delivery) else "?",
            "event": self.event if re.fullmatch(r"[a-z_]{1,64}", self.event) else "?",
        }


def read_delivery(event: Mapping[str, object]) -> Delivery:
    """Never raises: what has a wrong type counts as absent."""
    context = event.get("requestContext")
    http = context.get("http") if isinstance(context, Mapping) else None
    method = http.get("method") if isinstance(http, Mapping) else event.get("httpMethod")
    headers = event.get("headers")
    pairs = headers.items() if isinstance(headers, Mapping) else ()
    return Delivery(
        method=method if isinstance(method, str) else "",
        headers={str(name).lower(): value for name, value in pairs if isinstance(value, str)},
        body=event.get("body") or "",
        is_base64=event.get("isBase64Encoded") is True,
    )


def raw_body(delivery: Delivery) -> bytes:
    """The bytes that GitHub sent and signed.

    Raises:
        Refused: they are too many, or the gateway's wrapping is broken.
    """
    body = delivery.body
    if not isinstance(body, str):
        raise Refused(400, "the body must be text")
    if len(body) > (_MAX_BASE64_CHARACTERS if delivery.is_base64 else MAX_BODY_BYTES):
        raise Refused(413, "the body is too large")
    try:
        raw = base64.b64decode(body, validate=True) if delivery.is_base64 else body.encode()
    except (binascii.Error, ValueError) as error:  # UnicodeEncodeError, a ValueError, would quote the body
        reason = "the body is not base64" if delivery.is_base64 else "the body is not UTF-8"
        raise Refused(400, reason) from error
    if len(raw) > MAX_BODY_BYTES:
        raise Refused(413, "the body is too large")
    return raw
