"""What a queue is set to: its attributes as SQS names them, checked, and read as numbers.

Place in the flow: the store keeps the texts that a caller set and asks `settings_of` at every use. A new attribute is a
row of the table and a field. One cost: attributes that change nothing here (encryption, policies) are kept unread.

Source: Amazon SQS API Reference, CreateQueue and SetQueueAttributes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from local.api_errors import ApiError

FIFO_SUFFIX = ".fifo"
MAX_VISIBILITY_SECONDS = 43_200
LONGEST_RETENTION_SECONDS = 1_209_600
MAX_WAIT_SECONDS = 20
_NAME = re.compile(r"(?=.{1,80}\Z)[A-Za-z0-9_-]+(\.fifo)?")
# name -> default, least, most
_NUMBERS = {
    "VisibilityTimeout": (30, 0, MAX_VISIBILITY_SECONDS),
    "MessageRetentionPeriod": (345_600, 60, LONGEST_RETENTION_SECONDS),
    "DelaySeconds": (0, 0, 900),
    "MaximumMessageSize": (1_048_576, 1_024, 1_048_576),
    "ReceiveMessageWaitTimeSeconds": (0, 0, MAX_WAIT_SECONDS),
}
_FLAGS = ("FifoQueue", "ContentBasedDeduplication")
_KEPT = (
    "Policy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "DeduplicationScope",
    "FifoThroughputLimit",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """A queue's behaviour.

    Attributes:
        visibility: seconds for which a received message is kept from others, unless the receiver says otherwise.
        retention: seconds after which a message is forgotten.
        dead_letter: name of the queue that takes what was received `max_receives` times.
    """

    fifo: bool
    content_deduplication: bool
    visibility: int
    retention: int
    delay: int
    largest: int
    wait: int
    dead_letter: str | None
    max_receives: int


def settings_of(attributes: Mapping[str, str]) -> Settings:
    """Attributes that were checked before."""
    numbers = {name: int(attributes.get(name, row[0])) for name, row in _NUMBERS.items()}
    target, most = _redrive(attributes.get("RedrivePolicy", ""))
    return Settings(
        fifo=attributes.get("FifoQueue") == "true",
        content_deduplication=attributes.get("ContentBasedDeduplication") == "true",
        visibility=numbers["VisibilityTimeout"],
        retention=numbers["MessageRetentionPeriod"],
        delay=numbers["DelaySeconds"],
        largest=numbers["MaximumMessageSize"],
        wait=numbers["ReceiveMessageWaitTimeSeconds"],
        dead_letter=target.rsplit(":", 1)[-1] if target else None,
        max_receives=most,
    )


def defaults() -> dict[str, str]:
    """What GetQueueAttributes shows of a queue that nobody configured."""
    return {name: str(row[0]) for name, row in _NUMBERS.items()}


def check_name(name: str) -> None:
    """Raises ApiError, InvalidParameterValue, for what is no queue name."""
    if not _NAME.fullmatch(name):
        raise ApiError(
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length; "
            f"a FIFO queue's name ends in {FIFO_SUFFIX}.",
        )


def check_attributes(name: str, attributes: Mapping[str, str]) -> None:
    """Accept what a caller sets on the queue `name`.

    Raises:
        ApiError: InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue.
    """
    for attribute, value in attributes.items():
        if attribute in _NUMBERS:
            _, least, most = _NUMBERS[attribute]
            if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
                raise _bad_value(attribute, f"it must be a whole number in [{least}, {most}]")
        elif attribute in _FLAGS:
            if value not in ("true", "false"):
                raise _bad_value(attribute, "it must be true or false")
        elif attribute == "RedrivePolicy":
            _redrive(value)
        elif attribute not in _KEPT:
            raise ApiError("InvalidAttributeName", f"Unknown Attribute {attribute[:80]}.")
    if "FifoQueue" in attributes and (attributes["FifoQueue"] == "true") != name.endswith(FIFO_SUFFIX):
        raise ApiError("InvalidParameterValue", f"FifoQueue is true where the name ends in {FIFO_SUFFIX}, else absent.")
    if "ContentBasedDeduplication" in attributes and not name.endswith(FIFO_SUFFIX):
        raise ApiError("InvalidAttributeName", "Unknown Attribute ContentBasedDeduplication.")


def redrive_policy(dead_letter_arn: str, max_receives: int) -> str:
    """The attribute RedrivePolicy."""
    return json.dumps({"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": max_receives})


def dead_letter_name(name: str) -> str:
    """The queue that keeps what a queue's consumer could not handle; FIFO queues need a FIFO one."""
    stem = name.removesuffix(FIFO_SUFFIX)
    return f"{stem}-dead{name.removeprefix(stem)}"


def _redrive(policy: str) -> tuple[str, int]:
    """Target ARN and number of receives; an empty policy has none."""
    if not policy:
        return "", 0
    try:
        values = json.loads(policy)
        target, most = str(values["deadLetterTargetArn"]), int(values["maxReceiveCount"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _bad_value("RedrivePolicy", "it must be JSON with deadLetterTargetArn and maxReceiveCount") from error
    if not 1 <= most <= 1_000:
        raise _bad_value("RedrivePolicy", "maxReceiveCount must be in [1, 1000]")
    return target, most


def _bad_value(attribute: str, rule: str) -> ApiError:
    return ApiError("InvalidAttributeValue", f"Invalid value for the parameter {attribute}: {rule}.")
