"""The edge of a function: tracebacks are logged, a batch fails message by message, and input has the right types.

Place in the flow: every handler is wrapped by `logged`; queue consumers go through `each_record`; events become
`Fields`. One cost: a message that can never succeed is retried until its queue gives it up.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts.errors import ConfigError

logger = logging.getLogger("lambdas")

Handler = Callable[[Mapping[str, Any], object], dict[str, Any]]


def logged(handler: Handler) -> Handler:
    """Log what escapes from a handler, then let it go on to the service."""

    @functools.wraps(handler)
    def wrapped(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        try:
            return handler(event, context)
        except Exception:
            logger.exception("%s failed", handler.__module__)
            raise

    return wrapped


def each_record(event: Mapping[str, Any], work: Callable[[Fields], dict[str, Any]]) -> dict[str, Any]:
    """Do the work for every record of an SQS event; what fails is reported by its message id and offered again."""
    failures: list[dict[str, str]] = []
    results: list[dict[str, Any]] = []
    for record in event.get("Records", []):
        message_id = str(record.get("messageId", ""))
        try:
            receives = record.get("attributes", {}).get("ApproximateReceiveCount")
            fields = Fields.from_json(record.get("body", ""))
            results.append(work(replace(fields, receives=None if receives is None else int(receives))))
        except Exception:
            logger.exception("message %s failed", message_id)
            failures.append({"itemIdentifier": message_id})
    return {"batchItemFailures": failures, "results": results}


@dataclass(frozen=True, slots=True)
class Fields:
    """An event's fields with their types asked for. A missing one, null or "" are the same.

    Attributes:
        receives: how often the queue has offered the message by now; None where no queue says.
    """

    values: Mapping[str, Any]
    receives: int | None = None

    @classmethod
    def from_json(cls, text: str) -> Fields:
        """Raises ConfigError: the text is no JSON object."""
        try:
            values = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise ConfigError("the message is not JSON.") from error
        if not isinstance(values, dict):
            raise ConfigError(f"the message must be a JSON object, got {type(values).__name__}.")
        return cls(values)

    def text(self, name: str, default: str | None = None) -> str:
        """A scalar as text; numbers come as both from Lambda steps."""
        value = self.values.get(name)
        if value is None or value == "":
            if default is None:
                raise ConfigError(f"the event lacks '{name}'.")
            return default
        if isinstance(value, str | int | float):
            return str(value)
        raise ConfigError(f"'{name}' must be text, got {type(value).__name__}.")

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number, also where it travels as text."""
        text = self.text(name, None if default is None else str(default))
        try:
            return int(text)
        except ValueError as error:
            raise ConfigError(f"'{name}' must be an integer, got '{text[:60]}'.") from error

    def number(self, name: str, default: float | None = None) -> float:
        """A number, also where it travels as text."""
        text = self.text(name, None if default is None else repr(default))
        try:
            return float(text)
        except ValueError as error:
            raise ConfigError(f"'{name}' must be a number, got '{text[:60]}'.") from error

    def mapping(self, name: str) -> Mapping[str, Any]:
        """An object; an absent one is empty."""
        value = self.values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise ConfigError(f"'{name}' must be an object, got {type(value).__name__}.")
        return value
