"""AWS clients: made when first asked for, then kept for the life of the process.

Place in the flow: handlers ask `client("sagemaker")` and pass it on; pure modules never see this. One cost: making a
client takes about 0.1 s, once for each service and endpoint.
"""

from __future__ import annotations

import functools
import os
from typing import Any

from contracts.names import REGION

# The webhook calls these while GitHub waits, ten seconds at most; both answer within milliseconds or not at all.
_HURRIED = frozenset({"sqs", "secretsmanager"})


def client(service: str) -> Any:
    """The boto3 client of a service for the region and endpoint that the environment names now."""
    return _client(service, os.environ.get("AWS_REGION", REGION), os.environ.get("AWS_ENDPOINT_URL"))


@functools.cache
def _client(service: str, region: str, endpoint: str | None) -> Any:
    import boto3
    from botocore.config import Config

    # A bucket is no host name below an endpoint of one's own, so its name goes into the path there.
    s3 = {"addressing_style": "path"} if endpoint else {}
    attempts, connect, read = (2, 1, 3) if service in _HURRIED else (5, 5, 30)
    retries = {"mode": "standard", "max_attempts": attempts}
    config = Config(retries=retries, connect_timeout=connect, read_timeout=read, s3=s3)
    return boto3.client(service, region_name=region, endpoint_url=endpoint, config=config)


def error_code(error: Exception) -> str:
    """The service's error code of a botocore ClientError, or nothing."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
