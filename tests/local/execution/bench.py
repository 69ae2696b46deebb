"""Fakes for the engine's ports, and short ways to write definitions.

Place in the flow: `conftest` gives every test a `Bench`; `driver` builds one in a process of its own, to be killed.
One cost: jobs are real processes, so each takes some hundredths of a second.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local.execution.engine import Engine
from local.home import Home
from local.object_store import ObjectStore

BUCKET = "bench"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/questions"
LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:"
Json = dict[str, Any]


class Bench:
    """One home with its engine; everything the engine sends is in `calls`, `messages` and `registered`."""

    def __init__(self, home: Path, *, log: Path | None = None, grace_seconds: float = 10.0) -> None:
        self.home = Home(home)
        self.grace_seconds = grace_seconds
        self.log = log
        self.objects = ObjectStore(self.home.objects)
        self.objects.create_bucket(BUCKET)
        self.calls: list[tuple[str, Json]] = []
        self.messages: list[Json] = []
        self.registered: list[Json] = []
        self.events: list[object] = []
        self.functions: dict[str, Callable[[Json], Json]] = {}
        self.lose_messages = False
        self.arrived = threading.Condition()
        self.engine = self._engine()

    def _engine(self) -> Engine:
        return Engine(
            self.home,
            objects=self.objects,
            registry=self,
            invoke_lambda=self._invoke,
            send_message=self._send,
            on_event=self.events.append,
            account="123456789012",
            region="eu-west-1",
            checkpoint_seconds=0.05,
            grace_seconds=self.grace_seconds,
        )

    def reopen(self) -> Engine:
        """Close the engine and open another on the same home."""
        self.engine.close()
        self.engine = self._engine()
        return self.engine

    def close(self) -> None:
        self.engine.close()
        self.objects.close()

    # Ports

    def create_model_package(self, request: Mapping[str, Any]) -> Json:
        self.registered.append(dict(request))
        self._record("registry", request.get("ClientToken"))
        return {"ModelPackageArn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/group/1"}

    def _invoke(self, function_arn: str, event: Mapping[str, Any], timeout: float | None) -> Json:
        name = function_arn.rsplit(":", 1)[-1]
        with self.arrived:
            self.calls.append((name, dict(event)))
            self.arrived.notify_all()
        self._record(f"lambda {name}", None)
        function = self.functions.get(name)
        return function(dict(event)) if function else {}

    def _send(self, queue_url: str, body: str) -> None:
        if self.lose_messages:
            raise ConnectionError("the queue is away")
        with self.arrived:
            self.messages.append(json.loads(body))
            self.arrived.notify_all()
        self._record("queue", json.loads(body)["token"])

    def _record(self, what: str, detail: object) -> None:
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps([what, detail]) + "\n")

    # What tests do

    def put(self, key: str, text: str) -> str:
        self.objects.put_bytes(BUCKET, key, text.encode())
        return f"s3://{BUCKET}/{key}"

    def text(self, key: str) -> str:
        return self.objects.read_bytes(BUCKET, key).decode()

    def start(
        self, *steps: Json, parameters: list[Json] | None = None, given: Json | None = None, name: str = "P"
    ) -> str:
        """Create or update the pipeline, start it, return the execution's ARN."""
        text = definition(*steps, parameters=parameters)
        known = [row["PipelineName"] for row in self.engine.list_pipelines({})["PipelineSummaries"]]
        save = self.engine.update_pipeline if name in known else self.engine.create_pipeline
        save({"PipelineName": name, "PipelineDefinition": text})
        stated = [{"Name": k, "Value": v} for k, v in (given or {}).items()]
        answer = self.engine.start_pipeline_execution({"PipelineName": name, "PipelineParameters": stated})
        return str(answer["PipelineExecutionArn"])

    def run(self, *steps: Json, parameters: list[Json] | None = None, given: Json | None = None) -> tuple[str, str]:
        """Start and wait; ARN and status."""
        arn = self.start(*steps, parameters=parameters, given=given)
        return arn, self.wait(arn)

    def wait(self, arn: str) -> str:
        return self.engine.wait(arn, 30)

    def steps(self, arn: str) -> dict[str, Json]:
        listed = self.engine.list_pipeline_execution_steps({"PipelineExecutionArn": arn, "SortOrder": "Ascending"})
        return {row["StepName"]: row for row in listed["PipelineExecutionSteps"]}

    def statuses(self, arn: str) -> dict[str, str]:
        return {name: row["StepStatus"] for name, row in self.steps(arn).items()}

    def reason(self, arn: str) -> str:
        return str(self.engine.describe_pipeline_execution({"PipelineExecutionArn": arn}).get("FailureReason", ""))

    def message(self, number: int = 1) -> Json:
        """The queue's message with that number, once it is there."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.messages) >= number, 10)
            return self.messages[number - 1]


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Block until something became true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.01)


def definition(*steps: Json, parameters: list[Json] | None = None) -> str:
    return json.dumps({"Version": "2020-12-01", "Parameters": parameters or [], "Steps": list(steps)})


def function(name: str, *, event: Json | None = None, **more: Any) -> Json:
    return {"Name": name, "Type": "Lambda", "FunctionArn": LAMBDA + name.lower(), "Arguments": event or {}, **more}


def callback(name: str, *outputs: str, kind: str = "String", **more: Any) -> Json:
    declared = [{"OutputName": output, "OutputType": kind} for output in outputs]
    return {
        "Name": name,
        "Type": "Callback",
        "SqsQueueUrl": QUEUE,
        "Arguments": {"a": 1},
        "OutputParameters": declared,
    } | more


def branch(name: str, condition: Json, then: list[Json], otherwise: list[Json], **more: Any) -> Json:
    arguments = {"Conditions": [condition], "IfSteps": then, "ElseSteps": otherwise}
    return {"Name": name, "Type": "Condition", "Arguments": arguments, **more}


def compare(kind: str, left: Any, right: Any) -> Json:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


def fail(name: str, message: Any, **more: Any) -> Json:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **more}


def processing(
    name: str, script_uri: str, *, arguments: list[Any] | None = None, output: str = "", **more: Any
) -> Json:
    """A processing step that runs the script; `output` is where its folder `out` goes."""
    outputs = [{"OutputName": "out", "S3Output": {"S3Uri": output or f"s3://{BUCKET}/{name}", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}}]  # fmt: skip # noqa: E501
    request = {
        "AppSpecification": {"ContainerEntrypoint": _entry(script_uri), "ContainerArguments": arguments or []},
        "ProcessingInputs": [_code(script_uri)],
        "ProcessingOutputConfig": {"Outputs": outputs},
        "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}},
    }
    request |= more.pop("request", {})
    return {"Name": name, "Type": "Processing", "Arguments": request, **more}


def training(name: str, script_uri: str, **more: Any) -> Json:
    """A training step; its script comes in the channel `code`."""
    channel = {"ChannelName": "code", "DataSource": {"S3DataSource": {"S3Uri": script_uri}}}
    request: Json = {
        "AlgorithmSpecification": {"ContainerEntrypoint": ["python3", f"/opt/ml/input/data/code/{_file(script_uri)}"]},
        "InputDataConfig": [channel],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        "HyperParameters": {"depth": "3"},
    }
    for key, value in more.pop("request", {}).items():
        request[key] = {**request[key], **value} if isinstance(request.get(key), dict) else value
    return {"Name": name, "Type": "Training", "Arguments": request, **more}


def _file(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]


def _entry(uri: str) -> list[str]:
    return ["python3", f"/opt/ml/processing/input/code/{_file(uri)}"]


def _code(uri: str) -> Json:
    return {"InputName": "code", "S3Input": {"S3Uri": uri, "LocalPath": "/opt/ml/processing/input/code"}}
