"""Functions that run by the clock, as EventBridge Scheduler would call them.

Place in the flow: the stack starts it where it serves; `issueops run` has no need of it. The first call comes at once,
since nobody knows how long the machine was off. One cost: one thread for all, so a slow function delays the others;
calls that were missed meanwhile are left out.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

logger = logging.getLogger(__name__)


class ScheduleRow(Protocol):
    """A function and its interval."""

    @property
    def function(self) -> str: ...

    @property
    def every_seconds(self) -> float: ...


class Invoke(Protocol):
    """Invokes a function; raises when it fails."""

    def __call__(self, function: str, event: dict[str, object], /) -> Mapping[str, object]: ...


class Schedules:
    """The clock of a stack.

    Args:
        functions: names of the functions there are.

    Raises:
        ValueError: a row's function is none of them, or its interval is not positive.
    """

    def __init__(self, rows: Sequence[ScheduleRow], *, functions: Collection[str], invoke: Invoke) -> None:
        unknown = sorted(row.function for row in rows if row.function not in functions)
        if unknown:
            raise ValueError(f"schedules name functions that this stack has not: {', '.join(unknown)}")
        if any(row.every_seconds <= 0 for row in rows):
            raise ValueError("a schedule's every_seconds must be positive")
        self._rows, self._invoke = rows, invoke
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        """Begin to call."""
        if self._rows:
            self._thread.start()

    def stop(self) -> None:
        """Call nothing more; a call in flight goes on until its host is ended."""
        self._stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end; False when the time was too short."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        due = [time.monotonic()] * len(self._rows)
        while not self._stopping.wait(max(0.0, min(due) - time.monotonic())):
            index = due.index(min(due))
            row = self._rows[index]
            due[index] = time.monotonic() + row.every_seconds
            try:
                self._invoke(row.function, event())
            except Exception as error:  # noqa: BLE001 - whatever the function raised; it is called again in time
                if not self._stopping.is_set():
                    kind = getattr(error, "error_type", type(error).__name__)
                    logger.warning("the scheduled %s failed: %s", row.function, kind)


def event() -> dict[str, object]:
    """What a scheduled function receives."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": [],
        "detail": {},
    }
