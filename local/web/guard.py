"""What may reach the pages: requests from this machine's own pages, and signed deliveries at one path.

Place in the flow: `WebApp` asks before anything is routed. A browser on this machine is everybody's messenger, so the
Host must be ours (DNS rebinding), what another site makes it fetch is refused, and whoever changes something must come
from these very pages. One cost: behind a proxy that renames the host, that name must be allowed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

WEBHOOK_PATH = "/webhook"
# A page may hold an issue's 65,536 characters, each quoted in a form as up to twelve.
MAX_FORM_BYTES = 1 << 20
# GitHub's own limit for a delivery.
MAX_DELIVERY_BYTES = 25 << 20
READING = ("GET", "HEAD")
LOOPBACK = frozenset({"localhost", "127.0.0.1"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it a browser sends `Origin: null` with our own forms, and nothing could be checked.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_HOST = re.compile(r"([A-Za-z0-9.-]{1,253})(?::\d{1,5})?", re.ASCII)


class Verdict(Enum):
    """What becomes of a request; a refusal's value is the key of its text."""

    SERVE = "serve"
    RELOAD = "reload"  # a link on another site led here: load once more, as our own page, with our cookies
    FOREIGN_HOST = "foreign_host"
    OTHER_SITE = "other_site"


def judge(request: Request, hosts: Collection[str] = LOOPBACK) -> Verdict:
    """Whether a request may be served."""
    if request.path == WEBHOOK_PATH and request.method == "POST":
        return Verdict.SERVE  # its signature protects it; the tunnel's Host is foreign
    host = _HOST.fullmatch(request.headers.get("Host", ""))
    if host is None or host.group(1).lower() not in hosts:
        return Verdict.FOREIGN_HOST
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method in READING:
        if site in ("same-origin", "none"):
            return Verdict.SERVE
        followed = request.headers.get("Sec-Fetch-Mode") == "navigate" and _is_page(request)
        return Verdict.RELOAD if followed else Verdict.OTHER_SITE
    origin = request.headers.get("Origin")
    if site != "same-origin" or (origin is not None and not _same_origin(origin, request)):
        return Verdict.OTHER_SITE
    return Verdict.SERVE


def secure(headers: Headers) -> None:
    """Add what every answer carries."""
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", "private, no-cache")


def _is_page(request: Request) -> bool:
    return request.headers.get("Sec-Fetch-Dest", "document") == "document"


def _same_origin(origin: str, request: Request) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == request.headers["Host"].lower()
