"""Where the poller was in a listing of changes, and where it goes on. Pure.

Place in the flow: the handler asks GitHub with a `Position`, sends what `advance` says is new, then saves the next one.
A listing is read again from OVERLAP before the last change that was seen, for GitHub's listings lag and a second holds
many changes; what was sent from there already is remembered by a fingerprint of its content, so that even a second
change within one second is news. One cost: up to a thousand fingerprints in the document while a backlog is worked off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from contracts.errors import ConfigError

OVERLAP = timedelta(seconds=60)


class _Dated(Protocol):
    @property
    def updated(self) -> datetime: ...


_Item = TypeVar("_Item", bound=_Dated)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a listing.

    Attributes:
        since: changes at or after this moment are asked for; aware.
        etag: of the answer to that question; empty asks unconditionally.
        seen: fingerprints of what was sent since.
    """

    since: datetime
    etag: str = ""
    seen: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def from_document(cls, document: object, *, first: datetime) -> Position:
        """As saved, or the first one.

        Raises:
            ConfigError: somebody wrote something else there.
        """
        if document is None:
            return cls(first)
        try:
            since, etag, seen = (document[name] for name in ("since", "etag", "seen"))  # type: ignore[index]
            moment = datetime.fromisoformat(since)
            if moment.tzinfo is None or not isinstance(etag, str):
                raise ValueError
            return cls(moment, etag, frozenset(map(str, seen)))
        except (KeyError, TypeError, ValueError):
            raise ConfigError("the poller's document is damaged; delete it to begin anew.") from None

    def to_document(self) -> Mapping[str, Any]:
        """JSON that `from_document` reads."""
        return {"since": self.since.astimezone(UTC).isoformat(), "etag": self.etag, "seen": sorted(self.seen)}


def advance(
    position: Position, items: Sequence[_Item], etag: str, *, page: int, fingerprint: Callable[[_Item], str]
) -> tuple[list[_Item], Position]:
    """What is new in the answer, and the position to save once it was sent.

    An answer of one page is trusted to its end. Of a longer one only the first page is: while the rest was read, a
    change can have moved an entry over a page's edge unseen, and an ETag speaks of the first page only. Then the
    listing is read again from the end of that page, without overlap where overlap would be no step forward.

    Args:
        items: the earliest change first.
        page: entries on a page.
    """
    prints = {fingerprint(item): item for item in items}
    fresh = [item for mark, item in prints.items() if mark not in position.seen]
    since, whole = position.since, len(items) < page
    if items:
        last = (items[-1] if whole else items[page - 1]).updated
        since = max(since, last - OVERLAP)
        if since == position.since and not whole:
            since = max(since, last)
    seen = frozenset(mark for mark, item in prints.items() if item.updated >= since)
    # An ETag belongs to a question; the next one differs where the moment does.
    return fresh, Position(since, etag if whole and since == position.since else "", seen)
