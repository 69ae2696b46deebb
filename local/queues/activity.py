"""Whether any consumer is at work, and when none is any more.

Place in the flow: shared by the consumers of a stack; `Consumers.drain` waits on it. One cost: none worth naming.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# A queue that others change rings no bell here; it is looked at so often.
LOOK_SECONDS = 0.5


class Activity:
    """Counts who is at work and how often work has begun."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._busy = 0
        self._begun = 0

    @contextmanager
    def busy(self) -> Iterator[None]:
        """At work; entered before a message is taken, so that none is in nobody's hands."""
        with self._changed:
            self._busy += 1
            self._begun += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def wait_for_rest(self, has_work: Callable[[], bool], timeout: float) -> bool:
        """Block until nobody is at work and nothing is to be done; False when the time was too short.

        A consumer at work may fill another queue, so the queues are looked at while nobody is, and the look counts only
        if nobody began meanwhile.
        """
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                while self._busy:
                    remaining = deadline - time.monotonic()
                    if remaining <= 0:
                        return False
                    self._changed.wait(remaining)
                begun = self._begun
            work = has_work()
            with self._changed:
                if not work and not self._busy and self._begun == begun:
                    return True
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                if work and not self._busy:
                    self._changed.wait(min(remaining, LOOK_SECONDS))
