"""Takes a webhook delivery from API Gateway, and answers within GitHub's ten seconds whatever happens behind the queue.

Place in the flow: method, size, signature; only then event, content type, JSON, fields, and a request on a queue.
The answer says what became of it: 202 queued or ignored (with the reason), 200 pong, 4xx refused, 503 where a queue or
the secret cannot be reached, so that GitHub shows the delivery as failed and it can be sent again. The same body within
five minutes is dropped by the queue; later its consumers find nothing left to do. Each delivery is one JSON line in the
log, without its content. One cost: the first delivery of a process waits for boto3's import and the secret.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from contracts.errors import ConfigError
from lambdas import aws
from lambdas.edge import logged
from lambdas.issue_webhook.decision import EVENTS, PING, Outcome, decide
from lambdas.issue_webhook.delivery import Delivery, Refused, raw_body, read_delivery
from lambdas.issue_webhook.payload import read_payload
from lambdas.issue_webhook.settings import WebhookSettings, load_settings
from lambdas.issue_webhook.signature import KnownSecrets, looks_signed
from lambdas.requests import CommentRequest, IssueRequest, send

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")
_known: dict[tuple[str, str], KnownSecrets] = {}


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """API Gateway's answer; the body is {"status": "queued" | "ignored" | "pong" | "refused", "reason"?}.

    Raises:
        ConfigError: the environment is incomplete.
    """
    settings = load_settings()
    delivery = read_delivery(event)
    try:
        outcome = _take(delivery, settings, time.time())
    except Refused as refused:
        logger.warning(_line(delivery, refused.status, "refused", refused.reason, refused.__cause__))
        return _answer(refused.status, {"status": "refused", "reason": refused.reason})
    status = "queued" if outcome.request else "pong" if delivery.event == PING else "ignored"
    code = 200 if status == "pong" else 202
    logger.info(_line(delivery, code, status, outcome.ignored))
    return _answer(code, {"status": status} | ({"reason": outcome.ignored} if status == "ignored" else {}))


def forget_secrets() -> None:
    """Ask for the secret again at the next delivery."""
    _known.clear()


def _take(delivery: Delivery, settings: WebhookSettings, now: float) -> Outcome:
    if delivery.method != "POST":
        raise Refused(405, "only POST is allowed")
    raw = raw_body(delivery)
    _verify(delivery, raw, settings, now)
    if not delivery.event:
        raise Refused(400, "the header X-GitHub-Event is missing")
    if delivery.event not in EVENTS:
        return Outcome(ignored="the event is not handled")
    payload = read_payload(raw, delivery.headers.get("content-type", ""))
    digest = hashlib.sha256(raw).hexdigest()
    outcome = decide(delivery.event, payload, digest=digest, settings=settings, now=datetime.fromtimestamp(now, UTC))
    if outcome.request is not None:
        _send(outcome.request, settings)
    return outcome


def _verify(delivery: Delivery, raw: bytes, settings: WebhookSettings, now: float) -> None:
    signature = delivery.headers.get("x-hub-signature-256", "")
    if not signature:
        raise Refused(401, "the header X-Hub-Signature-256 is missing")
    if not looks_signed(signature):
        raise Refused(401, "X-Hub-Signature-256 must be sha256= and 64 hexadecimal digits")
    known = _known.setdefault((settings.secret_id, os.environ.get("AWS_ENDPOINT_URL", "")), KnownSecrets())

    def ask() -> str:
        found = aws.client("secretsmanager").get_secret_value(SecretId=settings.secret_id)
        return str(found.get("SecretString") or "")

    try:
        genuine = _reach("the webhook's secret", lambda: known.verify(raw, signature, ask=ask, now=now))
    except ConfigError as error:
        raise Refused(503, "the webhook's secret is unusable") from error
    if not genuine:
        raise Refused(401, "the signature does not match")


def _send(request: IssueRequest | CommentRequest, settings: WebhookSettings) -> None:
    is_issue = isinstance(request, IssueRequest)
    url = settings.requests_queue_url if is_issue else settings.comments_queue_url
    _reach("the queue", lambda: send(aws.client("sqs"), url, request))


def _reach(what: str, call: Callable[[], _Result]) -> _Result:
    """Call AWS; it being out of reach is a refusal that GitHub shows as a failure."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except (BotoCoreError, ClientError) as error:
        raise Refused(503, f"{what} cannot be reached") from error


def _answer(code: int, body: Mapping[str, str]) -> dict[str, Any]:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {
        "statusCode": code,
        "headers": headers | ({"allow": "POST"} if code == 405 else {}),
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def _line(delivery: Delivery, code: int, status: str, reason: str, cause: BaseException | None = None) -> str:
    """One line for the log; of a failure behind us its kind, never its text."""
    values: dict[str, object] = {**delivery.log_names, "code": code, "status": status, "reason": reason}
    if code == 503 and isinstance(cause, Exception):
        values["cause"] = (
            str(cause) if isinstance(cause, ConfigError) else aws.error_code(cause) or type(cause).__name__
        )
    return json.dumps(values)
