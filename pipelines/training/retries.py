"""When the service starts a step again by itself.

Place in the flow: every job step carries these policies. One cost: a spot capacity shortage may keep an execution
waiting for two hours before it fails.
"""

from __future__ import annotations

from sagemaker.mlops.workflow.retry import (
    RetryPolicy,
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)


def service_retries() -> list[RetryPolicy]:
    """Throttling and service faults: soon, with doubling pauses."""
    return [
        StepRetryPolicy(
            exception_types=[StepExceptionTypeEnum.THROTTLING, StepExceptionTypeEnum.SERVICE_FAULT],
            interval_seconds=5,
            backoff_rate=2.0,
            max_attempts=5,
        )
    ]


def job_retries() -> list[RetryPolicy]:
    """What can befall a job beside that: an internal error, no capacity, an account limit reached for now."""
    return [
        *service_retries(),
        SageMakerJobStepRetryPolicy(
            failure_reason_types=[
                SageMakerJobExceptionTypeEnum.INTERNAL_ERROR,
                SageMakerJobExceptionTypeEnum.CAPACITY_ERROR,
            ],
            interval_seconds=60,
            backoff_rate=2.0,
            expire_after_mins=120,
        ),
        SageMakerJobStepRetryPolicy(
            exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT],
            interval_seconds=60,
            backoff_rate=2.0,
            expire_after_mins=120,
        ),
    ]
