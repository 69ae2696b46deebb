"""Consumes SageMaker's events from the queue: places, status comments, labels, and news of what ended untold.

Place in the flow: EventBridge puts the events of executions, steps and model packages on one FIFO queue. A batch is
read as a set of subjects, each looked at once, whatever its events say and in whatever order they come. Behind a
message of the queue's only group everything waits, so an issue that GitHub keeps us from is handed to start_execution,
whose queue has a group for each issue. One cost: what another try would not heal is logged and passed over.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contracts.errors import ConfigError, GitHubError
from lambdas.called import call_next
from lambdas.edge import Fields, logged
from lambdas.execution_events.events import Subject, subject_of
from lambdas.execution_events.news import tell_decision, tell_end
from lambdas.execution_events.packages import RegisteredModel, registered_model
from lambdas.execution_events.runs import Run, look_at
from lambdas.github.failures import passing
from lambdas.requests import STALE, IssueRequest, send
from lambdas.services import Services, connect_services
from lambdas.status_comment import refresh, show_label

logger = logging.getLogger(__name__)

# Each time the line moves; GitHub allows 500 changes an hour, and the sweeper tells the others.
MAX_LINE_REFRESHES = 10
# An issue begun with less than this left might be cut off, and with it the whole batch, again and again.
SECONDS_FOR_AN_ISSUE = 30.0
# After so many issues that GitHub kept us from in one batch, the others are handed over without asking it.
MAX_GITHUB_FAILURES = 2


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"batchItemFailures": [{"itemIdentifier"}], "results": [{"issue", "status": "refreshed"}]}."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return Batch(connect_services(), seconds_left=lambda: remaining() / 1000 if remaining else math.inf).consume(event)


class Batch:
    """One invocation.

    Args:
        seconds_left: until Lambda ends it.
    """

    def __init__(self, services: Services, *, seconds_left: Callable[[], float] = lambda: math.inf) -> None:
        self._services, self._seconds_left = services, seconds_left
        self._failed: set[str] = set()
        self._results: list[dict[str, Any]] = []
        self._messages: dict[str, set[str]] = {}
        self._runs: dict[str, Run] = {}
        self._kept_away = 0

    def consume(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Look at every subject once; messages whose subject may succeed later are offered again."""
        subjects = self._subjects(event)
        models = self._models(subject for subject in subjects if subject.kind == "package")
        for arn in {subject.arn for subject in subjects if subject.kind == "execution"} | {m.run for m in models}:
            self._look_at(arn)
        moved = sorted(subject.arn for subject in subjects if subject.moves)
        if moved:
            with self._forgiving(*moved):
                call_next(self._services, now=datetime.now(UTC))
        self._show()
        for model in models:
            run = self._runs.get(model.run)
            if run is not None and run.number and model.claims(run):
                with self._forgiving(model.arn):
                    tell_decision(self._services, run, model)
        if moved:
            self._show_line(moved)
        failures = [{"itemIdentifier": message_id} for message_id in sorted(self._failed)]
        return {"batchItemFailures": failures, "results": self._results}

    def _subjects(self, event: Mapping[str, Any]) -> list[Subject]:
        """What the messages are about, each once; which messages speak of it is remembered by its ARN."""
        settings = self._services.settings
        found: dict[Subject, None] = {}
        for record in event.get("Records", []):
            message_id = str(record.get("messageId", ""))
            try:
                fields = Fields.from_json(record.get("body", ""))
            except ConfigError as error:
                logger.warning("message %s is no event: %s", message_id, error)
                continue
            subject = subject_of(fields.values, pipeline=settings.pipeline, region=settings.region)
            if subject is not None:
                found[subject] = None
                self._messages.setdefault(subject.arn, set()).add(message_id)
        return list(found)

    def _models(self, subjects: Iterable[Subject]) -> list[RegisteredModel]:
        """The packages as the registry has them; who speaks of one speaks of its run, too."""
        models = []
        for subject in subjects:
            with self._forgiving(subject.arn):
                model = registered_model(self._services, subject.arn)
                if model is not None:
                    self._messages.setdefault(model.run, set()).update(self._messages[subject.arn])
                    models.append(model)
        return models

    def _look_at(self, arn: str) -> None:
        with self._forgiving(arn):
            run = look_at(self._services, arn)
            if run is not None:
                self._runs[arn] = run

    def _show(self) -> None:
        """Comment and label of every issue once, then how its runs ended."""
        issues: dict[tuple[str, int], list[Run]] = {}
        for run in self._runs.values():
            if run.number:
                issues.setdefault((run.repository, run.number), []).append(run)
        for (repository, number), runs in issues.items():
            with self._forgiving(*(run.arn for run in runs), issue=(repository, number)):
                self._ask_github_yet(repository)
                refresh(self._services, repository, number)
                show_label(self._services, repository, number)
                self._results.append({"issue": f"{repository}#{number}", "status": "refreshed"})
            for run in runs:
                with self._forgiving(run.arn):
                    tell_end(self._services, run)

    def _show_line(self, moved: Iterable[str]) -> None:
        """The comments of the issues that wait: their places may have changed."""
        with self._forgiving(*moved):
            for waiting in self._services.admission.line()[:MAX_LINE_REFRESHES]:
                if self._seconds_left() < SECONDS_FOR_AN_ISSUE:
                    return  # the sweeper tells them
                with self._forgiving(*moved, issue=(waiting.repository, waiting.number)):
                    self._ask_github_yet(waiting.repository)
                    refresh(self._services, waiting.repository, waiting.number)

    def _ask_github_yet(self, repository: str) -> None:
        if self._kept_away >= MAX_GITHUB_FAILURES:
            raise GitHubError(f"{repository} is not looked at while GitHub is out of reach.")
        if self._seconds_left() < SECONDS_FOR_AN_ISSUE:
            raise GitHubError(f"{repository} is not looked at when Lambda is about to end this invocation.")

    @contextmanager
    def _forgiving(self, *arns: str, issue: tuple[str, int] | None = None) -> Iterator[None]:
        """Where the work fails and another try may heal that, the messages that speak of these are offered again.

        Args:
            issue: whose comment and label the work is about, and nothing else.
        """
        try:
            yield
        except Exception as error:
            self._kept_away += isinstance(error, GitHubError)
            if issue is not None and _may_heal(error) and self._hand_over(error, issue, arns):
                logger.warning("%s#%d is looked at again by itself: %s", *issue, error)
            elif _may_heal(error):
                logger.warning("%s is looked at again later: %s", ", ".join(arns), error)
                for arn in arns:
                    self._failed |= self._messages[arn]
            else:
                logger.exception("%s is passed over", ", ".join(arns))

    def _hand_over(self, error: Exception, issue: tuple[str, int], arns: Iterable[str]) -> bool:
        """Have the issue looked at by itself, where it keeps nobody waiting; False where that is no help."""
        url = self._services.settings.requests_queue_url
        if not url or not isinstance(error, GitHubError | RuntimeError):
            return False
        cause = " ".join(sorted({message for arn in arns for message in self._messages[arn]}))
        try:
            send(self._services.sqs, url, IssueRequest(*issue, STALE, cause))
        except (ClientError, BotoCoreError):
            return False
        return True


def _may_heal(error: Exception) -> bool:
    """Outages, throttling and races pass; a repository that is gone and a mistake of ours do not."""
    if isinstance(error, GitHubError):
        return passing(error)
    return isinstance(error, ClientError | BotoCoreError | OSError | RuntimeError)
