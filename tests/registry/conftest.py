"""A registry in memory: moto's SageMaker and S3, without a server."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from registry.packages import Registration, ensure_group, register

GROUP = "penguin-species"


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield lambda service: boto3.client(service, region_name="us-east-1")


@pytest.fixture
def sagemaker(clients: Callable[[str], Any]) -> Any:
    return clients("sagemaker")


@pytest.fixture
def add(sagemaker: Any) -> Callable[..., str]:
    """Registers a version and gives its ARN."""

    def add(group: str = GROUP, *, token: str = "t", status: str = "PendingManualApproval") -> str:
        ensure_group(sagemaker, group)
        return register(
            sagemaker,
            Registration(
                group=group,
                image="image:1",
                model_data_url=f"s3://bucket/{token}/model.tar.gz",
                token=token,
                metrics_uri="s3://bucket/evaluation.json",
                metadata={"algorithm": "random_forest", "issue_number": "5"},
                status=status,
            ),
        )

    return add
