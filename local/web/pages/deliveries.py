"""`POST /webhook`: GitHub's signed deliveries, on their way to the function that receives them on AWS, too.

Place in the flow: a tunnel or the stand-in posts here; the function verifies the signature over the raw body. No
session, no Host check: the signature is the only ticket. One cost: the body is held in memory, up to GitHub's own
limit.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from local.web.ports import Ports

logger = logging.getLogger(__name__)


def deliver(request: Request, ports: Ports) -> Response:
    """What the receiving function answers."""
    if ports.deliver_webhook is None:
        return _plain(HTTPStatus.NOT_FOUND, "No webhook is received here.")
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A delivery may have 25 MB at most.")
    except HTTPException:
        return _plain(HTTPStatus.BAD_REQUEST, "The body could not be read.")
    try:
        status, headers, answer = ports.deliver_webhook(dict(request.headers), body)
    except Exception:
        logger.exception("a delivery broke its function")
        return _plain(HTTPStatus.BAD_GATEWAY, "The delivery could not be handled; send it again.")
    response = Response(answer, status=status)
    response.content_type = "text/plain; charset=utf-8"
    for name, value in headers.items():
        if name.lower() in ("content-type", "retry-after"):
            response.headers[name] = value
    return response


def _plain(status: HTTPStatus, message: str) -> Response:
    return Response(f"{message}\n", status, content_type="text/plain; charset=utf-8")
