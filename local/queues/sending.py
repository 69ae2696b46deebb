"""What a message must be to be sent: a body within bounds, and the ids that its queue's kind asks for. Pure.

Place in the flow: the store checks before it writes, whoever sends. One cost: a body is encoded once more for its size.

Source: Amazon SQS API Reference, SendMessage.
"""

from __future__ import annotations

import hashlib
import re

from local.api_errors import ApiError
from local.queues.attributes import Settings

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOKEN = re.compile(r"[!-~]{1,128}")
_WRONG_KIND = "The request include parameter that is not valid for this queue type"


def check_body(body: str, largest: int) -> None:
    """Accept a body, or say why not.

    Raises:
        ApiError: MissingParameter, InvalidParameterValue, InvalidMessageContents.
    """
    if not body:
        raise ApiError("MissingParameter", "The request must contain the parameter MessageBody.")
    if _FORBIDDEN.search(body):
        raise ApiError("InvalidMessageContents", "Message body contains characters outside the allowed set.")
    if len(body.encode()) > largest:
        raise ApiError(
            "InvalidParameterValue",
            f"One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes.",
        )


def check_token(name: str, value: str | None) -> None:
    """Accept a group or deduplication id: 1 to 128 letters, digits and punctuation marks.

    Raises:
        ApiError: InvalidParameterValue.
    """
    if value is not None and not _TOKEN.fullmatch(value):
        raise ApiError(
            "InvalidParameterValue",
            f"Value {value[:60]!r} for parameter {name} is invalid. Reason: {name} can only include alphanumeric and "
            "punctuation characters. 1 to 128 in length.",
        )


def check_kind(
    settings: Settings, body: str, group: str | None, deduplication: str | None, delay: int | None
) -> str | None:
    """The deduplication id of a message that fits the queue's kind; None on a standard queue.

    Raises:
        ApiError: MissingParameter, InvalidParameterValue.
    """
    check_token("MessageGroupId", group)
    check_token("MessageDeduplicationId", deduplication)
    if not settings.fifo:
        if deduplication is not None:
            raise invalid("MessageDeduplicationId", deduplication, _WRONG_KIND)
        if delay is not None and not 0 <= delay <= 900:
            raise invalid("DelaySeconds", delay, "DelaySeconds must be >= 0 and <= 900")
        return None
    if group is None:
        raise ApiError("MissingParameter", "The request must contain the parameter MessageGroupId.")
    if delay is not None:
        raise invalid("DelaySeconds", delay, _WRONG_KIND)
    if deduplication is None and not settings.content_deduplication:
        raise ApiError(
            "InvalidParameterValue",
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly",
        )
    return deduplication or hashlib.sha256(body.encode()).hexdigest()


def invalid(name: str, value: object, reason: str) -> ApiError:
    """InvalidParameterValue in the service's words."""
    return ApiError(
        "InvalidParameterValue", f"Value {str(value)[:80]} for parameter {name} is invalid. Reason: {reason}."
    )
