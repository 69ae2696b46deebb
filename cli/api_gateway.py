"""A request over plain HTTP as the event that API Gateway's HTTP API hands to a Lambda function, and the answer back.

Place in the flow: `issueops serve` stands where API Gateway stands on AWS. One cost: the body always travels as base64,
so that its bytes stay exactly what was signed.

Source: Amazon API Gateway Developer Guide, payload format 2.0.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


def http_event(
    headers: Mapping[str, str], body: bytes, *, method: str = "POST", path: str = "/webhook"
) -> dict[str, Any]:
    """The event of a request."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": lowered,
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": lowered.get("user-agent", ""),
            },
            "requestId": lowered.get("x-github-delivery", ""),
            "stage": "$default",
            "timeEpoch": int(time.time() * 1000),
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def http_answer(result: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a function's result."""
    body = str(result.get("body", ""))
    data = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
    headers = {str(name): str(value) for name, value in (result.get("headers") or {}).items()}
    return int(result.get("statusCode", HTTPStatus.OK)), headers, data
