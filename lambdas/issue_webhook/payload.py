"""The body of a verified delivery as an object, whichever of GitHub's two content types it has.

Place in the flow: after the signature. Bounded by the delivery's size and the parser's depth. One cost: errors name
the field and what was expected, never what was found, for they are logged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

from lambdas.issue_webhook.delivery import Refused

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_MAX_FORM_FIELDS = 10
# Beyond it a JSON reader elsewhere may round it.
_MAX_INTEGER = 2**53


class Node:
    """An object of the payload; members are asked for by type.

    Every method raises Refused where the member has another type.
    """

    def __init__(self, values: Mapping[str, object], path: str = "") -> None:
        self._values, self._path = values, path

    def has(self, name: str) -> bool:
        """There, and not null."""
        return self._values.get(name) is not None

    def node(self, name: str) -> Node:
        """An object."""
        value = self._values.get(name)
        return Node(value, self._member(name)) if isinstance(value, dict) else self._wrong(name, "an object")

    def nodes(self, name: str) -> list[Node]:
        """A list of objects; an absent one is empty."""
        value = self._values.get(name)
        value = [] if value is None else value
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._wrong(name, "a list of objects")
        return [Node(item, self._member(name)) for item in value]

    def text(self, name: str) -> str:
        """A string."""
        value = self._values.get(name)
        return value if isinstance(value, str) else self._wrong(name, "a string")

    def positive(self, name: str) -> int:
        """An integer above zero; true is none."""
        value = self._values.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MAX_INTEGER:
            return value
        self._wrong(name, "a positive integer")

    def moment(self, name: str) -> datetime:
        """A moment with its time zone."""
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError:
            self._wrong(name, "a moment")
        return self._wrong(name, "a moment with a time zone") if moment.tzinfo is None else moment

    def _member(self, name: str) -> str:
        return f"{self._path}.{name}".lstrip(".")

    def _wrong(self, name: str, expected: str) -> NoReturn:
        raise Refused(400, f"{self._member(name)} must be {expected}") from None


def read_payload(raw: bytes, content_type: str) -> Node:
    """The payload.

    Raises:
        Refused: another content type, or no JSON object in it.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (JSON, FORM):
        raise Refused(415, f"the content type must be {JSON} or {FORM}")
    try:
        text = raw.decode()
        value = json.loads(text if kind == JSON else _form_payload(text))
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON, or nested too deeply") from None
    if not isinstance(value, dict):
        raise Refused(400, "the payload must be an object")
    return Node(value)


def _form_payload(text: str) -> str:
    from urllib.parse import parse_qs  # forms are rare, and this import is not free

    found = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FORM_FIELDS).get("payload", [])
    if len(found) != 1:
        raise Refused(400, "the form must hold one field 'payload'")
    return found[0]
