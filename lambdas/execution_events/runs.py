"""An execution as it is now: its place among the running ones, and the issue that learns of it.

Place in the flow: for every execution that an event named. Admission first, because others wait for the place. One
cost: an execution that somebody started in Studio is asked for its parameters at each event.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from contracts import names
from lambdas import executions
from lambdas.aws import error_code
from lambdas.issue_record import names_an_issue
from lambdas.services import Services

logger = logging.getLogger(__name__)

NOBODY = "none/none"


@dataclass(frozen=True, slots=True)
class Run:
    """An execution of ours; an issue's where `number` is above 0."""

    arn: str
    status: str
    repository: str
    number: int
    parameters: Mapping[str, str]
    failure: str = ""

    @property
    def ended(self) -> bool:
        """It runs no more."""
        return self.status in executions.ENDED


def look_at(services: Services, arn: str) -> Run | None:
    """Make places and the issue's record agree with the execution; None where it does not exist any more."""
    sagemaker = services.sagemaker
    try:
        described = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    except ClientError as error:
        if error_code(error) not in ("ResourceNotFound", "ResourceNotFoundException"):
            raise
        logger.info("execution %s is gone", arn)
        services.admission.ended(arn)
        return None
    parameters = executions.parameters_of(sagemaker, arn)
    repository, number = issue_of(parameters)
    status, failure = str(described["PipelineExecutionStatus"]), str(described.get("FailureReason") or "")
    run = Run(arn, status, repository, number, parameters, failure)
    if run.ended:
        services.admission.ended(arn)
    else:
        services.admission.started(repository, number, arn, now=datetime.now(UTC))
    if number:
        services.records.change(repository, number, lambda record: record.with_execution(arn))
    return run


def issue_of(parameters: Mapping[str, str]) -> tuple[str, int]:
    """Repository and number; number 0 where the execution belongs to no issue, or somebody wrote something else."""
    repository, number = parameters.get(names.REPOSITORY, ""), parameters.get(names.ISSUE_NUMBER, "")
    is_number = number.isascii() and number.isdigit() and len(number) < 12
    if not is_number or not names_an_issue(repository, int(number)):
        return NOBODY, 0
    return repository, int(number)
