"""Posting JSON to an address of the deployment: TLS verified, no redirects, bounded in time and size.

Place in the flow: the Slack channels, and custom channels that like it. Addresses come from settings and secrets, never
from an issue. An address may itself be the secret (webhooks), so no error names it. One cost: the bundle of
certificates is the system's; one of one's own needs SSL_CERT_FILE.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError

from lambdas.channels.failures import ChannelError

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
MAX_ANSWER = 64 * 1024
_CODE = re.compile(r"[a-z_]{1,60}\Z")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


def is_safe_address(url: str) -> bool:
    """https, or http on this machine; without a user's name or blanks."""
    if re.search(r"[\s@\\\x00-\x1f\x7f]", url):
        return False
    try:
        parsed = urllib3.util.parse_url(url)
    except LocationParseError:
        return False
    loopback = parsed.host in ("localhost", "127.0.0.1", "[::1]")
    return bool(parsed.host) and (parsed.scheme == "https" or (parsed.scheme == "http" and loopback))


def post_json(url: str, payload: object, *, what: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Post, and return the answer, of whatever status, where there is one.

    Args:
        what: the receiver's name in errors.

    Raises:
        ChannelError: the address is not safe, or no whole answer came in time.
    """
    if not is_safe_address(url):
        raise ChannelError(f"{what} must have an https address.")
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    body = json.dumps(payload, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "sagemaker-issueops", **(headers or {})}
    with urllib3.PoolManager(num_pools=1, retries=False, timeout=timeout, cert_reqs="CERT_REQUIRED") as pool:
        try:
            response = pool.request("POST", url, body=body, headers=sent, redirect=False, preload_content=False)
            with response:
                text = _read(response, what)
        except HTTPError as error:
            # Its message and its traceback hold the address.
            raise ChannelError(f"{what} cannot be reached: {type(error).__name__}.", retry_after=1.0) from None
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, text)


def refusal(answer: Answer, what: str) -> ChannelError | None:
    """What an HTTP status other than 2xx means: later (429, 5xx), or not at all."""
    if 200 <= answer.status < 300:
        return None
    code = answer.text.strip()
    detail = f" {code}" if _CODE.match(code) else ""
    retry_after: float | None = None
    if answer.status == 429:
        asked = answer.headers.get("retry-after", "").strip()
        retry_after = float(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else 1.0
    elif answer.status >= 500:
        retry_after = 1.0
    return ChannelError(f"{what} answered {answer.status}{detail}.", retry_after=retry_after)


def _read(response: urllib3.BaseHTTPResponse, what: str) -> str:
    until = time.monotonic() + READ_SECONDS
    data = b""
    for chunk in response.stream(8192):
        data += chunk
        if len(data) > MAX_ANSWER or time.monotonic() > until:
            raise ChannelError(f"{what} answered too much or too slowly.")
    return data.decode("utf-8", "replace")
