"""Webhooks, what happened, and what was sent of it, as immutable records. Cost: none; these are facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from local.github.records import Comment, Label

ContentType = Literal["json", "form"]
SECONDS_TO_ANSWER = 10.0
KEPT_DELIVERIES = 100
# What this stand-in reports. GitHub knows many more; a hook may name them and never hears of them here.
EVENTS = ("issues", "issue_comment", "ping")


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook.

    Attributes:
        repository: id of its repository; None hears of every repository, like a webhook of an organisation.
        events: names, or "*" for all.
        key: what the stack finds its own hook by when the address has changed; empty for hooks made over HTTP.
    """

    id: int
    repository: int | None
    url: str
    secret: str = field(repr=False)
    events: tuple[str, ...]
    active: bool
    content_type: ContentType
    key: str
    created_at: str
    updated_at: str

    def hears(self, event: str) -> bool:
        return self.active and (event in self.events or "*" in self.events)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that GitHub reports; `changes` are the old texts, by field."""

    name: str
    action: str | None
    changes: Mapping[str, str] = field(default_factory=dict)
    label: Label | None = None
    comment: Comment | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended; `code` is 0 where nobody answered."""

    code: int
    status: str
    delivered_at: str
    duration: float
    request_headers: Mapping[str, str]
    response_headers: Mapping[str, str]
    response: str

    @property
    def final(self) -> bool:
        """An answer that says something about the delivery; anything else is tried again."""
        return 0 < self.code < 500 and self.code not in (408, 429)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one hook; `outcome` is None until the first attempt ended, `waiting` until the last did.

    Attributes:
        guid: the same for all hooks that hear of the event, and for its redeliveries.
        payload: the JSON text; what is sent is this, or a form that holds it.
    """

    id: int
    hook: Hook
    repository: int
    guid: str
    event: str
    action: str | None
    payload: str
    redelivery: bool
    waiting: bool
    attempts: int
    outcome: Outcome | None
