"""Where the stand-in is served: the root of the API and the root of the pages that show issues.

Place in the flow: every answer and every webhook's payload carries addresses built on these two. Cost: a change made
by this process before anybody served or asked the stand-in carries the addresses of port 80.
"""

from collections.abc import Callable
from dataclasses import dataclass

_PREFIX = "/api/v3"
Root = str | Callable[[], str]


@dataclass(frozen=True, slots=True)
class Addresses:
    """`api` ends in /api/v3, `html` is the root of pages; neither ends in a slash."""

    api: str
    html: str


class Addressing:
    """Knows both roots at any moment.

    Args:
        api: root of the API; without one it is what the last request asked for.
        html: root of pages; without one it is the server's root.
    """

    def __init__(self, api: Root | None = None, html: Root | None = None) -> None:
        self._api: Root = api or f"http://localhost{_PREFIX}"
        self._html = html
        self._told = api is not None

    def of_request(self, api: str) -> Addresses:
        """The addresses for the answer to a request that was sent to `api`."""
        if not self._told:
            self._api = api
        return self._with(api)

    def now(self) -> Addresses:
        """The addresses for what happens without a request."""
        return self._with(_text(self._api))

    def _with(self, api: str) -> Addresses:
        html = api.removesuffix(_PREFIX) if self._html is None else _text(self._html).rstrip("/")
        return Addresses(api, html)


def _text(root: Root) -> str:
    return root if isinstance(root, str) else root()
