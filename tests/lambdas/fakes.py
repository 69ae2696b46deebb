"""AWS services in memory, as far as the handlers speak to them; they keep the services' rules on repeated calls."""

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from contracts import names


def refused(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "refused"}}, operation)


class Pages:
    """A paginator that has everything on one page."""

    def __init__(self, call: Callable[..., dict[str, Any]]) -> None:
        self._call = call

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        request.pop("PaginationConfig", None)
        yield self._call(**request)


class FakeSecrets:
    def __init__(self, token: str) -> None:
        self.token = token
        self.reads = 0

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:
        self.reads += 1
        return {"SecretString": self.token}


class FakeS3:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(
        self, *, Bucket: str, Key: str, Body: bytes, IfMatch: str = "", IfNoneMatch: str = "", **_: str
    ) -> dict[str, str]:
        present = self.objects.get(f"{Bucket}/{Key}")
        if (IfNoneMatch and present is not None) or (IfMatch and (present is None or _etag(present) != IfMatch)):
            raise refused("PreconditionFailed", "PutObject")
        self.objects[f"{Bucket}/{Key}"] = Body
        return {"ETag": _etag(Body)}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if f"{Bucket}/{Key}" not in self.objects:
            raise refused("404", "HeadObject")
        return {"ContentLength": len(self.objects[f"{Bucket}/{Key}"])}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        try:
            data = self.objects[f"{Bucket}/{Key}"]
            return {"Body": io.BytesIO(data), "ETag": _etag(data)}
        except KeyError:
            raise refused("NoSuchKey", "GetObject") from None

    def get_paginator(self, _: str) -> Pages:
        return Pages(self._list)

    def _list(self, *, Bucket: str, Prefix: str, Delimiter: str = "") -> dict[str, Any]:
        keys = [k.removeprefix(f"{Bucket}/") for k in self.objects if k.startswith(f"{Bucket}/{Prefix}")]
        if Delimiter:
            folders = {Prefix + k.removeprefix(Prefix).split(Delimiter)[0] + Delimiter for k in keys}
            return {"CommonPrefixes": [{"Prefix": f} for f in folders]}
        return {"Contents": [self._entry(Bucket, key) for key in keys]} if keys else {}

    def _entry(self, bucket: str, key: str) -> dict[str, Any]:
        data = self.objects[f"{bucket}/{key}"]
        return {"Key": key, "ETag": _etag(data), "Size": len(data)}


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


class FakeSqs:
    """Queues as lists of the requests that were sent; a FIFO queue drops a repeated MessageDeduplicationId."""

    def __init__(self) -> None:
        self.sent: dict[str, list[dict[str, Any]]] = {}

    def send_message(self, *, QueueUrl: str, **entry: Any) -> dict[str, str]:
        queue = self.sent.setdefault(QueueUrl.rsplit("/", 1)[-1], [])
        key = entry.get("MessageDeduplicationId")
        assert (key is not None) == QueueUrl.endswith(".fifo")
        if key is None or all(other["MessageDeduplicationId"] != key for other in queue):
            queue.append(entry)
        return {"MessageId": f"m{len(queue)}"}


class FakeSageMaker:
    """Executions that stand still until a test moves them."""

    def __init__(self) -> None:
        self.groups: set[str] = set()
        self.packages: list[dict[str, Any]] = []
        self.executions: list[dict[str, Any]] = []
        self.steps: dict[str, list[dict[str, Any]]] = {}
        self.failures: list[tuple[str, str]] = []
        self.definition = '{"Steps": []}'

    # What tests do

    def ask(self, arn: str, token: str = "token00001") -> None:
        """Let an execution wait for its operator."""
        self.steps[arn].append(
            {
                "StepName": names.WAIT_FOR_OPERATOR_INPUT,
                "StepStatus": "Executing",
                "StartTime": datetime.now(UTC),
                "Metadata": {"Callback": {"CallbackToken": token, "OutputParameters": []}},
            }
        )

    def fail(self, arn: str, step: str, reason: str) -> None:
        self.steps[arn].append(
            {"StepName": step, "StepStatus": "Failed", "StartTime": datetime.now(UTC), "FailureReason": reason}
        )

    def end(self, arn: str, status: str = "Succeeded") -> None:
        """Let an execution end."""
        self._execution(arn)["status"] = status

    def status(self, arn: str) -> str:
        return str(self._execution(arn)["status"])

    def answer(self, arn: str) -> dict[str, str] | None:
        """What the execution's question was answered with."""
        step = self._question(arn)
        outputs = step["Metadata"]["Callback"]["OutputParameters"]
        return {o["Name"]: o["Value"] for o in outputs} if step["StepStatus"] == "Succeeded" else None

    def parameters(self, arn: str) -> dict[str, str]:
        return {p["Name"]: p["Value"] for p in self._execution(arn)["parameters"]}

    # What handlers do

    def start_pipeline_execution(self, **request: Any) -> dict[str, str]:
        for execution in self.executions:
            if execution["token"] == request["ClientRequestToken"]:
                return {"PipelineExecutionArn": execution["arn"]}
        assert 32 <= len(request["ClientRequestToken"]) <= 128
        assert all(len(p["Value"]) <= 1024 for p in request["PipelineParameters"])
        arn = names.execution_arn(names.LOCAL_ACCOUNT, names.REGION, f"exec{len(self.executions):08d}")
        self.executions.append(
            {
                "arn": arn,
                "name": request["PipelineExecutionDisplayName"],
                "description": request["PipelineExecutionDescription"],
                "parameters": request["PipelineParameters"],
                "token": request["ClientRequestToken"],
                "status": "Executing",
                "created": datetime.now(UTC),
            }
        )
        self.steps[arn] = []
        return {"PipelineExecutionArn": arn}

    def describe_pipeline_execution(self, *, PipelineExecutionArn: str) -> dict[str, Any]:
        execution = self._known(PipelineExecutionArn, "DescribePipelineExecution")
        return {
            "PipelineExecutionArn": execution["arn"],
            "PipelineExecutionDisplayName": execution["name"],
            "PipelineExecutionDescription": execution["description"],
            "PipelineExecutionStatus": execution["status"],
            "CreationTime": execution["created"],
            "LastModifiedTime": execution["created"],
        }

    def describe_pipeline_definition_for_execution(self, *, PipelineExecutionArn: str) -> dict[str, Any]:
        self._known(PipelineExecutionArn, "DescribePipelineDefinitionForExecution")
        return {"PipelineDefinition": self.definition}

    def stop_pipeline_execution(self, *, PipelineExecutionArn: str, ClientRequestToken: str) -> dict[str, str]:
        assert 32 <= len(ClientRequestToken) <= 128
        execution = self._known(PipelineExecutionArn, "StopPipelineExecution")
        if execution["status"] not in ("Executing", "Stopping"):
            raise refused("ValidationException", "StopPipelineExecution")
        execution["status"] = "Stopping"
        return {"PipelineExecutionArn": PipelineExecutionArn}

    def retry_pipeline_execution(self, *, PipelineExecutionArn: str, ClientRequestToken: str) -> dict[str, str]:
        assert 32 <= len(ClientRequestToken) <= 128
        execution = self._known(PipelineExecutionArn, "RetryPipelineExecution")
        if execution["status"] not in ("Failed", "Stopped", "CompletedWithFailures"):
            raise refused("ValidationException", "RetryPipelineExecution")
        execution["status"] = "Executing"
        return {"PipelineExecutionArn": PipelineExecutionArn}

    def send_pipeline_execution_step_success(self, **request: Any) -> None:
        step = self._waiting(request["CallbackToken"], "SendPipelineExecutionStepSuccess")
        assert all(len(o["Value"]) <= 1024 for o in request["OutputParameters"])
        step["StepStatus"] = "Succeeded"
        step["Metadata"]["Callback"]["OutputParameters"] = request["OutputParameters"]

    def send_pipeline_execution_step_failure(self, **request: Any) -> None:
        step = self._waiting(request["CallbackToken"], "SendPipelineExecutionStepFailure")
        step["StepStatus"] = "Failed"
        self.failures.append((request["CallbackToken"], request["FailureReason"]))

    def describe_model_package_group(self, *, ModelPackageGroupName: str) -> None:
        if ModelPackageGroupName not in self.groups:
            raise refused("ValidationException", "DescribeModelPackageGroup")

    def create_model_package_group(self, *, ModelPackageGroupName: str, **_: str) -> None:
        self.describe_absent(ModelPackageGroupName)
        self.groups.add(ModelPackageGroupName)

    def describe_absent(self, name: str) -> None:
        if name in self.groups:
            raise refused("ValidationException", "CreateModelPackageGroup")

    def get_paginator(self, operation: str) -> Pages:
        return Pages(getattr(self, f"_{operation}"))

    def _list_pipeline_executions(self, **_: Any) -> dict[str, Any]:
        newest_first = reversed(self.executions)
        summaries = [
            {
                "PipelineExecutionArn": e["arn"],
                "PipelineExecutionDisplayName": e["name"],
                "PipelineExecutionStatus": e["status"],
                "StartTime": e["created"],
            }
            for e in newest_first
        ]
        return {"PipelineExecutionSummaries": summaries}

    def _list_pipeline_parameters_for_execution(self, *, PipelineExecutionArn: str) -> dict[str, Any]:
        return {"PipelineParameters": self._execution(PipelineExecutionArn)["parameters"]}

    def _list_pipeline_execution_steps(self, *, PipelineExecutionArn: str, **_: str) -> dict[str, Any]:
        return {"PipelineExecutionSteps": self.steps[PipelineExecutionArn]}

    def _list_model_package_groups(self, **_: Any) -> dict[str, Any]:
        return {"ModelPackageGroupSummaryList": [{"ModelPackageGroupName": g} for g in self.groups]}

    def _list_model_packages(self, *, ModelPackageGroupName: str) -> dict[str, Any]:
        found = [p for p in self.packages if p["ModelPackageGroupName"] == ModelPackageGroupName]
        return {"ModelPackageSummaryList": found}

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:
        found = next((p for p in self.packages if p["ModelPackageArn"] == ModelPackageName), None)
        if found is None:
            raise refused("ValidationException", "DescribeModelPackage")
        url = f"s3://bucket/models/{found['ModelPackageVersion']}/model.tar.gz"
        return {**found, "InferenceSpecification": {"Containers": [{"Image": "image", "ModelDataUrl": url}]}}

    def update_model_package(self, *, ModelPackageArn: str, **request: Any) -> dict[str, str]:
        found = next((p for p in self.packages if p["ModelPackageArn"] == ModelPackageArn), None)
        if found is None:
            raise refused("ValidationException", "UpdateModelPackage")
        found.update(request)
        return {"ModelPackageArn": ModelPackageArn}

    def _execution(self, arn: str) -> dict[str, Any]:
        return next(e for e in self.executions if e["arn"] == arn)

    def _known(self, arn: str, operation: str) -> dict[str, Any]:
        if all(e["arn"] != arn for e in self.executions):
            raise refused("ResourceNotFound", operation)
        return self._execution(arn)

    def _question(self, arn: str) -> dict[str, Any]:
        return next(s for s in self.steps[arn] if s["StepName"] == names.WAIT_FOR_OPERATOR_INPUT)

    def _waiting(self, token: str, operation: str) -> dict[str, Any]:
        for steps in self.steps.values():
            for step in steps:
                callback = step.get("Metadata", {}).get("Callback", {})
                if callback.get("CallbackToken") == token and step["StepStatus"] == "Executing":
                    return step
        raise refused("ResourceNotFound", operation)
