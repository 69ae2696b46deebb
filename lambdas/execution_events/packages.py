"""A registered model as the registry has it now, and the run that it says it came from.

Place in the flow: an event of a model package leads here; its run leads to the issue. Anybody who may create packages
can write any metadata into one, so the run's own parameters must say the same. One cost: one request an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from contracts import names
from lambdas.aws import error_code
from lambdas.execution_events.events import account_of, is_ours
from lambdas.execution_events.runs import Run, issue_of
from lambdas.services import Services
from lambdas.status_comment.reading import package_of
from lambdas.status_comment.records import Package

_ABSENT = ("ValidationException", "ValidationError", "ResourceNotFound", "AccessDeniedException")


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A model package; `run` is the ARN of an execution of ours that its metadata names."""

    arn: str
    run: str
    package: Package
    metadata: Mapping[str, str]

    def claims(self, run: Run) -> bool:
        """Whether it names the issue that the run belongs to."""
        named = {
            names.REPOSITORY: self.metadata.get("repository", ""),
            names.ISSUE_NUMBER: self.metadata.get("issue_number", ""),
        }
        repository, number = issue_of(named)
        return (repository.lower(), number) == (run.repository.lower(), run.number)


def registered_model(services: Services, arn: str) -> RegisteredModel | None:
    """The package; None where there is none any more, or it did not come from an execution of ours."""
    try:
        described = services.sagemaker.describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        if error_code(error) not in _ABSENT:
            raise
        return None
    metadata = {str(k): str(v) for k, v in (described.get("CustomerMetadataProperties") or {}).items()}
    run, settings = metadata.get("execution_arn", ""), services.settings
    if not is_ours(run, pipeline=settings.pipeline, region=settings.region, account=account_of(arn)):
        return None
    return RegisteredModel(arn, run, package_of(described), metadata)
