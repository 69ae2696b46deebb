"""A store on a clock that tests turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.queues.messages import Message
from local.queues.store import QueueStore

ACCOUNT, REGION = "123456789012", "us-east-1"
START = 1_800_000_000.0


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


class Bench:
    """A store with a standard queue `work` and a FIFO queue `lines.fifo`, both with dead letter queues."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.path = path
        self.store = self._open()
        for name in ("work", "lines.fifo"):
            self.store.catalogue.provide(name, visibility=30, max_receives=3)
        self._numbers = iter(range(1_000_000))

    def _open(self) -> QueueStore:
        return QueueStore(self.path, account=ACCOUNT, region=REGION, clock=self.clock)

    def restart(self) -> None:
        self.store.close()
        self.store = self._open()

    def line(self, group: str, body: str) -> None:
        """A FIFO message with a deduplication id of its own."""
        self.store.send("lines.fifo", body, group=group, deduplication=f"d{next(self._numbers)}")

    def take(self, queue: str, limit: int = 10, **more: int) -> list[Message]:
        return self.store.receive(queue, limit, wait=0, **more)

    def bodies(self, queue: str, limit: int = 10) -> list[str]:
        return [message.body for message in self.take(queue, limit)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "queues.db")
    yield made
    made.store.close()
