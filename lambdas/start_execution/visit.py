"""One look at one issue, and what is done about it.

Place in the flow: the handler makes a Visit of each message; `decision` says what, this does it. Every order of steps
is one in which dying at any point and being called again ends with one execution, one place and one comment: the
intent is written before the start, the execution after it, the comment last. One cost: a start changes the issue's
record twice and the admission twice.
"""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts import names
from contracts.findings import Finding
from contracts.messages import message
from lambdas import executions
from lambdas.called import call_next, leave
from lambdas.github import ROLES, Issue
from lambdas.issue_record import WITHDRAWN, IssueRecord, body_digest
from lambdas.run_comment import marker
from lambdas.services import Services
from lambdas.start_execution.decision import EDITED, REOPENED, Action, Decision, decide
from lambdas.start_execution.launch import RefusedError, launch, was_started_with
from lambdas.start_execution.reading import Reading, read_body
from lambdas.status_comment import refresh, show_label

logger = logging.getLogger(__name__)

MAX_FINDING_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Visit:
    """An issue, as GitHub shows it at this moment."""

    services: Services
    repository: str
    issue: Issue
    now: datetime

    @property
    def _issue(self) -> tuple[str, int]:
        return self.repository, self.issue.number

    def act(self) -> dict[str, Any]:
        """Make the world agree with the issue; says what became of it."""
        if self.issue.is_pull_request:
            return _result(Action.IGNORE.value)
        record = self._cleared_up(self.services.records.read(*self._issue))
        decision, reading = decide(self.issue, record), None
        if decision.action is Action.READ:
            reading = read_body(self.issue.body, self.services.s3, self.services.settings.bucket)
            decision = decide(self.issue, record, reading)
        if decision.action is Action.IGNORE:
            return self._ignore(record)
        if decision.action is Action.CLOSE:
            return self._close(record)
        if decision.action in (Action.TELL_EDITED, Action.TELL_REOPENED):
            return self._tell(record, decision)
        if decision.action is Action.KEEP:
            return self._keep(record)
        assert reading is not None  # noqa: S101 - what remains is decided on a body that was read
        if decision.action is Action.REFUSE:
            return self._refuse(reading.findings)
        denied = self._denied()
        return self._start(reading) if denied is None else self._refuse((denied,))

    def _denied(self) -> Finding | None:
        """Why the issue's author may not start a training; asked of GitHub now, for permissions change.

        The author, and not who put the label on: an issue form does that for everybody, and an author can edit the
        text after somebody else has approved of it.
        """
        settings = self.services.settings
        required = settings.policy.start_permission
        if required == ROLES[0]:
            return None
        permission = self.services.github.permission(self.repository, self.issue.author)
        if ROLES.index(permission) >= ROLES.index(required):
            return None
        return Finding("", message("may_not_start", settings.language, permission=permission, required=required))

    def _ignore(self, record: IssueRecord) -> dict[str, Any]:
        """Nobody wants it to run, any more perhaps: then its comment must not say that it waits in line."""
        self._leave()
        if record.comment_id:
            self._refresh()
        return _result(Action.IGNORE.value)

    def _leave(self) -> None:
        """Out of the line; what that frees is the next one's."""
        leave(self.services, *self._issue, now=self.now)

    def _cleared_up(self, record: IssueRecord) -> IssueRecord:
        """Find out how a start ended of which only the intent was written down."""
        if not record.begun:
            return record
        services = self.services
        number, pipeline = self.issue.number, services.settings.pipeline
        found = executions.executions_of_issue(
            services.sagemaker, pipeline, repository=self.repository, issue_number=number
        )
        for arn in reversed(list(found)):
            record = self._note(arn)
        return record

    def _note(self, arn: str) -> IssueRecord:
        """Write down that the execution was started; its place first, the record last."""
        if executions.runs(self.services.sagemaker, arn):
            self.services.admission.started(*self._issue, arn, now=self.now)
            if names.LABEL_WAITING not in self.issue.labels:
                self.services.github.set_status_label(*self._issue, names.LABEL_RUNNING)
        else:
            self.services.admission.withdraw(*self._issue)
        return self.services.records.change(*self._issue, lambda record: record.with_execution(arn))

    def _start(self, reading: Reading) -> dict[str, Any]:
        place = self._enter()
        if place:
            self._forgive()
            self.services.github.set_status_label(*self._issue, None)
            self._refresh()
            return _result("waiting", place=place)
        record = self._intend(reading)
        if not record.executions:  # else somebody else was here at the same time, and further
            if self._withdrawn(record):
                return self._ignore(record)
            try:
                record = self._note(self._launch(reading, record))
            except RefusedError as error:
                return self._refuse((Finding("", str(error)),))
            if self._withdrawn(record) and executions.stop(self.services.sagemaker, record.executions[-1]):
                logger.info("%s#%d was cancelled while it was started: it is stopped", *self._issue)
        self._refresh()
        # The label was put on before the record was written; the run may have come further since.
        show_label(self.services, *self._issue)
        return _result("started", record.executions[-1])

    def _enter(self) -> int:
        """Take a place; the first in line looks whether a place is held by an execution that has ended."""
        admission = self.services.admission
        place = admission.enter(*self._issue, now=self.now)
        if place != 1:
            return place
        held = [row.arn for row in admission.running() if row.arn]
        ended = [arn for arn in held if not executions.runs(self.services.sagemaker, arn)]
        for arn in ended:
            admission.ended(arn)
        return admission.enter(*self._issue, now=self.now) if ended else place

    def _forgive(self) -> IssueRecord:
        """The issue is right now, and open: what was wrong with it before is forgotten."""
        return self.services.records.change(
            *self._issue, lambda record: dataclasses.replace(record, refused="", findings=(), closed=False)
        )

    def _intend(self, reading: Reading) -> IssueRecord:
        def begun(record: IssueRecord) -> IssueRecord:
            if self._withdrawn(record):
                return record
            fresh = dataclasses.replace(record, refused="", findings=(), closed=False)
            if record.revision:
                return fresh
            return dataclasses.replace(fresh, revision=reading.revision, body=body_digest(self.issue.body))

        return self.services.records.change(*self._issue, begun)

    def _withdrawn(self, record: IssueRecord) -> bool:
        """Whether an operator took this text out of the line, perhaps after it was read that nobody had."""
        return record.told.get(WITHDRAWN) == body_digest(self.issue.body)

    def _launch(self, reading: Reading, intent: IssueRecord) -> str:
        """Start what the body says, under the token of the first intent: an issue is started once, edited or not."""
        assert reading.config is not None  # noqa: S101 - only valid readings are started
        services = self.services
        arn = launch(
            reading.config,
            self.issue,
            repository=self.repository,
            fingerprint=reading.fingerprint,
            token=executions.request_token(self.repository.lower(), str(self.issue.number), intent.revision),
            services=services,
        )
        edited = intent.revision != reading.revision
        if edited and was_started_with(reading.config, executions.parameters_of(services.sagemaker, arn)):
            revision, body = reading.revision, body_digest(self.issue.body)
            services.records.change(
                *self._issue, lambda record: dataclasses.replace(record, revision=revision, body=body)
            )
        return arn

    def _refuse(self, findings: tuple[Finding, ...]) -> dict[str, Any]:
        """The issue is told every mistake; a corrected issue that is still wrong is told the ones it has now."""
        services = self.services
        self._leave()
        refused = body_digest(self.issue.body)
        shown = tuple(finding.message[:MAX_FINDING_CHARACTERS] for finding in findings)
        services.records.change(
            *self._issue,
            lambda record: dataclasses.replace(
                record, revision="", body="", refused=refused, findings=shown, closed=False
            ),
        )
        services.github.set_status_label(*self._issue, names.LABEL_FAILED)
        self._refresh()
        return _result("invalid", findings=findings)

    def _close(self, record: IssueRecord) -> dict[str, Any]:
        """Stop what runs. `closed` is written first: a retrain that starts something meanwhile sees it there."""
        services = self.services
        services.admission.withdraw(*self._issue)
        call_next(services, now=self.now)
        if record.blank:
            return _result(Action.CLOSE.value)
        record = services.records.change(
            *self._issue, lambda r: dataclasses.replace(r.having_forgotten(WITHDRAWN), closed=True)
        )
        stopped = [arn for arn in record.executions if executions.stop(services.sagemaker, arn)]
        for arn in set(record.executions).difference(stopped):
            if not executions.runs(services.sagemaker, arn):
                services.admission.ended(arn)
        self._refresh()
        return {**_result(Action.CLOSE.value, _newest(record)), "stopped": stopped}

    def _tell(self, record: IssueRecord, decision: Decision) -> dict[str, Any]:
        """Say once what is to be done; the comment's marker names what it is about."""
        if decision.action is Action.TELL_EDITED:
            runs = any(executions.runs(self.services.sagemaker, arn) for arn in reversed(record.executions))
            self._say(f"edited-{decision.what[:16]}", "edited_while_running" if runs else "edited_after_end")
            self.services.records.change(*self._issue, lambda r: r.having_told(EDITED, decision.what))
        else:
            if record.told.get(REOPENED) != decision.what:
                self._say("reopened", "reopened")
            self.services.records.change(
                *self._issue, lambda r: dataclasses.replace(r.having_told(REOPENED, decision.what), closed=False)
            )
            self._refresh()
        return _result(decision.action.value, _newest(record))

    def _say(self, kind: str, key: str) -> None:
        scope = marker(f"issue-{self.issue.number}", kind)
        text = message(key, self.services.settings.language)
        self.services.github.upsert_comment(*self._issue, marker=scope, body=text)

    def _keep(self, record: IssueRecord) -> dict[str, Any]:
        """Nothing has changed; what a function that died left undone is done."""
        services, arn = self.services, record.executions[-1]
        placed = any(row.arn == arn for row in services.admission.running())
        if not placed and executions.runs(services.sagemaker, arn):
            services.admission.started(*self._issue, arn, now=self.now)
        if not record.comment_id:
            self._refresh()
        return _result("started", arn)

    def _refresh(self) -> None:
        refresh(self.services, *self._issue)


def _newest(record: IssueRecord) -> str | None:
    return record.executions[-1] if record.executions else None


def _result(
    status: str, execution_arn: str | None = None, *, findings: tuple[Finding, ...] = (), place: int = 0
) -> dict[str, Any]:
    shown = [dataclasses.asdict(finding) for finding in findings]
    return {"status": status, "execution_arn": execution_arn, "findings": shown, "place": place}
