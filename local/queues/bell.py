"""Wakes who waits for a queue to change.

Place in the flow: the store rings after each change that could let a message be had; long polls and consumers wait here
instead of asking again and again. One cost: one condition for all queues, so a ring wakes every waiter for a look.
"""

from __future__ import annotations

import threading
import time
from collections import Counter


class Bell:
    """Counts changes by queue. Read the count, look at the queue, then wait for the count to differ."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rings: Counter[str] = Counter()
        self._closed = False

    def count(self, queue: str) -> int:
        """How often it rang for this queue."""
        with self._changed:
            return self._rings[queue]

    def ring(self, queue: str) -> None:
        """The queue has changed."""
        with self._changed:
            self._rings[queue] += 1
            self._changed.notify_all()

    def wait(self, queue: str, seen: int, timeout: float | None) -> None:
        """Block until the queue changed since `seen` was counted, `timeout` seconds passed, or the bell is closed."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while self._rings[queue] == seen and not self._closed:
                remaining = None if deadline is None else deadline - time.monotonic()
                if remaining is not None and remaining <= 0:
                    return
                self._changed.wait(remaining)

    def close(self) -> None:
        """Wake everybody, for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """True once nobody should wait any more."""
        with self._changed:
            return self._closed
