"""SageMaker's JSON protocol over the engine and the registry, for any boto3 client or the AWS CLI.

Place in the flow: the endpoint hands requests with `X-Amz-Target: SageMaker.<Operation>` to this WSGI application.
Requests are checked against botocore's own model, as the service would. One cost: loading that model takes 0.1 s once.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from local.api_errors import ApiError

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
)


class SageMakerApi:
    """A WSGI application; operations it does not keep go to `fallback`."""

    def __init__(self, engine: object, registry: object, fallback: Callable[[], Callable[..., Any]]) -> None:
        self._owners = {name: engine for name in ENGINE_OPERATIONS} | {name: registry for name in REGISTRY_OPERATIONS}
        self._fallback = fallback

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).removeprefix(PREFIX)
        owner = self._owners.get(operation)
        if owner is None:
            return self._fallback()(environ, start_response)
        try:
            request = _read(Request(environ), operation)
            handle = getattr(owner, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
            response = _json(handle(request), 200)
        except ApiError as error:
            response = _json({"__type": error.code, "message": error.message, "Message": error.message}, error.status)
        return response(environ, start_response)


def _read(request: Request, operation: str) -> dict[str, Any]:
    """The request as a dictionary that fits the operation's input shape.

    Raises:
        ApiError: ValidationException, naming what does not fit.
    """
    body = request.stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise ApiError("ValidationException", f"a request must be at most {MAX_BODY_BYTES} bytes")
    try:
        values = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", f"the request is not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise ApiError("SerializationException", "the request must be a JSON object")
    from botocore.validate import ParamValidator

    shape = _model().operation_model(operation).input_shape
    if shape is not None:
        report = ParamValidator().validate(values, shape)
        if report.has_errors():
            raise ApiError("ValidationException", report.generate_report())
    return values


@functools.cache
def _model() -> Any:
    from botocore.session import get_session

    return get_session().get_service_model("sagemaker")


def _json(body: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/x-amz-json-1.1")
