"""SQS's JSON protocol over the queues, for any AWS SDK or CLI.

Place in the flow: the endpoint hands requests with `X-Amz-Target: AmazonSQS.<Operation>`, or signed for SQS, to this
WSGI application. One cost: SDKs that still speak the older query protocol (boto3 before 1.29) are refused.

Source: Amazon SQS Developer Guide, "AWS JSON protocol"; error codes of the query protocol travel in a header, from
which SDKs take them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response

from local.api_errors import ApiError
from local.queues.operations import OPERATIONS, Operations
from local.queues.request import Request
from local.queues.store import QueueStore

logger = logging.getLogger(__name__)

PREFIX = "AmazonSQS."
MAX_BODY_BYTES = 16 << 20
# Shape name -> the code that the query protocol had for it; others are the same in both.
_QUERY_CODES = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "InvalidBatchEntryId": "AWS.SimpleQueueService.InvalidBatchEntryId",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
}


class QueueApi:
    """A WSGI application."""

    def __init__(self, store: QueueStore, *, account: str) -> None:
        self._store, self._account = store, account

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        try:
            answer = _json(self._answer(target, HttpRequest(environ)), 200)
        except ApiError as error:
            answer = _failure(error)
        except Exception:  # the edge: the client gets the service's word for it, the log gets the traceback
            logger.exception("%s failed", target[:80])
            answer = _failure(ApiError("InternalFailure", "The local queues failed; their log says why.", 500))
        return answer(environ, start_response)

    def _answer(self, target: str, http: HttpRequest) -> Mapping[str, Any]:
        name = target.removeprefix(PREFIX)
        if not target.startswith(PREFIX) or name not in OPERATIONS:
            known = ", ".join(OPERATIONS)
            raise ApiError("UnsupportedOperation", f"The local queues know {known}, in the AWS JSON protocol.")
        body = http.stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise ApiError("RequestEntityTooLarge", f"A request may have {MAX_BODY_BYTES} bytes at most.", 413)
        operations = Operations(self._store, base_url=http.host_url.rstrip("/"), account=self._account)
        answer: Mapping[str, Any] = getattr(operations, OPERATIONS[name])(Request.parse(body))
        return answer


def _failure(error: ApiError) -> Response:
    response = _json({"__type": f"com.amazonaws.sqs#{error.code}", "message": error.message}, error.status)
    fault = "Receiver" if error.status >= 500 else "Sender"
    response.headers["x-amzn-query-error"] = f"{_QUERY_CODES.get(error.code, error.code)};{fault}"
    return response


def _json(body: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/x-amz-json-1.0")
