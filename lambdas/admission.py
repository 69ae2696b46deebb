"""Who may run: so many executions at the same time, and the issues that wait in line for a place.

Place in the flow: start_execution enters an issue before it starts it, execution_events gives a place back, the status
comment says at which place an issue stands. A place is taken before the execution is started, so a function that dies
in between leaves a place too many taken, never an execution too many. One cost: every start changes one document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.documents import Document, Documents

_NAME = "admission"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is taken; `arn` is empty between taking it and starting."""

    repository: str
    number: int
    arn: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An issue in line."""

    repository: str
    number: int
    since: datetime


class Admission:
    """The places of a deployment.

    Args:
        limit: executions at the same time.
    """

    def __init__(self, documents: Documents, *, limit: int) -> None:
        self._documents, self._limit = documents, limit

    def enter(self, repository: str, number: int, *, now: datetime) -> int:
        """Take a place for the issue's next execution, or one in the line; asking again changes nothing.

        Returns:
            0 where the execution may be started, else how many-th in line the issue is.
        """

        def work(document: Document) -> Document:
            running, waiting = _rows(document, "running"), _rows(document, "waiting")
            if any(_is(row, repository, number) and not row["arn"] for row in running):
                return document
            ahead = next((i for i, row in enumerate(waiting) if _is(row, repository, number)), len(waiting))
            if len(running) + ahead < self._limit:
                waiting = [row for row in waiting if not _is(row, repository, number)]
                running.append(_row(repository, number, now, arn=""))
            elif ahead == len(waiting):
                waiting.append(_row(repository, number, now))
            return {"running": running, "waiting": waiting}

        return _place(self._documents.change(_NAME, work), repository, number)

    def started(self, repository: str, number: int, arn: str, *, now: datetime) -> None:
        """The execution of the issue has begun: it holds the place that was taken, or one beyond the limit.

        Successors of a retrain and executions that somebody started in Studio come without having entered.
        """

        def work(document: Document) -> Document:
            running, waiting = _rows(document, "running"), _rows(document, "waiting")
            if not any(row["arn"] == arn for row in running):
                taken = next((row for row in running if _is(row, repository, number) and not row["arn"]), None)
                if taken is None:
                    running.append(_row(repository, number, now, arn=arn))
                else:
                    taken["arn"] = arn
            waiting = [row for row in waiting if not _is(row, repository, number)]
            return {"running": running, "waiting": waiting}

        self._documents.change(_NAME, work)

    def ended(self, arn: str) -> None:
        """Give the execution's place back."""
        self._without("running", lambda row: bool(row["arn"] == arn))

    def withdraw(self, repository: str, number: int) -> None:
        """Take the issue out of the line, and give back a place that it took but never used."""
        self._without("waiting", lambda row: _is(row, repository, number))
        self._without("running", lambda row: _is(row, repository, number) and not row["arn"])

    def place(self, repository: str, number: int) -> int:
        """How many-th in line the issue is; 0 where it does not wait."""
        return _place(self._documents.read(_NAME), repository, number)

    def running(self) -> list[Place]:
        """The places that are taken, oldest first."""
        rows = _rows(self._documents.read(_NAME), "running")
        return [Place(row["repository"], row["number"], row["arn"], _moment(row)) for row in rows]

    def line(self) -> list[Waiting]:
        """The issues that wait, the next one first."""
        rows = _rows(self._documents.read(_NAME), "waiting")
        return [Waiting(row["repository"], row["number"], _moment(row)) for row in rows]

    def called(self) -> list[Waiting]:
        """The issues in line for which there is a place by now; they are entered again, and then start."""
        document = self._documents.read(_NAME)
        return self.line()[: max(0, self._limit - len(_rows(document, "running")))]

    def _without(self, part: str, unwanted: Callable[[Document], bool]) -> None:
        def work(document: Document) -> Document:
            rows = {name: _rows(document, name) for name in ("running", "waiting")}
            kept = [row for row in rows[part] if not unwanted(row)]
            return document if kept == rows[part] else {**rows, part: kept}

        self._documents.change(_NAME, work)


def _rows(document: Document, part: str) -> list[Document]:
    return list(document.get(part, ()))


def _row(repository: str, number: int, now: datetime, **more: Any) -> Document:
    return {"repository": repository, "number": number, "since": now.isoformat(), **more}


def _is(row: Document, repository: str, number: int) -> bool:
    return bool(row["repository"].lower() == repository.lower() and row["number"] == number)


def _moment(row: Document) -> datetime:
    return datetime.fromisoformat(row["since"])


def _place(document: Document, repository: str, number: int) -> int:
    rows = _rows(document, "waiting")
    return next((i for i, row in enumerate(rows, 1) if _is(row, repository, number)), 0)
