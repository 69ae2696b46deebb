"""Works on the next batches while the present one is being written: order stays, memory holds a few batches more.

Used by the passes of PrepareData. Polars lets go of Python's lock, so threads work at the same time.
Cost: WORKERS batches and their results stand in memory at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

WORKERS = 2
T = TypeVar("T")
R = TypeVar("R")


def worked_ahead(items: Iterable[T], work: Callable[[T], R]) -> Iterator[R]:
    """``map(work, items)``, up to WORKERS items ahead; the first error ends it."""
    source = iter(items)
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque[Future[R]] = deque(pool.submit(work, item) for item in islice(source, WORKERS))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(work, item) for item in islice(source, 1))
            yield result
