"""One HTTP exchange with the stand-in: what a route gets, what it returns, paging and input fields."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from werkzeug.wrappers import Request

from local.github.addresses import Addresses
from local.github.callers import Caller
from local.github.errors import GitHubError, Unprocessable
from local.github.payloads import Json
from local.github.records import Account
from local.github.store import GitHubStore

_Item = TypeVar("_Item")
_MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, who makes it, and the addresses its answer is written with."""

    request: Request
    caller: Caller
    store: GitHubStore
    to: Addresses

    @property
    def account(self) -> Account:
        return self.caller.account

    @property
    def api(self) -> str:
        """The served root, "http://host:port/api/v3"."""
        return self.to.api

    def fields(self) -> Mapping[str, object]:
        """The JSON object in the body, empty if there is none. Raises GitHubError if it is no object."""
        text = self.request.get_data()
        if not text:
            return {}
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise GitHubError("Problems parsing JSON") from None
        if not isinstance(value, dict):
            raise GitHubError("Body should be a JSON object")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """A text field of the body. Raises Unprocessable if it is absent (and no default) or no text."""
        value = self.fields().get(name, default)
        if not isinstance(value, str):
            raise Unprocessable(f'Invalid request.\n\n"{name}" wasn\'t supplied as text.')
        # A lone surrogate can be written in JSON and nowhere else.
        return value.encode("utf-8", "replace").decode("utf-8")

    def optional_text(self, name: str) -> str | None:
        return None if self.fields().get(name) is None else self.text(name)

    def since(self) -> str:
        """The query's moment as records write theirs; empty if there is none. Raises Unprocessable."""
        text = self.request.args.get("since", "")
        if not text:
            return ""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Unprocessable('Invalid request.\n\n"since" must be a time in ISO 8601.') from None
        # Up to the next second, for records have no fractions.
        whole = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) + timedelta(microseconds=999_999)
        return whole.strftime("%Y-%m-%dT%H:%M:%SZ")

    def page(self, items: Sequence[_Item], shape: Callable[[_Item], Json]) -> "Answer":
        """The page of `items` the query asks for, with GitHub's Link header."""
        size = min(_MAX_PAGE, max(1, _number(self.request.args.get("per_page"), 30)))
        page = max(1, _number(self.request.args.get("page"), 1))
        last = max(1, -(-len(items) // size))
        links = []
        wanted = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        for relation, target in wanted.items():
            forward = relation in ("next", "last")
            if (page < last) if forward else (page > 1):
                query = self.request.args.to_dict() | {"per_page": str(size), "page": str(target)}
                url = f"{self.api}{route_path(self.request)}?{urlencode(query)}"
                links.append(f'<{url}>; rel="{relation}"')
        body = [shape(item) for item in items[(page - 1) * size : page * size]]
        return Answer(200, body, {"Link": ", ".join(links)} if links else {})


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON body (or bytes as they are; None for no body) and extra headers."""

    status: int
    body: Json | list[Json] | bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[..., Answer]


def route_path(request: Request) -> str:
    """The decoded path below /api/v3, wherever the server mounted the application."""
    path = f"{request.root_path}{request.path}"
    return path.removeprefix("/api/v3") if path.startswith("/api/v3/") else ""


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else default
