"""Registering a model: the CreateModelPackage request, for a model that passed and for one that an operator accepted.

Place in the flow: first step of the two good ends. The model serves in the processing image, whatever framework
trained it: what else it needs stands in its own requirements.txt. One cost: everything worth finding later must fit
into 50 customer metadata entries of 256 characters.
"""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet

from contracts import names
from pipelines.training.jobs import Jobs, output_uri
from pipelines.training.locations import below
from pipelines.training.parameters import Parameters
from pipelines.training.request_steps import RegisterModelRequestStep
from pipelines.training.retries import service_retries

CONTENT_TYPES = ("text/csv", "application/json", "application/x-parquet")
RESPONSE_TYPES = ("text/csv", "application/json")
REALTIME_INSTANCES = ("ml.t2.medium", "ml.m5.large", "ml.m5.xlarge")
TRANSFORM_INSTANCES = ("ml.m5.large", "ml.m5.xlarge")


def register_step(
    name: str, jobs: Jobs, parameters: Parameters, *, decision: str, display_name: str, description: str
) -> RegisterModelRequestStep:
    """A RegisterModel step; `decision` says who decided: the judge (registered) or an operator (accepted)."""
    request: dict[str, Any] = {
        "ModelPackageGroupName": parameters[names.MODEL_PACKAGE_GROUP_NAME],
        "ModelApprovalStatus": "PendingManualApproval",
        "ClientToken": ExecutionVariables.PIPELINE_EXECUTION_ID,
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": parameters[names.PROCESSING_IMAGE_URI],
                    "ModelDataUrl": jobs.train.properties.ModelArtifacts.S3ModelArtifacts,
                }
            ],
            "SupportedContentTypes": list(CONTENT_TYPES),
            "SupportedResponseMIMETypes": list(RESPONSE_TYPES),
            "SupportedRealtimeInferenceInstanceTypes": list(REALTIME_INSTANCES),
            "SupportedTransformInstanceTypes": list(TRANSFORM_INSTANCES),
        },
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": {
                    "ContentType": "application/json",
                    "S3Uri": below(output_uri(jobs.evaluate, "evaluation"), "evaluation.json"),
                }
            }
        },
        "CustomerMetadataProperties": _metadata(jobs, parameters, decision),
    }
    return RegisterModelRequestStep(
        name, request, display_name=display_name, description=description, retry_policies=service_retries()
    )


def measured(jobs: Jobs) -> Join:
    """The metric's value as text."""
    value = JsonGet(step_name=names.EVALUATE_MODEL, property_file=jobs.report, json_path="judge.value")
    return Join(on="", values=[value])


def _metadata(jobs: Jobs, parameters: Parameters, decision: str) -> dict[str, Any]:
    return {
        "model_name": parameters[names.MODEL_NAME],
        "repository": parameters[names.REPOSITORY],
        "issue_number": parameters.text(names.ISSUE_NUMBER),
        "dataset_id": parameters[names.DATASET_ID],
        "dataset_fingerprint": parameters[names.DATASET_FINGERPRINT],
        "algorithm": parameters[names.ALGORITHM],
        "task_type": parameters[names.TASK_TYPE],
        "evaluation_metric": parameters[names.EVALUATION_METRIC],
        "evaluation_threshold": parameters.text(names.EVALUATION_THRESHOLD),
        "evaluation_value": measured(jobs),
        "training_job_name": jobs.train.properties.TrainingJobName,
        "execution_arn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
        "decision": decision,
    }
