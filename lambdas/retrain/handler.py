"""Lambda step: starts the next execution with the operator's hyperparameters and CurrentRetry + 1.

Place in the flow: the `retrain` branch after WaitForOperatorInput. Called again, it returns the execution it started,
because the ClientRequestToken comes from the parent's ARN. The successor needs no place in line: it takes one beside
its parent, which gives its own back when it ends. One cost: an execution can have one successor only.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contracts import names
from contracts.errors import ConfigError
from lambdas import aws, executions
from lambdas.admission import Admission
from lambdas.documents import Documents
from lambdas.edge import Fields, logged
from lambdas.issue_record import IssueRecords, names_an_issue
from lambdas.retrain.next_run import next_parameters
from lambdas.settings import Settings, load_settings

logger = logging.getLogger(__name__)


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"execution_arn", "current_retry", "next_action": "retrain"}."""
    return start_next(Fields(event), load_settings())


def start_next(fields: Fields, settings: Settings) -> dict[str, Any]:
    """Start the successor of `execution_arn`.

    Raises:
        ConfigError: no retry is left, a hyperparameter is wrong, or the issue was closed.
    """
    sagemaker, documents = aws.client("sagemaker"), Documents(aws.client("s3"), settings.bucket)
    parent = fields.text("execution_arn")
    parameters = next_parameters(
        executions.parameters_of(sagemaker, parent),
        hyperparameters=fields.text("hyperparameters"),
        execution_arn=parent,
        operator=fields.text("operator", ""),
    )
    repository, number = parameters[names.REPOSITORY], int(parameters[names.ISSUE_NUMBER])
    records = IssueRecords(documents)
    if names_an_issue(repository, number) and records.read(repository, number).closed:
        raise ConfigError(f"issue #{number} of {repository} is closed; nothing is started for it any more.")
    retry, limit = int(parameters[names.CURRENT_RETRY]), parameters[names.MAX_RETRY]
    arn = executions.start(
        sagemaker,
        settings.pipeline,
        parameters=parameters,
        display_name=names.execution_display_name(number, retry),
        description=f"Retry {retry} of {limit} of issue #{number}, from execution {parent.rsplit('/', 1)[-1]}",
        token=executions.request_token(parent, "retrain"),
    )
    if executions.runs(sagemaker, arn):
        admission = Admission(documents, limit=settings.max_executions)
        admission.started(repository, number, arn, now=datetime.now(UTC))
    if names_an_issue(repository, number):
        # The parent, too: where nobody had the time to note it, it must not be noted later as the newest one.
        record = records.change(repository, number, lambda found: found.with_execution(parent).with_execution(arn))
        if record.closed and executions.stop(sagemaker, arn):
            logger.info("issue #%d of %s was closed meanwhile: %s is stopped", number, repository, arn)
    return {"execution_arn": arn, "current_retry": retry, "next_action": "retrain"}
