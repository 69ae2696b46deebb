"""Webhook deliveries as API Gateway hands them over, signed as GitHub signs."""

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import names
from lambdas import aws
from lambdas.issue_webhook.handler import forget_secrets, handler
from tests.lambdas.fakes import FakeSecrets, FakeSqs
from tests.lambdas.world import REPO

SECRET = "it is a secret to everybody"
FOLDER = Path(__file__).resolve().parents[1] / "data" / "webhooks"
Payload = dict[str, Any]


def published(event: str) -> list[Payload]:
    """Every payload that Octokit publishes for an event."""
    payloads: list[Payload] = json.loads(gzip.decompress((FOLDER / f"{event}.json.gz").read_bytes()))
    return payloads


def moment(**ago: float) -> str:
    """As GitHub writes moments."""
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def signature(raw: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def gateway_event(raw: bytes, headers: Mapping[str, str], *, method: str = "POST", encoded: bool = False) -> Payload:
    """An event of an HTTP API, payload 2.0."""
    return {
        "version": "2.0",
        "routeKey": "POST /webhook",
        "rawPath": "/webhook",
        "headers": dict(headers),
        "requestContext": {"http": {"method": method, "path": "/webhook", "sourceIp": "192.0.2.1"}},
        "body": base64.b64encode(raw).decode() if encoded else raw.decode(),
        "isBase64Encoded": encoded,
    }


def delivery(
    event: str,
    payload: object,
    *,
    secret: str = SECRET,
    raw: bytes | None = None,
    headers: Mapping[str, str | None] | None = None,
    method: str = "POST",
    encoded: bool = False,
) -> Payload:
    """A signed delivery; `raw` instead of the payload's JSON; headers of None are left out."""
    body = json.dumps(payload).encode() if raw is None else raw
    sent: dict[str, str | None] = {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/044aadd",
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "x-github-event": event,
        "x-hub-signature-256": signature(body, secret),
    }
    sent |= headers or {}
    present = {name: value for name, value in sent.items() if value is not None}
    return gateway_event(body, present, method=method, encoded=encoded)


def issue_payload(action: str = "opened", **members: Any) -> Payload:
    """An issue of ours; members of the issue can be replaced, `label` is the payload's."""
    label = members.pop("label", names.LABEL_TRAIN)
    issue = {
        "number": 7,
        "title": "Penguins",
        "body": "algorithm: random_forest",
        "state": "open",
        "labels": [{"name": "bug"}, {"name": names.LABEL_TRAIN}],
        "user": {"login": "mona", "type": "User"},
        "created_at": moment(minutes=5),
        "updated_at": moment(seconds=5),
    }
    payload: Payload = {"action": action, "issue": issue | members, "repository": {"full_name": REPO}}
    return payload | ({"label": {"name": label}} if action == "labeled" else {})


def comment_payload(body: str = "/retrain max_depth=3", action: str = "created", **members: Any) -> Payload:
    """A person's comment on an issue of ours; members of the comment can be replaced, `issue` is the issue's."""
    issue = issue_payload(**members.pop("issue", {}))["issue"]
    comment = {
        "id": 99,
        "body": body,
        "user": {"login": "mona", "type": "User"},
        "created_at": moment(seconds=5),
        "updated_at": moment(seconds=5),
    }
    return {"action": action, "issue": issue, "comment": comment | members, "repository": {"full_name": REPO}}


@dataclass
class Webhook:
    """The function with what lies behind it."""

    secrets: FakeSecrets
    sqs: FakeSqs

    def send(self, event: Payload) -> tuple[int, dict[str, str]]:
        """The answer's status and body."""
        answer = handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    def bodies(self, queue: str) -> list[dict[str, Any]]:
        """What was put on a queue."""
        return [json.loads(entry["MessageBody"]) for entry in self.sqs.sent.get(queue, [])]


@contextmanager
def webhook_deployed() -> Iterator[Webhook]:
    """A deployment of the webhook alone."""
    webhook = Webhook(FakeSecrets(SECRET), FakeSqs())
    url = "https://sqs.us-east-1.amazonaws.com/123456789012"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISSUEOPS_REQUESTS_QUEUE_URL", f"{url}/{names.REQUESTS_QUEUE}")
        patch.setenv("ISSUEOPS_COMMENTS_QUEUE_URL", f"{url}/{names.COMMENTS_QUEUE}")
        patch.setenv("ISSUEOPS_WEBHOOK_SECRET", "issueops/webhook-secret")
        for name in ("ISSUEOPS_REPOSITORIES", "ISSUEOPS_GITHUB_BOT_LOGIN", "ISSUEOPS_WEBHOOK_MAX_AGE_HOURS"):
            patch.delenv(name, raising=False)
        patch.setattr(aws, "client", lambda service: {"secretsmanager": webhook.secrets, "sqs": webhook.sqs}[service])
        forget_secrets()
        yield webhook
        forget_secrets()
