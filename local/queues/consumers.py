"""All consumers of a stack: started together, drained, and stopped without losing anything.

Place in the flow: the stack makes one from its rows. One cost: a thread for each queue, asleep while nothing comes.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from local.queues.activity import Activity
from local.queues.consumer import Consumer, Invoke, QueueRow
from local.queues.store import QueueStore

# A message that rests no longer than this after a failure still counts as work: attempts at 0, 1 and 3 seconds.
PATIENCE_SECONDS = 2.0
# What is in flight gets this long to end by itself before its host is killed.
GRACE_SECONDS = 2.0


class Consumers:
    """The consumers of these rows, with their queues made or brought up to date.

    Args:
        functions: names of the functions there are.

    Raises:
        ValueError: a row's consumer is no function, or two rows name one queue.
    """

    def __init__(
        self,
        store: QueueStore,
        rows: Sequence[QueueRow],
        *,
        functions: Collection[str],
        invoke: Invoke,
        account: str,
    ) -> None:
        unknown = sorted(f"{row.consumer} of {row.name}" for row in rows if row.consumer not in functions)
        if unknown:
            raise ValueError(f"queues have consumers that are no functions of this stack: {', '.join(unknown)}")
        if len({row.name for row in rows}) < len(rows):
            raise ValueError("a queue has one consumer; two rows name the same queue")
        self._activity = Activity()
        for row in rows:
            store.catalogue.provide(row.name, visibility=row.visibility_seconds, max_receives=row.max_receives)
        self._consumers = [
            Consumer(store, row, invoke=invoke, activity=self._activity, account=account) for row in rows
        ]

    def start(self) -> None:
        """Begin to consume."""
        for consumer in self._consumers:
            consumer.start()

    def drain(self, timeout: float) -> bool:
        """Block until nothing is in flight or to be had; what rests after repeated failures is not waited for.

        Returns:
            False when `timeout` seconds were too short.
        """
        return self._activity.wait_for_rest(
            lambda: any(consumer.has_work(PATIENCE_SECONDS) for consumer in self._consumers), timeout
        )

    def stop(self, grace: float = GRACE_SECONDS) -> bool:
        """Take nothing new, and let what is in flight end; False where something still is after `grace` seconds."""
        for consumer in self._consumers:
            consumer.stop()
        return self.join(grace)

    def join(self, timeout: float) -> bool:
        """Wait for all threads; False when the time was too short."""
        deadline = time.monotonic() + timeout
        ended = [consumer.join(max(0.0, deadline - time.monotonic())) for consumer in self._consumers]
        return all(ended)
