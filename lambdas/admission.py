"""Who may run: so many executions at the same time, and the issues that wait in line for a place.

Place in the flow: start_execution enters an issue before it starts it, execution_events gives a place back, the status
comment says at which place an issue stands, the sweeper puts right what others left. A place is taken before the
execution is started, so a function that dies in between leaves a place too many taken, never an execution too many. One
cost: every start changes one document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from lambdas.documents import Document, Documents, damaged

NAME = "admission"
# Called as often without entering, an issue lets the others go first: whatever keeps it must not keep them.
PATIENCE = 3


@dataclass(frozen=True, slots=True)
class _Row:
    """Something that an issue holds."""

    repository: str
    number: int

    def of(self, repository: str, number: int) -> bool:
        """Whether it is this issue's; GitHub tells no repositories apart by upper and lower case."""
        return self.repository.lower() == repository.lower() and self.number == number


@dataclass(frozen=True, slots=True)
class Place(_Row):
    """A place that is taken; `arn` is empty between taking it and starting."""

    arn: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Waiting(_Row):
    """An issue in line; `calls` counts how often the sweeper called it since it came here."""

    since: datetime
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The document: places that are taken, oldest first, and the line, the next one first."""

    running: tuple[Place, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    def place(self, repository: str, number: int) -> int:
        """How many-th in line the issue is; 0 where it does not wait."""
        return next((i for i, row in enumerate(self.waiting, 1) if row.of(repository, number)), 0)

    def holds_unused(self, repository: str, number: int) -> bool:
        """Whether the issue has a place for an execution that is to be started."""
        return any(row.of(repository, number) and not row.arn for row in self.running)

    def without_waiting(self, repository: str, number: int) -> Standing:
        """As it is once the issue has left the line."""
        return replace(self, waiting=tuple(row for row in self.waiting if not row.of(repository, number)))

    def without_unused(self, repository: str, number: int) -> Standing:
        """As it is once the issue has given back a place that it never used."""
        return replace(self, running=tuple(r for r in self.running if r.arn or not r.of(repository, number)))

    def called(self, limit: int) -> tuple[Waiting, ...]:
        """The issues in line for which there is a place."""
        return self.waiting[: max(0, limit - len(self.running))]


class Admission:
    """The places of a deployment.

    Every method raises ConfigError where somebody wrote something else into the document.

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

        def work(standing: Standing) -> Standing:
            if standing.holds_unused(repository, number):
                return standing.without_waiting(repository, number)
            place = standing.place(repository, number)
            ahead = place - 1 if place else len(standing.waiting)
            if len(standing.running) + ahead < self._limit:
                taken = Place(repository, number, "", now)
                return replace(standing.without_waiting(repository, number), running=(*standing.running, taken))
            if place:
                return standing
            return replace(standing, waiting=(*standing.waiting, Waiting(repository, number, now)))

        return self._change(work).place(repository, number)

    def started(self, repository: str, number: int, arn: str, *, now: datetime) -> None:
        """The execution of the issue has begun: it holds the place that was taken, or one beyond the limit.

        Successors of a retrain and executions that somebody started in Studio come without having entered.
        """

        def work(standing: Standing) -> Standing:
            rest = standing.without_waiting(repository, number)
            if any(row.arn == arn for row in rest.running):
                return rest.without_unused(repository, number)
            unused = next((row for row in rest.running if row.of(repository, number) and not row.arn), None)
            if unused is None:
                return replace(rest, running=(*rest.running, Place(repository, number, arn, now)))
            used = tuple(replace(row, arn=arn) if row is unused else row for row in rest.running)
            return replace(rest, running=used)

        self._change(work)

    def ended(self, arn: str) -> None:
        """Give the execution's place back; a place that is not used yet has no execution to end."""
        if arn:
            self._change(lambda s: replace(s, running=tuple(row for row in s.running if row.arn != arn)))

    def withdraw(self, repository: str, number: int) -> bool:
        """Take the issue out of the line, and give back a place that it took but never used; False without either."""
        found = False

        def work(standing: Standing) -> Standing:
            nonlocal found
            rest = standing.without_waiting(repository, number).without_unused(repository, number)
            found = rest != standing
            return rest

        self._change(work)
        return found

    def lapse(self, repository: str, number: int) -> None:
        """Give back a place that was taken and never used; the issue goes to the end of the line.

        Not to its head: whatever kept it from starting must not keep the others.
        """

        def work(standing: Standing) -> Standing:
            unused = next((r for r in standing.running if r.of(repository, number) and not r.arn), None)
            if unused is None:
                return standing
            rest = standing.without_waiting(repository, number).without_unused(repository, number)
            return replace(rest, waiting=(*rest.waiting, Waiting(repository, number, unused.since)))

        self._change(work)

    def call(self) -> list[Waiting]:
        """The issues in line for which there is a place, and count that they were called.

        One that was called PATIENCE times and did not enter goes to the end of the line.
        """
        result: list[Waiting] = []

        def work(standing: Standing) -> Standing:
            tired = tuple(row for row in standing.called(self._limit) if row.calls >= PATIENCE)
            patient = tuple(row for row in standing.waiting if row not in tired)
            line = replace(standing, waiting=(*patient, *(replace(row, calls=0) for row in tired)))
            result[:] = line.called(self._limit)
            counted = tuple(replace(row, calls=row.calls + 1) for row in result)
            return replace(line, waiting=(*counted, *line.waiting[len(result) :]))

        self._change(work)
        return result

    def called(self) -> list[Waiting]:
        """The issues in line for which there is a place by now; they are entered again, and then start."""
        return list(self._read().called(self._limit))

    def place(self, repository: str, number: int) -> int:
        """How many-th in line the issue is; 0 where it does not wait."""
        return self._read().place(repository, number)

    def running(self) -> list[Place]:
        """The places that are taken, oldest first."""
        return list(self._read().running)

    def line(self) -> list[Waiting]:
        """The issues that wait, the next one first."""
        return list(self._read().waiting)

    def _read(self) -> Standing:
        return _standing(self._documents.read(NAME))

    def _change(self, work: Callable[[Standing], Standing]) -> Standing:
        def changed(document: Document) -> Document:
            before = _standing(document)
            after = work(before)
            return document if after == before else _document(after)

        return _standing(self._documents.change(NAME, changed))


def _document(standing: Standing) -> Document:
    return {
        "running": [{**asdict(row), "since": row.since.isoformat()} for row in standing.running],
        "waiting": [{**asdict(row), "since": row.since.isoformat()} for row in standing.waiting],
    }


def _standing(document: Document) -> Standing:
    try:
        return Standing(
            running=tuple(Place(arn=_text(row["arn"]), **_common(row)) for row in document.get("running", ())),
            waiting=tuple(
                Waiting(calls=int(row.get("calls", 0)), **_common(row)) for row in document.get("waiting", ())
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(NAME, f"a row is not one of ours ({type(error).__name__}: {error})") from error


def _common(row: Document) -> dict[str, Any]:
    since = datetime.fromisoformat(row["since"])
    if since.tzinfo is None:
        raise ValueError("'since' has no time zone")
    return {"repository": _text(row["repository"]), "number": int(row["number"]), "since": since}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value
