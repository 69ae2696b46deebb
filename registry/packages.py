"""Model package groups and their versions, spoken to through an injected SageMaker client.

Place in the flow: the command line's `models`, start_execution (the group) and the rollback read and write through
it. One cost: `list_versions` describes every version, one request each; use `list_summaries` where that is enough.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from contracts.errors import RegistryError
from contracts.findings import did_you_mean
from registry.references import ModelReference
from registry.versions import PENDING, ModelSummary, ModelVersion, summary_from_api, version_from_api

CONTENT_TYPES = ("text/csv", "application/json", "application/x-parquet")
RESPONSE_TYPES = ("application/json",)
_ABSENT = frozenset({"ValidationException", "ValidationError", "ResourceNotFound", "ResourceNotFoundException"})
_SHOWN_NAMES = 20


@dataclass(frozen=True, slots=True)
class Registration:
    """A model to register.

    Attributes:
        token: same token, same version: a repeated call registers nothing new; at most 36 letters, digits, '-'.
        metrics_uri: S3 URI of evaluation.json.
    """

    group: str
    image: str
    model_data_url: str
    token: str
    metrics_uri: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    status: str = PENDING

    def request(self) -> dict[str, Any]:
        """The CreateModelPackage request."""
        request: dict[str, Any] = {
            "ModelPackageGroupName": self.group,
            "ModelApprovalStatus": self.status,
            "InferenceSpecification": {
                "Containers": [{"Image": self.image, "ModelDataUrl": self.model_data_url}],
                "SupportedContentTypes": list(CONTENT_TYPES),
                "SupportedResponseMIMETypes": list(RESPONSE_TYPES),
            },
            "CustomerMetadataProperties": dict(self.metadata),
            "ClientToken": self.token,
        }
        if self.metrics_uri:
            statistics = {"ContentType": "application/json", "S3Uri": self.metrics_uri}
            request["ModelMetrics"] = {"ModelQuality": {"Statistics": statistics}}
        return request


def ensure_group(sagemaker: Any, name: str, description: str = "") -> bool:
    """Create the group unless it is there; True where this call created it. Two callers at once are fine."""
    if _group_exists(sagemaker, name):
        return False
    request = {"ModelPackageGroupName": name}
    if description:
        request["ModelPackageGroupDescription"] = description
    try:
        sagemaker.create_model_package_group(**request)
    except ClientError:
        if _group_exists(sagemaker, name):
            return False
        raise
    return True


def register(sagemaker: Any, registration: Registration) -> str:
    """Create the next version in the group and return its ARN.

    Raises:
        RegistryError: the group does not exist.
    """
    _require_group(sagemaker, registration.group)
    return str(sagemaker.create_model_package(**registration.request())["ModelPackageArn"])


def list_groups(sagemaker: Any) -> list[str]:
    """Names of all groups, sorted."""
    pages = sagemaker.get_paginator("list_model_package_groups").paginate()
    return sorted(g["ModelPackageGroupName"] for page in pages for g in page["ModelPackageGroupSummaryList"])


def list_summaries(sagemaker: Any, group: str) -> list[ModelSummary]:
    """All versions of a group, newest first.

    Raises:
        RegistryError: the group does not exist; the message names the ones that do.
    """
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    try:
        items = [item for page in pages for item in page["ModelPackageSummaryList"]]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ABSENT:
            raise
        items = []
    if not items:
        _require_group(sagemaker, group)
    return sorted((summary_from_api(item) for item in items), key=lambda s: s.version, reverse=True)


def list_versions(sagemaker: Any, group: str | None = None, *, s3: Any = None) -> list[ModelVersion]:
    """Versions of one group, or of all groups, newest first within each; with metrics where `s3` is given."""
    groups = [group] if group is not None else list_groups(sagemaker)
    return [_describe_arn(sagemaker, summary.arn, s3) for name in groups for summary in list_summaries(sagemaker, name)]


def describe(sagemaker: Any, reference: ModelReference, *, s3: Any = None) -> ModelVersion:
    """The version that the reference names, the newest where it names none.

    Raises:
        RegistryError: unknown group or version; the message names what exists.
    """
    return _describe_arn(sagemaker, resolve(sagemaker, reference).arn, s3)


def resolve(sagemaker: Any, reference: ModelReference) -> ModelSummary:
    """Look a reference up.

    Raises:
        RegistryError: unknown group or version; the message names what exists.
    """
    summaries = list_summaries(sagemaker, reference.group)
    if not summaries:
        raise RegistryError(f"model '{reference.group}' has no version yet.")
    if reference.version is None:
        return summaries[0]
    for summary in summaries:
        if summary.version == reference.version:
            return summary
    versions = _bounded([str(s.version) for s in summaries])
    raise RegistryError(f"model '{reference.group}' has no version {reference.version}; versions: {versions}.")


def _describe_arn(sagemaker: Any, arn: str, s3: Any) -> ModelVersion:
    version = version_from_api(sagemaker.describe_model_package(ModelPackageName=arn), {})
    if s3 is None or not version.metrics_uri:
        return version
    return _with_metrics(version, s3)


def _with_metrics(version: ModelVersion, s3: Any) -> ModelVersion:
    """The version with the flat metrics of its report; without them where the report is gone."""
    bucket, _, key = version.metrics_uri.removeprefix("s3://").partition("/")
    try:
        document = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        metrics = {str(name): float(value) for name, value in document.get("metrics", {}).items()}
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "NoSuchBucket", "404"):
            raise
        return version
    except (ValueError, TypeError, AttributeError) as error:
        raise RegistryError(f"{version.metrics_uri} is not an evaluation report: {error}.") from error
    return replace(version, metrics=metrics)


def _group_exists(sagemaker: Any, name: str) -> bool:
    try:
        sagemaker.describe_model_package_group(ModelPackageGroupName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return False
        raise
    return True


def _require_group(sagemaker: Any, group: str) -> None:
    if _group_exists(sagemaker, group):
        return
    groups = list_groups(sagemaker)
    known = f" Models: {_bounded(groups)}." if groups else " The registry is empty."
    raise RegistryError(f"model '{group}' is not in the registry{did_you_mean(group, groups) or '.'}{known}")


def _bounded(words: list[str]) -> str:
    more = f" and {len(words) - _SHOWN_NAMES} more" if len(words) > _SHOWN_NAMES else ""
    return ", ".join(words[:_SHOWN_NAMES]) + more
