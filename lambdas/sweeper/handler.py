"""By the clock: gives back leaked places, moves the line, reminds and ends questions, refreshes status comments.

Place in the flow: everything here is done by an event as well; the sweeper does it where the event was lost, or the
function that had it died, and has issues that run looked at again. It looks at the places that are taken, at the
pipeline's newest executions and at the head of the line. One cost: some requests for each running execution, every ten
minutes.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import names
from lambdas import called, executions
from lambdas.admission import Place
from lambdas.edge import logged
from lambdas.issue_record import IssueRecord, names_an_issue
from lambdas.requests import IssueRequest, send
from lambdas.services import Services, connect_services
from lambdas.status_comment import refresh, show_label
from lambdas.sweeper.questions import attend
from lambdas.sweeper.report import Report, named

# A place that no execution uses for so long belongs to a function that died, or that fails again and again.
UNUSED_AFTER = timedelta(minutes=15)
# Executions that somebody started in Studio are looked for among so many.
NEWEST = 100
# So many issues in line are told their place anew in one sweep.
REFRESHED_IN_LINE = 20


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{deed: [executions or issues], …, "failures": [what, and why]}.

    Deeds: ended, released, adopted, stopped, reminded, expired, called, refreshed.
    """
    return dict(Sweep(connect_services(), datetime.now(UTC)).run().result())


@dataclass(frozen=True, slots=True)
class Sweep:
    """One round."""

    services: Services
    now: datetime
    report: Report = field(default_factory=Report)

    def run(self) -> Report:
        """Places first, for what they free is called at the end."""
        self.report.attempt("the newest executions", self._adopt)
        touched: dict[tuple[str, int], None] = {}
        for place in self.services.admission.running():
            item = place.arn or named(place.repository, place.number)
            self.report.attempt(item, functools.partial(self._place, place))
            touched[place.repository, place.number] = None
        self.report.attempt("the line", self._call)
        for waiting in self.services.admission.line()[:REFRESHED_IN_LINE]:
            touched[waiting.repository, waiting.number] = None
        for repository, number in touched:
            if names_an_issue(repository, number):
                item = named(repository, number)
                self.report.attempt(item, functools.partial(self._refresh, repository, number))
        return self.report

    def _adopt(self) -> None:
        """Executions that run and hold no place: from Studio, or from a function that died after it started them."""
        known = {place.arn for place in self.services.admission.running()}
        settings, sagemaker = self.services.settings, self.services.sagemaker
        for arn in executions.running_executions(sagemaker, settings.pipeline, newest=NEWEST):
            if arn not in known:
                self.report.attempt(arn, functools.partial(self._take_in, arn))

    def _take_in(self, arn: str) -> None:
        parameters = executions.parameters_of(self.services.sagemaker, arn)
        repository, text = parameters.get(names.REPOSITORY, ""), parameters.get(names.ISSUE_NUMBER, "")
        number = int(text) if text.isascii() and text.isdigit() else 0
        if names_an_issue(repository, number):
            self.services.records.change(repository, number, lambda record: record.with_execution(arn))
        self.services.admission.started(repository, number, arn, now=self.now)
        self.report.note("adopted", arn)

    def _place(self, place: Place) -> None:
        if place.arn and not executions.runs(self.services.sagemaker, place.arn):
            self.services.admission.ended(place.arn)
            self.report.note("ended", place.arn)
            return
        record = self._record(place)
        if not place.arn:
            self._unused(place, record)
        elif record is not None and record.closed:
            if executions.stop(self.services.sagemaker, place.arn):
                self.report.note("stopped", place.arn)
        else:
            attend(self.services, place.arn, record, now=self.now, report=self.report)
            if record is not None:
                self._have_looked_at(place)

    def _have_looked_at(self, place: Place) -> None:
        """GitHub sends no delivery twice by itself: of an issue whose closing got lost, the run would go on."""
        url = self.services.settings.requests_queue_url
        if url:
            request = IssueRequest(place.repository, place.number, "swept", self.now.isoformat())
            send(self.services.sqs, url, request)

    def _record(self, place: Place) -> IssueRecord | None:
        if not names_an_issue(place.repository, place.number):
            return None
        return self.services.records.read(place.repository, place.number)

    def _unused(self, place: Place, record: IssueRecord | None) -> None:
        """Whoever took it has died or gets no room; the issue is called again, when the others had their chance."""
        if self.now - place.since < UNUSED_AFTER:
            return
        issue = place.repository, place.number
        for arn in reversed(record.executions if record is not None else ()):
            if executions.runs(self.services.sagemaker, arn):
                self.services.admission.started(*issue, arn, now=self.now)
                self.report.note("adopted", arn)
                return
        self.services.admission.lapse(*issue)
        self.report.note("released", named(*issue))

    def _call(self) -> None:
        waiting = self.services.admission.call()
        called.request(self.services, waiting, now=self.now)
        for row in waiting:
            self.report.note("called", named(row.repository, row.number))

    def _refresh(self, repository: str, number: int) -> None:
        posted = refresh(self.services, repository, number)
        show_label(self.services, repository, number)
        if posted is not None and posted.changed:
            self.report.note("refreshed", named(repository, number))
