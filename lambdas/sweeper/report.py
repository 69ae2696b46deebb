"""What a sweep did, item by item; one item that fails does not stop the others.

Place in the flow: each part of the sweep does its work through `Report.attempt`. One cost: a sweep whose every item
failed still ends well; the failures stand in its result and in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.errors import IssueOpsError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """done: what was done -> to which executions and issues, in order."""

    done: dict[str, list[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def note(self, deed: str, item: str) -> None:
        """Something was done."""
        self.done.setdefault(deed, []).append(item)

    def attempt(self, item: str, work: Callable[[], None]) -> None:
        """Do the work on one item; what goes wrong is logged and noted."""
        try:
            work()
        except Exception as error:
            logger.exception("sweeping %s failed", item)
            reason = str(error) if isinstance(error, IssueOpsError) else type(error).__name__
            self.failures.append(f"{item}: {reason}")

    def result(self) -> dict[str, list[str]]:
        """As the function returns it."""
        return {**self.done, "failures": self.failures}


def named(repository: str, number: int) -> str:
    """An issue as reports call it."""
    return f"{repository}#{number}"
