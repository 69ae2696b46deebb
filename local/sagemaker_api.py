"""SageMaker's JSON protocol over the engine and the registry, for any boto3 client or the AWS CLI.

Place in the flow: the endpoint hands requests with `X-Amz-Target: SageMaker.<Operation>` to this WSGI application.
One cost: an answer is not checked against its shape; botocore ignores what it does not know.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from local.api_errors import ApiError
from local.sagemaker_requests import check_request

logger = logging.getLogger(__name__)

PREFIX = "SageMaker."
MAX_BODY_BYTES = 8 << 20
# Reachable from outside; everything else that `Engine` or `RegistryStore` can do is not.
ENGINE_OPERATIONS = (
    "CreatePipeline",
    "UpdatePipeline",
    "DescribePipeline",
    "DescribePipelineDefinitionForExecution",
    "ListPipelines",
    "DeletePipeline",
    "StartPipelineExecution",
    "DescribePipelineExecution",
    "ListPipelineExecutions",
    "ListPipelineParametersForExecution",
    "ListPipelineExecutionSteps",
    "SendPipelineExecutionStepSuccess",
    "SendPipelineExecutionStepFailure",
    "StopPipelineExecution",
    "RetryPipelineExecution",
    "DescribeTrainingJob",
    "DescribeProcessingJob",
    "ListTrainingJobs",
)
REGISTRY_OPERATIONS = (
    "CreateModelPackageGroup",
    "DescribeModelPackageGroup",
    "ListModelPackageGroups",
    "DeleteModelPackageGroup",
    "CreateModelPackage",
    "DescribeModelPackage",
    "ListModelPackages",
    "UpdateModelPackage",
    "DeleteModelPackage",
    "AddTags",
    "ListTags",
    "DeleteTags",
)


class SageMakerApi:
    """A WSGI application; operations that neither `engine` nor `registry` has go to `fallback`."""

    def __init__(self, engine: object, registry: object, fallback: Callable[[], Callable[..., Any]]) -> None:
        self._owners = dict.fromkeys(ENGINE_OPERATIONS, engine) | dict.fromkeys(REGISTRY_OPERATIONS, registry)
        self._fallback = fallback

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).removeprefix(PREFIX)
        handle = getattr(self._owners.get(operation), _snake_case(operation), None)
        if handle is None:
            return self._fallback()(environ, start_response)
        try:
            values = _read(Request(environ))
            check_request(operation, values)
            response = _json(handle(values), 200)
        except ApiError as error:
            response = _json({"__type": error.code, "message": error.message, "Message": error.message}, error.status)
        except Exception:  # the edge: the client gets the service's word for it, the log gets the traceback
            logger.exception("SageMaker %s failed", operation)
            message = f"{operation} failed on the local endpoint; its log says why."
            response = _json({"__type": "InternalFailure", "message": message}, 500)
        return response(environ, start_response)


def _read(request: Request) -> dict[str, Any]:
    """The request's JSON object.

    Raises:
        ApiError: SerializationException, RequestEntityTooLarge.
    """
    body = request.stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise ApiError("RequestEntityTooLarge", f"A request may have {MAX_BODY_BYTES} bytes at most.", 413)
    try:
        values = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", f"The request is not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise ApiError("SerializationException", "The request must be a JSON object.")
    return values


def _snake_case(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _json(body: Mapping[str, Any], status: int) -> Response:
    text = json.dumps(body, default=_seconds)
    return Response(text, status, content_type="application/x-amz-json-1.1")


def _seconds(value: object) -> float:
    """Moments travel as seconds since the epoch."""
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no place in a response")
