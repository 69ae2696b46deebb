"""The three jobs: PrepareData, TrainModel, EvaluateModel, each as its API request.

Place in the flow: the trunk of the pipeline; outcomes hang below. One cost: container arguments repeat the step
programs' options (`steps/processing`, `steps/evaluation`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.steps import CacheConfig

from contracts import names
from contracts.metrics import METRICS
from pipelines.training.locations import (
    EVALUATE_MODEL_FOLDER,
    PREPARE_DATA_FOLDER,
    TRAIN_MODEL_FOLDER,
    execution_uri,
)
from pipelines.training.parameters import Parameters
from pipelines.training.request_steps import ProcessingRequestStep, TrainingRequestStep
from pipelines.training.retries import job_retries
from pipelines.training.settings import Settings

INPUT_FOLDER = "/opt/ml/processing/input"
OUTPUT_FOLDER = "/opt/ml/processing"
BUNDLE = "steps.pyz"
VOLUME_GB = 30
PROCESSING_SECONDS = 6 * 3600
TRAINING_SECONDS = 12 * 3600
SPOT_WAIT_SECONDS = 24 * 3600
CACHE_FOR = "P30D"
NUMBER = r"([-+0-9.eE]+)"
TRAINING_CHANNELS = ("train", "validation", "folds", "preprocessor", "metadata")


@dataclass(frozen=True, slots=True)
class Jobs:
    """The trunk, with the property file that the judge reads."""

    prepare: ProcessingRequestStep
    train: TrainingRequestStep
    evaluate: ProcessingRequestStep
    report: PropertyFile


def build_jobs(settings: Settings, parameters: Parameters) -> Jobs:
    """The three job steps."""
    prepare = _prepare_data(settings, parameters)
    train = _train_model(settings, parameters, prepare)
    report = PropertyFile(name=names.EVALUATION_REPORT, output_name="evaluation", path="evaluation.json")
    evaluate = _evaluate_model(settings, parameters, prepare, train, report)
    return Jobs(prepare=prepare, train=train, evaluate=evaluate, report=report)


def output_uri(step: ProcessingRequestStep, name: str) -> Any:
    """Where a processing step wrote one of its outputs; on a cache hit that is the earlier execution's folder."""
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def _prepare_data(settings: Settings, parameters: Parameters) -> ProcessingRequestStep:
    request = _processing_request(
        settings,
        parameters,
        folder=PREPARE_DATA_FOLDER,
        arguments=[
            "prepare-data",
            "--dataset-id",
            parameters[names.DATASET_ID],
            "--dataset-fingerprint",
            parameters[names.DATASET_FINGERPRINT],
            "--seed",
            parameters.text(names.SEED),
        ],
        inputs={
            "code": parameters[names.CODE_URI],
            "dataset": parameters[names.DATASET_URI],
            "config": parameters[names.DATA_CONFIG_URI],
        },
        outputs=("train", "validation", "test", "folds", "preprocessor", "metadata"),
    )
    return ProcessingRequestStep(
        names.PREPARE_DATA,
        request,
        display_name="Prepare data",
        description=(
            "Reads the data set, splits it into training, validation and test rows, fits the preprocessing on training "
            "rows only and writes matrices, the fitted preprocessor and metadata. Reused for 30 days when nothing "
            "it reads has changed."
        ),
        retry_policies=job_retries(),
        property_files=[PropertyFile(name=names.DATA_METADATA, output_name="metadata", path="metadata.json")],
        cache=CacheConfig(enable_caching=True, expire_after=CACHE_FOR),
    )


def _train_model(settings: Settings, parameters: Parameters, prepare: ProcessingRequestStep) -> TrainingRequestStep:
    channels = {"code": parameters[names.CODE_URI]}
    channels |= {name: output_uri(prepare, name) for name in TRAINING_CHANNELS}
    request: dict[str, Any] = {
        "AlgorithmSpecification": {
            "TrainingImage": parameters[names.IMAGE_URI],
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", f"/opt/ml/input/data/code/{BUNDLE}"],
            "ContainerArguments": ["train"],
            "MetricDefinitions": [
                {"Name": f"{part}:{name}", "Regex": f"{part}_{name}={NUMBER}"}
                for part in ("train", "validation")
                for name in ("loss", *(row.name for row in METRICS.values() if row.in_training))
            ],
        },
        "HyperParameters": {
            "algorithm": parameters[names.ALGORITHM],
            "task_type": parameters[names.TASK_TYPE],
            "hyperparameters": parameters[names.HYPERPARAMETERS],
            "seed": parameters.text(names.SEED),
        },
        "InputDataConfig": [_channel(name, uri) for name, uri in channels.items()],
        "OutputDataConfig": {"S3OutputPath": execution_uri(settings, TRAIN_MODEL_FOLDER)},
        "ResourceConfig": {
            "InstanceType": parameters[names.TRAINING_INSTANCE_TYPE],
            "InstanceCount": parameters[names.TRAINING_INSTANCE_COUNT],
            "VolumeSizeInGB": VOLUME_GB,
        },
        "RoleArn": settings.role,
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {
            "MaxRuntimeInSeconds": TRAINING_SECONDS,
            "MaxWaitTimeInSeconds": SPOT_WAIT_SECONDS,
        },
        "CheckpointConfig": {
            "S3Uri": execution_uri(settings, TRAIN_MODEL_FOLDER, "checkpoints"),
            "LocalPath": "/opt/ml/checkpoints",
        },
    }
    if settings.base_job_prefix:
        request["TrainingJobName"] = f"{settings.base_job_prefix}-{TRAIN_MODEL_FOLDER}"
    return TrainingRequestStep(
        names.TRAIN_MODEL,
        request,
        display_name="Train model",
        description=(
            "Fits the algorithm of the issue on the prepared training rows, on managed spot capacity with checkpoints, "
            "and packs model, preprocessor and serving code as model.tar.gz."
        ),
        retry_policies=job_retries(),
    )


def _evaluate_model(
    settings: Settings,
    parameters: Parameters,
    prepare: ProcessingRequestStep,
    train: TrainingRequestStep,
    report: PropertyFile,
) -> ProcessingRequestStep:
    request = _processing_request(
        settings,
        parameters,
        folder=EVALUATE_MODEL_FOLDER,
        arguments=[
            "evaluate",
            "--metric",
            parameters[names.EVALUATION_METRIC],
            "--threshold",
            parameters.text(names.EVALUATION_THRESHOLD),
            "--champion",
            parameters[names.CHAMPION],
        ],
        inputs={
            "code": parameters[names.CODE_URI],
            "model": train.properties.ModelArtifacts.S3ModelArtifacts,
            "test": output_uri(prepare, "test"),
            "metadata": output_uri(prepare, "metadata"),
            "champion": parameters[names.CHAMPION_URI],
        },
        outputs=("evaluation",),
    )
    return ProcessingRequestStep(
        names.EVALUATE_MODEL,
        request,
        display_name="Evaluate model",
        description=(
            "Sends the untouched test rows through the packed model as a caller would, scores the answers beside those "
            "of the model in place and of a dummy, and measures the margin to the threshold of the issue."
        ),
        retry_policies=job_retries(),
        property_files=[report],
    )


def _processing_request(
    settings: Settings,
    parameters: Parameters,
    *,
    folder: str,
    arguments: Sequence[Any],
    inputs: Mapping[str, Any],
    outputs: Sequence[str],
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "AppSpecification": {
            "ImageUri": parameters[names.PROCESSING_IMAGE_URI],
            "ContainerEntrypoint": ["python3", f"{INPUT_FOLDER}/code/{BUNDLE}"],
            "ContainerArguments": list(arguments),
        },
        "ProcessingInputs": [_processing_input(name, uri) for name, uri in inputs.items()],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": name,
                    "S3Output": {
                        "S3Uri": execution_uri(settings, folder, name),
                        "LocalPath": f"{OUTPUT_FOLDER}/{name}",
                        "S3UploadMode": "EndOfJob",
                    },
                }
                for name in outputs
            ]
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": parameters[names.PROCESSING_INSTANCE_TYPE],
                "InstanceCount": parameters[names.PROCESSING_INSTANCE_COUNT],
                "VolumeSizeInGB": VOLUME_GB,
            }
        },
        "RoleArn": settings.role,
        "StoppingCondition": {"MaxRuntimeInSeconds": PROCESSING_SECONDS},
    }
    if settings.base_job_prefix:
        request["ProcessingJobName"] = f"{settings.base_job_prefix}-{folder}"
    return request


def _processing_input(name: str, uri: Any) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{INPUT_FOLDER}/{name}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
        },
    }


def _channel(name: str, uri: Any) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
        },
    }
