"""A piece of news, as every channel gets it, and what became of it on each.

Place in the flow: functions make a `Notification`, `deliver` hands it to the channels and answers a `Delivery`. Pure.
One cost: the text is Markdown, so a channel that knows none has to convert it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from contracts.errors import ConfigError
from lambdas.edge import Fields
from lambdas.run_comment import LABELS

KINDS = (*LABELS, "model_approved", "model_rejected", "model_rolled_back")
MAX_TITLE = 300
MAX_TEXT = 20_000

Status = Literal["sent", "skipped", "failed"]
Outcome = Literal["sent", "skipped", "queued", "failed"]


@dataclass(frozen=True, slots=True)
class Notification:
    """News about an issue; values from outside are escaped already (`contracts.messages`).

    Attributes:
        kind: one of KINDS.
        title: one line, without a heading's marks.
        text: what follows it, in Markdown; what exceeds MAX_TEXT is cut.
        url: where more is told: the status comment, else the issue.
        fields: facts for machines (SNS attributes, custom channels). `execution_arn` lets a late notification leave
            the label of a newer run alone.
        key: what it is about (an execution's id, a model package and its status); with the issue and the kind it
            identifies the notification: the same one is delivered once.
    """

    kind: str
    repository: str
    issue_number: int
    title: str
    text: str
    url: str
    key: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"a notification is one of {', '.join(KINDS)}, got '{self.kind[:60]}'.")
        object.__setattr__(self, "title", _cut(" ".join(self.title.split()), MAX_TITLE))
        object.__setattr__(self, "text", _cut(self.text, MAX_TEXT))

    @property
    def digest(self) -> str:
        """Identifies it: 64 hexadecimal digits."""
        return hashlib.sha256(f"{self.issue.lower()}\0{self.key}\0{self.kind}".encode()).hexdigest()

    @property
    def issue(self) -> str:
        """`octo/models#12`."""
        return f"{self.repository}#{self.issue_number}"

    @classmethod
    def from_markdown(
        cls, markdown: str, *, kind: str, repository: str, issue_number: int, url: str, key: str,
        fields: Mapping[str, str] | None = None,
    ) -> Notification:  # fmt: skip
        """Of a text of ours that begins with its headline: `### Headline`, an empty line, the rest."""
        headline, _, text = markdown.partition("\n\n")
        title = headline.lstrip("#").strip()
        return cls(kind, repository, issue_number, title, text, url, key, fields or {})

    def to_json(self) -> str:
        """As it travels on the queue."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_fields(cls, fields: Fields) -> Notification:
        """Raises ConfigError: a member is missing or of the wrong type."""
        return cls(
            kind=fields.text("kind"),
            repository=fields.text("repository"),
            issue_number=fields.integer("issue_number"),
            title=fields.text("title", ""),
            text=fields.text("text", ""),
            url=fields.text("url", ""),
            key=fields.text("key"),
            fields={str(name): str(value) for name, value in fields.mapping("fields").items()},
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it on one channel.

    Attributes:
        detail: why not, without anything secret.
        reference: how the channel names the message: a comment's URL, Slack's ts, a message id.
    """

    channel: str
    status: Status
    detail: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of it on every channel that is configured; `queued`: the failed ones are tried again."""

    results: tuple[Result, ...] = ()
    queued: bool = False

    @property
    def failed(self) -> tuple[str, ...]:
        """Channels that did not take it."""
        return tuple(result.channel for result in self.results if result.status == "failed")

    @property
    def status(self) -> Outcome:
        """All of it in one word."""
        if self.failed:
            return "queued" if self.queued else "failed"
        return "sent" if any(result.status == "sent" for result in self.results) else "skipped"

    def reference(self, channel: str) -> str:
        """The channel's name for the message, or nothing."""
        return next((result.reference for result in self.results if result.channel == channel), "")


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
