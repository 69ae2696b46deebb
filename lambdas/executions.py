"""Pipeline executions as the functions need them: start, stop, retry, status, parameters, steps, question and answer.

Place in the flow: handlers pass in a SageMaker client and get small records. One cost: finding an issue's executions
lists the pipeline's newest ones, because the service has no search by display name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from contracts import names
from lambdas.aws import error_code

MAX_LISTED_EXECUTIONS = 1_000
RUNNING = frozenset({"Executing", "Stopping"})
ENDED = frozenset({"Succeeded", "Failed", "Stopped", "CompletedWithFailures"})
_UNKNOWN = frozenset({"ResourceNotFound", "ResourceNotFoundException"})
_CONFLICT = "ConflictException"
_REFUSED = frozenset({"ResourceNotFound", _CONFLICT, "ValidationException", "ValidationError"})


@dataclass(frozen=True, slots=True)
class Question:
    """A Callback step: where it stands, and the token that answers it.

    `outputs` is what it was answered with, as far as the service says.
    """

    execution_arn: str
    token: str
    status: str
    asked: datetime
    outputs: Mapping[str, str]

    @property
    def waiting(self) -> bool:
        """True while an answer is awaited."""
        return self.status == "Executing" and bool(self.token)


def request_token(*parts: str) -> str:
    """A ClientRequestToken that the same parts always give: 64 hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def start(
    sagemaker: Any, pipeline: str, *, parameters: Mapping[str, str], display_name: str, description: str, token: str
) -> str:
    """Start an execution, or find the one that this token started before; returns its ARN."""
    answer = sagemaker.start_pipeline_execution(
        PipelineName=pipeline,
        PipelineExecutionDisplayName=display_name,
        PipelineExecutionDescription=description,
        PipelineParameters=[{"Name": name, "Value": value} for name, value in sorted(parameters.items())],
        ClientRequestToken=token,
    )
    return str(answer["PipelineExecutionArn"])


def status_of(sagemaker: Any, execution_arn: str) -> str:
    """One of RUNNING or ENDED; nothing where the service does not know the execution any more."""
    try:
        answer = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution_arn)
    except ClientError as error:
        if error_code(error) in _UNKNOWN:
            return ""
        raise
    return str(answer["PipelineExecutionStatus"])


def runs(sagemaker: Any, execution_arn: str) -> bool:
    """Whether the execution still holds its place; one that is stopping does."""
    return status_of(sagemaker, execution_arn) in RUNNING


def stop(sagemaker: Any, execution_arn: str) -> bool:
    """Tell the execution to stop; False where there is nothing to stop any more.

    The token is a new one each time: an execution that `retry` revived must hear a second stop.

    Raises:
        ClientError: something else changed the execution at this moment, and it still runs; try again.
    """
    try:
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=execution_arn, ClientRequestToken=secrets.token_hex(32))
    except ClientError as error:
        code = error_code(error)
        if code in _REFUSED and (code != _CONFLICT or status_of(sagemaker, execution_arn) != "Executing"):
            return False
        raise
    return True


def retry(sagemaker: Any, execution_arn: str, token: str) -> bool:
    """Let what failed or was stopped run again in the same execution; False where the service finds nothing to retry.

    Args:
        token: from `request_token`; the same one retries once.
    """
    try:
        sagemaker.retry_pipeline_execution(PipelineExecutionArn=execution_arn, ClientRequestToken=token)
    except ClientError as error:
        if error_code(error) in _REFUSED:
            return False
        raise
    return True


def running_executions(sagemaker: Any, pipeline: str, *, newest: int) -> list[str]:
    """ARNs of those among the pipeline's newest executions that run, oldest first."""
    summaries = _newest(sagemaker, pipeline, newest)
    return [s["PipelineExecutionArn"] for s in summaries if s["PipelineExecutionStatus"] in RUNNING][::-1]


def parameters_of(sagemaker: Any, execution_arn: str) -> dict[str, str]:
    """The parameters an execution runs with, by name."""
    pages = sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(
        PipelineExecutionArn=execution_arn
    )
    return {p["Name"]: p["Value"] for page in pages for p in page["PipelineParameters"]}


def executions_of_issue(
    sagemaker: Any, pipeline: str, *, repository: str, issue_number: int, known: Collection[str] = ()
) -> Iterator[str]:
    """ARNs of the issue's executions, newest first; another repository's issue of that number is another issue.

    Args:
        known: executions that are the issue's for certain (its record's): nobody asks for their parameters.
    """
    prefix, seen = f"issue-{issue_number}-", set()
    for summary in _newest(sagemaker, pipeline, MAX_LISTED_EXECUTIONS):
        arn = str(summary["PipelineExecutionArn"])
        named = summary.get("PipelineExecutionDisplayName", "").startswith(prefix)
        if arn in known or (named and _is_of(parameters_of(sagemaker, arn), repository, issue_number)):
            seen.add(arn)
            yield arn
    yield from (arn for arn in reversed(tuple(known)) if arn not in seen)


def _is_of(parameters: Mapping[str, str], repository: str, issue_number: int) -> bool:
    same = parameters.get(names.REPOSITORY, "").lower() == repository.lower()
    return same and parameters.get(names.ISSUE_NUMBER) == str(issue_number)


def _newest(sagemaker: Any, pipeline: str, count: int) -> Iterator[Mapping[str, Any]]:
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=pipeline,
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"MaxItems": count},
    )
    for page in pages:
        yield from page["PipelineExecutionSummaries"]


def steps_of(sagemaker: Any, execution_arn: str) -> list[Mapping[str, Any]]:
    """The steps that have begun, as the service lists them."""
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=execution_arn, SortOrder="Ascending"
    )
    return [step for page in pages for step in page["PipelineExecutionSteps"]]


def failure_reason(sagemaker: Any, execution_arn: str, step_name: str) -> str:
    """Why a step failed, or nothing where the service does not say."""
    steps = (s for s in steps_of(sagemaker, execution_arn) if s["StepName"] == step_name)
    return next((str(s["FailureReason"]) for s in steps if s.get("FailureReason")), "")


def question_of(sagemaker: Any, execution_arn: str) -> Question | None:
    """The question that the execution put to its operator, or None where it has not asked."""
    for step in steps_of(sagemaker, execution_arn):
        if step["StepName"] == names.WAIT_FOR_OPERATOR_INPUT:
            callback = step.get("Metadata", {}).get("Callback", {})
            return Question(
                execution_arn=execution_arn,
                token=callback.get("CallbackToken", ""),
                status=step.get("StepStatus", ""),
                asked=step["StartTime"],
                outputs={o["Name"]: o["Value"] for o in callback.get("OutputParameters", [])},
            )
    return None


def answer(sagemaker: Any, token: str, outputs: Mapping[str, str], *, request: str) -> bool:
    """Let the waiting step succeed with these outputs; False where somebody answered before."""
    try:
        sagemaker.send_pipeline_execution_step_success(
            CallbackToken=token,
            OutputParameters=[{"Name": name, "Value": value} for name, value in outputs.items()],
            ClientRequestToken=request,
        )
    except ClientError as error:
        if error_code(error) in _REFUSED:
            return False
        raise
    return True


def give_up(sagemaker: Any, token: str, reason: str) -> bool:
    """Let the waiting step fail; False where it no longer waits."""
    try:
        sagemaker.send_pipeline_execution_step_failure(
            CallbackToken=token, FailureReason=reason[:256], ClientRequestToken=request_token(token, "failure")
        )
    except ClientError as error:
        if error_code(error) in _REFUSED:
            return False
        raise
    return True
