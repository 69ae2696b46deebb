"""Lambda step: starts the next execution with the operator's hyperparameters and CurrentRetry + 1.

Place in the flow: the `retrain` branch after WaitForOperatorInput. Called again, it returns the execution it started,
because the ClientRequestToken comes from the parent's ARN. One cost: an execution can have one successor only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts import names
from lambdas import aws, executions
from lambdas.edge import Fields, logged
from lambdas.retrain.next_run import next_parameters
from lambdas.settings import Settings, load_settings


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"execution_arn", "current_retry", "next_action": "retrain"}."""
    return start_next(Fields(event), load_settings())


def start_next(fields: Fields, settings: Settings) -> dict[str, Any]:
    """Start the successor of `execution_arn`."""
    sagemaker = aws.client("sagemaker")
    parent = fields.text("execution_arn")
    parameters = next_parameters(
        executions.parameters_of(sagemaker, parent),
        hyperparameters=fields.text("hyperparameters"),
        execution_arn=parent,
        operator=fields.text("operator", ""),
    )
    retry, limit = int(parameters[names.CURRENT_RETRY]), parameters[names.MAX_RETRY]
    number = int(parameters[names.ISSUE_NUMBER])
    arn = executions.start(
        sagemaker,
        settings.pipeline,
        parameters=parameters,
        display_name=names.execution_display_name(number, retry),
        description=f"Retry {retry} of {limit} of issue #{number}, after execution {parent.rsplit('/', 1)[-1]}",
        token=executions.request_token(parent, "retrain"),
    )
    return {"execution_arn": arn, "current_retry": retry, "next_action": "retrain"}
