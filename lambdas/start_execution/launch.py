"""A configuration becomes an execution: the documents it reads, the group it registers in, the champion it meets.

Place in the flow: start_execution calls it once a place is taken. Everything here may be repeated: documents are
content-addressed, the ClientRequestToken is the issue's. One cost: six requests or more before the execution begins.
"""

from __future__ import annotations

import hashlib
from typing import Any

from botocore.exceptions import ClientError

from contracts import names
from contracts.algorithms import ALGORITHMS
from contracts.errors import ConfigError
from contracts.hyperparameters import canonical_json
from contracts.training_config import TrainingConfig
from lambdas import executions, objects
from lambdas.aws import error_code
from lambdas.github import Issue
from lambdas.services import Services
from lambdas.start_execution.dataset import no_champion
from pipelines import images
from registry.champion import find_champion
from registry.packages import ensure_group

PROCESSING_FRAMEWORK = "sklearn"
# Everything else (throttling, limits, rights, outages) may be different the next time.
_PERMANENT = frozenset({"ValidationException", "ValidationError"})


class RefusedError(ConfigError):
    """SageMaker will not start this however often it is asked."""


def launch(
    config: TrainingConfig, issue: Issue, *, repository: str, fingerprint: str, token: str, services: Services
) -> str:
    """Start the execution, or find the one that this token started before; returns its ARN.

    Raises:
        RefusedError: the service calls the request itself wrong.
        ClientError: it has no room, or could not do it now.
    """
    try:
        return executions.start(
            services.sagemaker,
            services.settings.pipeline,
            parameters=parameters_for(config, issue, repository=repository, fingerprint=fingerprint, services=services),
            display_name=names.execution_display_name(issue.number, 0),
            description=f"Issue #{issue.number} of {repository}: {config.algorithm} on {config.dataset_id}",
            token=token,
        )
    except ClientError as error:
        if error_code(error) not in _PERMANENT:
            raise
        reason = error.response["Error"].get("Message") or error_code(error)
        raise RefusedError(f"SageMaker refused to start the pipeline: {reason}") from error


def parameters_for(
    config: TrainingConfig, issue: Issue, *, repository: str, fingerprint: str, services: Services
) -> dict[str, str]:
    """Everything the execution is started with; puts what it names where it says."""
    s3, sagemaker, settings = services.s3, services.sagemaker, services.settings
    ensure_group(sagemaker, config.model_name, f"Models trained from issues of {repository}")
    champion = find_champion(sagemaker, config.model_name)
    if champion is not None and not objects.exists(s3, champion.model_data_url):
        champion = None  # somebody deleted its model.tar.gz: an input that is not there would fail the whole run
    return config.to_parameters(
        repository=repository,
        issue_number=issue.number,
        requested_by=issue.author,
        dataset_uri=names.dataset_uri(settings.bucket, config.dataset_id),
        dataset_fingerprint=fingerprint,
        data_config_uri=_store_data_config(config, s3, settings.bucket),
        code_uri=settings.code_uri,
        image_uri=images.for_training(ALGORITHMS[config.algorithm].framework, settings.region, config.instance_type),
        processing_image_uri=images.resolve(PROCESSING_FRAMEWORK, settings.region),
        champion=str(champion.reference) if champion else names.NO_CHAMPION,
        champion_uri=champion.model_data_url if champion else no_champion(s3, settings.bucket),
    )


def was_started_with(config: TrainingConfig, parameters: dict[str, str]) -> bool:
    """Whether an execution's parameters are this configuration's."""
    document = hashlib.sha256(canonical_json(config.data_config()).encode()).hexdigest()
    wanted = {
        names.ALGORITHM: config.algorithm,
        names.HYPERPARAMETERS: config.hyperparameters_json(),
        names.EVALUATION_METRIC: config.evaluation_metric,
        names.EVALUATION_THRESHOLD: repr(config.evaluation_threshold),
        names.MAX_RETRY: str(config.max_retry),
        names.MODEL_NAME: config.model_name,
        names.TRAINING_INSTANCE_TYPE: config.instance_type,
        names.TRAINING_INSTANCE_COUNT: str(config.instance_count),
    }
    same = all(parameters.get(name) == value for name, value in wanted.items())
    return same and document in parameters.get(names.DATA_CONFIG_URI, "")


def _store_data_config(config: TrainingConfig, s3: Any, bucket: str) -> str:
    document = canonical_json(config.data_config()).encode()
    sha256 = hashlib.sha256(document).hexdigest()
    key = f"configs/{sha256}/data_config.json"
    s3.put_object(Bucket=bucket, Key=key, Body=document, ContentType="application/json")
    return names.data_config_uri(bucket, sha256)
