"""A webhook as Powertools' documentation would have it written, for `benchmarks.webhook` to measure.

Resolver, logger, cached secret, clients made at import. It verifies, filters and queues, but refuses no old, oversized
or wrongly typed delivery, and knows no rotation.
Cost: what this file is there to show.
"""

import hashlib
import hmac
import os
import sys
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities import parameters

logger = Logger(service="webhook", stream=sys.stderr)
app = APIGatewayHttpResolver()
sqs = boto3.client("sqs")


@app.post("/webhook")
def take() -> Response[str]:
    """Verify and queue."""
    event = app.current_event
    raw = (event.decoded_body or "").encode()
    secret = parameters.get_secret(os.environ["ISSUEOPS_WEBHOOK_SECRET"], max_age=900)
    expected = "sha256=" + hmac.new(str(secret).encode(), raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, event.headers.get("x-hub-signature-256", "")):
        logger.warning("forged")
        return Response(401, "application/json", "{}")
    payload = event.json_body
    issue = payload["issue"]
    if "mlops:train" not in {label["name"] for label in issue["labels"]}:
        return Response(202, "application/json", "{}")
    sqs.send_message(
        QueueUrl=os.environ["ISSUEOPS_REQUESTS_QUEUE_URL"],
        MessageBody=str(issue["number"]),
        MessageGroupId=str(issue["number"]),
        MessageDeduplicationId=hashlib.sha256(raw).hexdigest(),
    )
    return Response(202, "application/json", "{}")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What API Gateway calls."""
    return app.resolve(event, context)
