"""What was delivered where: one document a notification, by compare and swap, so that each channel is told once.

Place in the flow: `deliver` claims channels before it sends and settles each afterwards. A claim ends by itself, so a
function that was killed keeps nobody away for long. One cost: killed between sending and settling, a channel that
cannot recognise its own message is told a second time; GitHub recognises its own by its marker, a FIFO topic of SNS by
its deduplication id. Slack, e-mail, standard topics and (unless they look themselves) custom channels repeat.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lambdas.channels.notification import Notification, Result
from lambdas.documents import Document, Documents

# Longer than a channel takes; GitHub's marker allows to be impatient.
LEASE_SECONDS: Mapping[str, float] = {"github": 5.0}
DEFAULT_LEASE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Claims:
    """Of the channels asked for: those to send to, those that were told (with their reference), and the rest, which
    somebody else is telling at this moment."""

    ours: tuple[str, ...]
    told: Mapping[str, str]
    busy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The document of one notification, as one invocation sees it."""

    documents: Documents
    notification: Notification
    clock: Callable[[], float]
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)

    def claim(self, channels: Sequence[str]) -> Claims:
        """Take what nobody else has taken."""
        now = self.clock()

        def work(document: Document) -> Mapping[str, Any]:
            entries = _entries(document)
            for channel in channels:
                entry = entries.get(channel, {})
                if entry.get("state") == "sent" or (_pending(entry, now) and entry.get("by") != self.owner):
                    continue
                entries[channel] = self._claimed(channel, now)
            return self._document(entries)

        entries = _entries(self.documents.change(self._name, work))
        return Claims(
            ours=tuple(name for name in channels if entries[name].get("by") == self.owner),
            told={
                name: str(entries[name].get("reference", ""))
                for name in channels
                if entries[name].get("state") == "sent"
            },
            busy=tuple(
                name
                for name in channels
                if entries[name].get("state") == "pending" and entries[name].get("by") != self.owner
            ),
        )

    def settle(self, result: Result) -> None:
        """Remember how it went, and hold on to the channels that are still to come."""
        now = self.clock()

        def work(document: Document) -> Mapping[str, Any]:
            entries = _entries(document)
            for name, entry in entries.items():
                if entry.get("by") == self.owner:
                    entries[name] = self._claimed(name, now)
            if result.status == "sent":
                entries[result.channel] = {"state": "sent", "reference": result.reference}
            elif entries.get(result.channel, {}).get("by") == self.owner:
                entries[result.channel] = {"state": "failed", "detail": result.detail}
            return self._document(entries)

        self.documents.change(self._name, work)

    @property
    def _name(self) -> str:
        return f"notifications/{self.notification.digest}"

    def _claimed(self, channel: str, now: float) -> dict[str, Any]:
        return {
            "state": "pending",
            "by": self.owner,
            "until": now + LEASE_SECONDS.get(channel, DEFAULT_LEASE_SECONDS),
        }

    def _document(self, entries: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"kind": self.notification.kind, "issue": self.notification.issue, "channels": entries}


def _entries(document: Document) -> dict[str, dict[str, Any]]:
    return dict(document.get("channels", {}))


def _pending(entry: Mapping[str, Any], now: float) -> bool:
    return entry.get("state") == "pending" and float(entry.get("until", 0)) > now
