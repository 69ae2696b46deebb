"""One SQS request's fields with their types asked for.

Place in the flow: the JSON of a request becomes a `Request`; operations take texts, numbers and lists from it and
nothing else. One cost: unknown fields are ignored, where the service would refuse some.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from local.api_errors import ApiError
from local.queues.messages import MessageAttributes

MAX_ENTRIES = 10
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_Default = TypeVar("_Default")


@dataclass(frozen=True, slots=True)
class Request:
    """A JSON object; every refusal is an ApiError in the service's words."""

    values: Mapping[str, Any]

    @classmethod
    def parse(cls, body: bytes) -> Request:
        """Raises ApiError, SerializationException: the body is no JSON object."""
        try:
            values = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            raise ApiError("SerializationException", "The request is not valid JSON.") from error
        if not isinstance(values, dict):
            raise ApiError("SerializationException", "The request must be a JSON object.")
        return cls(values)

    @overload
    def text(self, name: str) -> str: ...

    @overload
    def text(self, name: str, default: _Default) -> str | _Default: ...

    def text(self, name: str, default: object = ...) -> object:
        """A text; without a default it must be there."""
        value = self.values.get(name)
        if value is None:
            if default is ...:
                raise ApiError("MissingParameter", f"The request must contain the parameter {name}.")
            return default
        if not isinstance(value, str):
            raise _wrong_type(name, "a string")
        return value

    @overload
    def whole(self, name: str, least: int, most: int) -> int | None: ...

    @overload
    def whole(self, name: str, least: int, most: int, default: int) -> int: ...

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int | None:
        """A whole number within bounds."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong_type(name, "an integer")
        if not least <= value <= most:
            raise ApiError(
                "InvalidParameterValue",
                f"Value {str(value)[:20]} for parameter {name} is invalid. Reason: Must be between {least} and {most}, "
                "if provided.",
            )
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts; an absent one is empty."""
        value = self.values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _wrong_type(name, "a list of strings")
        return value

    def mapping(self, name: str) -> dict[str, str]:
        """Texts by name; an absent mapping is empty."""
        value = self.values.get(name) or {}
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise _wrong_type(name, "a map of strings")
        return value

    def queue(self) -> str:
        """The queue's name: the last part of its URL, whatever host the URL names."""
        return self.text("QueueUrl").rstrip("/").rsplit("/", 1)[-1]

    def entries(self) -> list[Request]:
        """The entries of a batch, 1 to 10 with different ids."""
        value = self.values.get("Entries") or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise _wrong_type("Entries", "a list of structures")
        if not value:
            raise ApiError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
        if len(value) > MAX_ENTRIES:
            raise ApiError(
                "TooManyEntriesInBatchRequest",
                f"Maximum number of entries per request are {MAX_ENTRIES}. You have sent {len(value)}.",
            )
        entries = [Request(item) for item in value]
        ids = [entry.text("Id") for entry in entries]
        if not all(_ENTRY_ID.fullmatch(entry_id) for entry_id in ids):
            raise ApiError(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if len(set(ids)) < len(ids):
            raise ApiError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
        return entries

    def message_attributes(self) -> MessageAttributes:
        """A message's own attributes: a data type and a string or binary value each."""
        value = self.values.get("MessageAttributes") or {}
        if not isinstance(value, dict) or len(value) > MAX_ENTRIES:
            raise _wrong_type("MessageAttributes", f"a map of at most {MAX_ENTRIES} entries")
        found: dict[str, dict[str, str]] = {}
        for name, item in value.items():
            kept = {
                key: item[key]
                for key in ("DataType", "StringValue", "BinaryValue")
                if isinstance(item, dict) and isinstance(item.get(key), str)
            }
            if kept.keys() not in ({"DataType", "StringValue"}, {"DataType", "BinaryValue"}) or not _fits(kept):
                raise ApiError(
                    "InvalidParameterValue",
                    f"The message attribute {name[:80]!r} must have a DataType that begins with String, Number or "
                    "Binary, and a value of that type.",
                )
            found[name] = kept
        return found


def _fits(attribute: Mapping[str, str]) -> bool:
    """Whether the value is of the type that the attribute names."""
    kind = attribute["DataType"].partition(".")[0]
    if "BinaryValue" not in attribute:
        return kind in ("String", "Number") and bool(attribute["StringValue"].encode(errors="ignore"))
    try:
        return kind == "Binary" and bool(base64.b64decode(attribute["BinaryValue"], validate=True))
    except (binascii.Error, ValueError):
        return False


def _wrong_type(name: str, kind: str) -> ApiError:
    return ApiError("SerializationException", f"{name} must be {kind}.")
