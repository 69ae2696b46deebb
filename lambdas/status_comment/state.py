"""Reads what is true of an issue: its record, the line, its executions and their steps, the evaluation, the model.

Place in the flow: `post` reads it after it has taken a ticket, `render` turns it into Markdown. What can never change
(parameters, a definition, an evaluation) is read once, however often one refresh reads. One cost: an attempt takes
three requests, the newest one five or six.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from contracts import names
from contracts.errors import ConfigError
from contracts.evaluation_report import EvaluationReport
from lambdas import executions, objects
from lambdas.aws import error_code
from lambdas.history import late_history
from lambdas.issue_record import IssueRecord
from lambdas.services import Services
from lambdas.status_comment.reading import package_of, step_of
from lambdas.status_comment.records import Attempt, IssueState, Package, Step

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 12
_ABSENT = frozenset({"ResourceNotFound", "ResourceNotFoundException", "ValidationException", "ValidationError"})


def evaluation_uri(bucket: str, execution_id: str) -> str:
    """Where the definition lets EvaluateModel write its report."""
    return f"s3://{bucket}/executions/{execution_id}/evaluate-model/evaluation/evaluation.json"


class Truth:
    """Reads for one refresh."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sagemaker = services.sagemaker
        self._parameters: dict[str, Mapping[str, str]] = {}
        self._definitions: dict[str, Mapping[str, Any] | None] = {}
        self._reports: dict[str, EvaluationReport] = {}

    def of(self, record: IssueRecord) -> IssueState | None:
        """The state of the issue; None where there is nothing to say and nothing was said before."""
        line = self._services.admission.line()
        place = next((i for i, w in enumerate(line, 1) if _same(w.repository, w.number, record)), 0)
        attempts = self._attempts(record)
        if not attempts and not place and not record.findings and not record.comment_id:
            return None
        newest = attempts[0] if attempts else None
        question = newest.question if newest is not None else None
        after = self._services.settings.policy.expire_after
        asked = question.started if question is not None else None
        return IssueState(
            repository=record.repository,
            number=record.number,
            closed=record.closed,
            findings=record.findings,
            place=place,
            line=len(line),
            attempts=attempts,
            left_out=max(0, len(record.executions) - MAX_ATTEMPTS),
            definition=self._definition(newest.arn) if newest is not None else None,
            expires=asked + after if asked is not None and after is not None else None,
        )

    def _attempts(self, record: IssueRecord) -> tuple[Attempt, ...]:
        """Newest first. Events come in any order, so the record's order is not relied upon."""
        found = [a for arn in record.executions[-MAX_ATTEMPTS:] if (a := self._described(arn)) is not None]
        found.sort(key=lambda attempt: (attempt.created, attempt.arn), reverse=True)
        return tuple(self._read(attempt, record, newest=index == 0) for index, attempt in enumerate(found))

    def _described(self, arn: str) -> Attempt | None:
        try:
            answer = self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        except ClientError as error:
            if error_code(error) not in _ABSENT:
                raise
            logger.info("execution %s is gone", arn)
            return None
        return Attempt(
            arn=arn,
            status=str(answer["PipelineExecutionStatus"]),
            created=answer["CreationTime"],
            failure=str(answer.get("FailureReason") or ""),
        )

    def _read(self, attempt: Attempt, record: IssueRecord, *, newest: bool) -> Attempt:
        arn = attempt.arn
        if arn not in self._parameters:
            self._parameters[arn] = executions.parameters_of(self._sagemaker, arn)
        steps = tuple(step_of(item) for item in executions.steps_of(self._sagemaker, arn)) if newest else ()
        evaluated = next((s for s in steps if s.name == names.EVALUATE_MODEL), None)
        may_have_report = not newest or (evaluated is not None and evaluated.status == "Succeeded")
        report, problem = self._report(attempt) if may_have_report else (None, "")
        address, plots = late_history(record, attempt.id)
        return replace(
            attempt,
            parameters=self._parameters[arn],
            steps=steps,
            report=report,
            unreadable_report=problem,
            package=self._package(steps),
            late_history=address,
            late_plots=plots,
        )

    def _report(self, attempt: Attempt) -> tuple[EvaluationReport | None, str]:
        if attempt.arn not in self._reports:
            uri = evaluation_uri(self._services.settings.bucket, attempt.id)
            try:
                data = objects.read(self._services.s3, uri)
                if data is None:
                    return None, ""
                self._reports[attempt.arn] = EvaluationReport.from_json(data)
            except ConfigError as error:
                logger.warning("%s: %s", uri, error)
                return None, str(error)
        return self._reports[attempt.arn], ""

    def _package(self, steps: tuple[Step, ...]) -> Package | None:
        arn = next((step.package_arn for step in steps if step.package_arn), "")
        if not arn:
            return None
        try:
            return package_of(self._sagemaker.describe_model_package(ModelPackageName=arn))
        except ClientError as error:
            if error_code(error) not in _ABSENT:
                raise
            logger.info("model package %s is gone", arn)
            return None

    def _definition(self, arn: str) -> Mapping[str, Any] | None:
        if arn not in self._definitions:
            answer = self._sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
            try:
                definition = json.loads(answer["PipelineDefinition"])
            except (ValueError, RecursionError):
                definition = None
            self._definitions[arn] = definition if isinstance(definition, Mapping) else None
        return self._definitions[arn]


def _same(repository: str, number: int, record: IssueRecord) -> bool:
    return repository.lower() == record.repository.lower() and number == record.number
