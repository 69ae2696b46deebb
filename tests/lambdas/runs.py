"""Executions that a test moves step by step, and the events that tell of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts import names
from contracts.deployment import EXECUTION_EVENT, PACKAGE_EVENT, STEP_EVENT
from lambdas.execution_events.handler import handler
from lambdas.status_comment.render import MARKER
from tests.lambdas.world import REPO, World, records, report

DEFINITION = (Path(__file__).parents[2] / "pipelines" / "compiled" / "training_pipeline.json").read_text()
BEGIN = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
KINDS = {
    names.PREPARE_DATA: "ProcessingJob",
    names.EVALUATE_MODEL: "ProcessingJob",
    names.TRAIN_MODEL: "TrainingJob",
    names.JUDGE_RESULTS: "Condition",
    names.CHECK_RETRY_LIMIT: "Condition",
    names.WAIT_FOR_OPERATOR_INPUT: "Callback",
    names.REGISTER_MODEL: "RegisterModel",
    names.RETRIES_EXHAUSTED: "Fail",
    names.MODEL_REJECTED: "Fail",
}
TRUNK = (names.PREPARE_DATA, names.TRAIN_MODEL, names.EVALUATE_MODEL, names.JUDGE_RESULTS)


def start(
    world: World,
    number: int,
    *,
    retry: int = 0,
    hyperparameters: str = '{"max_depth":1,"n_estimators":1}',
    **more: str,
) -> str:
    """An execution of the issue; its ARN. It was created a minute after the one before it."""
    parameters = {
        **{name: str(value) for name, value in names.PARAMETER_DEFAULTS.items()},
        names.REPOSITORY: REPO,
        names.ISSUE_NUMBER: str(number),
        names.HYPERPARAMETERS: hyperparameters,
        names.CURRENT_RETRY: str(retry),
        names.MODEL_NAME: "penguin-species",
        names.EVALUATION_THRESHOLD: "0.95",
        **more,
    }
    answer = world.sagemaker.start_pipeline_execution(
        PipelineExecutionDisplayName=names.execution_display_name(number, retry),
        PipelineExecutionDescription="",
        PipelineParameters=[{"Name": name, "Value": value} for name, value in parameters.items()],
        ClientRequestToken=f"{number:08d}{len(world.sagemaker.executions):024d}",
    )
    world.sagemaker.executions[-1]["created"] = BEGIN + timedelta(minutes=len(world.sagemaker.executions))
    return str(answer["PipelineExecutionArn"])


def step(world: World, arn: str, name: str, status: str = "Succeeded", *, reason: str = "", **details: Any) -> None:
    """Let a step be in a state, whatever it was in before; ended steps took half a minute."""
    steps = world.sagemaker.steps[arn]
    kind = KINDS.get(name, "Lambda")
    if kind.endswith("Job"):
        details = {"Arn": f"arn:aws:sagemaker:us-east-1:1:{kind.lower()}/pipelines-{name}", **details}
    index = next((i for i, item in enumerate(steps) if item["StepName"] == name), len(steps))
    begun = BEGIN + timedelta(minutes=index)
    item = {"StepName": name, "StepStatus": status, "StartTime": begun, "Metadata": {kind: details}}
    if status not in ("Executing", "Starting"):
        item["EndTime"] = begun + timedelta(seconds=30)
    if reason:
        item["FailureReason"] = reason
    steps[index:] = [item, *steps[index + 1 :]]


def evaluate(world: World, arn: str, accuracy: float = 0.97, *, document: bytes = b"") -> None:
    """Everything up to the judge has succeeded."""
    for name in TRUNK:
        step(world, arn, name)
    key = f"executions/{arn.rsplit('/', 1)[-1]}/evaluate-model/evaluation/evaluation.json"
    world.s3.put_object(Bucket="bucket", Key=key, Body=document or report(accuracy))


def register(world: World, arn: str, number: int, version: int = 1) -> str:
    """The model is registered, written down and told of; the execution has succeeded. The package's ARN."""
    package = f"arn:aws:sagemaker:{names.REGION}:{names.LOCAL_ACCOUNT}:model-package/penguin-species/{version}"
    world.sagemaker.packages.append(
        {
            "ModelPackageArn": package,
            "ModelPackageGroupName": "penguin-species",
            "ModelPackageVersion": version,
            "ModelApprovalStatus": "PendingManualApproval",
            "CreationTime": BEGIN,
            "CustomerMetadataProperties": {
                "repository": REPO,
                "issue_number": str(number),
                "execution_arn": arn,
            },
        }
    )
    step(world, arn, names.REGISTER_MODEL, Arn=package)
    step(world, arn, names.WRITE_HISTORY)
    step(world, arn, names.NOTIFY_SUCCESS)
    world.sagemaker.end(arn)
    return package


def execution_event(arn: str, status: str = "Executing") -> dict[str, Any]:
    return _event(EXECUTION_EVENT, pipelineExecutionArn=arn, currentPipelineExecutionStatus=status)


def step_event(arn: str, name: str, status: str = "Succeeded") -> dict[str, Any]:
    return _event(STEP_EVENT, pipelineExecutionArn=arn, stepName=name, currentStepStatus=status)


def package_event(arn: str, status: str = "Approved") -> dict[str, Any]:
    updated = ["ModelApprovalStatus"]
    return _event(PACKAGE_EVENT, ModelPackageArn=arn, ModelApprovalStatus=status, UpdatedModelPackageFields=updated)


def _event(detail_type: str, **detail: Any) -> dict[str, Any]:
    return json.loads(
        json.dumps(
            {
                "version": "0",
                "id": "0",
                "detail-type": detail_type,
                "source": "aws.sagemaker",
                "account": names.LOCAL_ACCOUNT,
                "time": "2026-11-24T15:00:00Z",
                "region": names.REGION,
                "resources": [],
                "detail": detail,
            }
        )
    )


def tell(*events: Any) -> dict[str, Any]:
    return handler(records(*events), None)


def status_comment(world: World, number: int) -> str:
    (comment,) = [body for body in world.bodies(number) if body.startswith(MARKER)]
    return comment


def news(world: World, number: int, kind: str) -> list[str]:
    return [body for body in world.bodies(number) if f":{kind} -->" in body.partition("\n")[0]]
