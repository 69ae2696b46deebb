"""Steps that carry the exact API request: CreateProcessingJob, CreateTrainingJob, CreateModelPackage.

Place in the flow: the SDK's own job steps upload code under a timestamp, so no two builds agree and the cache never
hits; these send what they are given. One cost: a request is written out here instead of being derived from a trainer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sagemaker.core.workflow.properties import Properties, PropertyFile
from sagemaker.mlops.workflow.retry import RetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, ConfigurableRetryStep, Step, StepTypeEnum

Request = Mapping[str, Any]


class _RequestStep(ConfigurableRetryStep):  # type: ignore[misc] # the SDK has no types
    """A step whose arguments are a service request and whose properties are the service's answer."""

    step_kind: StepTypeEnum
    response_shape: str

    def __init__(
        self,
        name: str,
        request: Request,
        *,
        display_name: str,
        description: str,
        retry_policies: Sequence[RetryPolicy],
        depends_on: Sequence[Step] | None = None,
    ) -> None:
        super().__init__(
            name=name,
            step_type=self.step_kind,
            display_name=display_name,
            description=description,
            depends_on=list(depends_on) if depends_on else None,
            retry_policies=list(retry_policies),
        )
        self._request = dict(request)
        self._properties = Properties(step_name=name, step=self, shape_name=self.response_shape)

    @property
    def arguments(self) -> dict[str, Any]:
        """The request."""
        return self._request

    @property
    def properties(self) -> Properties:
        """What later steps may refer to."""
        return self._properties


class ProcessingRequestStep(_RequestStep):
    """CreateProcessingJob, with property files and cache."""

    step_kind = StepTypeEnum.PROCESSING
    response_shape = "DescribeProcessingJobResponse"

    def __init__(
        self,
        name: str,
        request: Request,
        *,
        property_files: Sequence[PropertyFile],
        cache: CacheConfig | None = None,
        **common: Any,
    ) -> None:
        super().__init__(name, request, **common)
        self.property_files = list(property_files)
        self.cache_config = cache

    def to_request(self) -> dict[str, Any]:
        """The step as it stands in the definition."""
        step: dict[str, Any] = super().to_request()
        if self.cache_config:
            step.update(self.cache_config.config)
        step["PropertyFiles"] = [file.expr for file in self.property_files]
        return step


class TrainingRequestStep(_RequestStep):
    """CreateTrainingJob."""

    step_kind = StepTypeEnum.TRAINING
    response_shape = "DescribeTrainingJobResponse"


class RegisterModelRequestStep(_RequestStep):
    """CreateModelPackage."""

    step_kind = StepTypeEnum.REGISTER_MODEL
    response_shape = "DescribeModelPackageOutput"
