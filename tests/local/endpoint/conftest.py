"""A running endpoint on a fresh home, with a fake engine: the engine has tests of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.api_errors import ApiError
from local.endpoint import Endpoint
from local.home import Home
from local.object_store import ObjectStore
from local.queues.store import QueueStore
from local.registry_store import RegistryStore

ACCOUNT, REGION = "123456789012", "us-east-1"


class FakeEngine:
    """Answers two operations."""

    def describe_pipeline(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["PipelineName"] == "missing":
            raise ApiError("ResourceNotFound", "Pipeline missing does not exist.")
        if request["PipelineName"] == "broken":
            raise RuntimeError("secret")
        return {"PipelineName": request["PipelineName"], "PipelineDefinition": "{}", "CreationTime": 1.5}


class Cloud:
    """A home's endpoint and clients for it."""

    def __init__(self, path: Path, github_app: Any = None) -> None:
        self.home = Home(path)
        self.objects = ObjectStore(self.home.objects)
        self.registry = RegistryStore(self.home.database, account=ACCOUNT, region=REGION)
        self.queues = QueueStore(self.home.path / "queues.db", account=ACCOUNT, region=REGION)
        self.endpoint = Endpoint(
            self.home,
            self.objects,
            engine=FakeEngine(),
            registry=self.registry,
            queues=self.queues,
            github_app=github_app,
        )
        self.endpoint.start()

    def client(self, service: str, **config: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint.url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"max_attempts": 1}, **config),
        )

    def close(self) -> None:
        self.endpoint.stop()
        self.queues.close()
        self.registry.close()
        self.objects.close()


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    running = Cloud(tmp_path / "home")
    yield running
    running.close()
