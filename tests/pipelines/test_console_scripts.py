"""`get-pipeline-definition` and `run-pipeline`, on a small pipeline module and a stand-in for the service."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from pipelines import get_pipeline_definition, run_pipeline
from pipelines.module_arguments import build
from pipelines.run_pipeline import upsert

ROLE = "arn:aws:iam::210987654321:role/run"
ARN = "arn:aws:sagemaker:eu-west-1:210987654321:pipeline/small"
REGION = "{'region': 'eu-west-1'}"
START = datetime(2026, 1, 1)


class SmallPipeline:
    """Quacks like the SDK's Pipeline."""

    name = "small"

    def __init__(self, message: object) -> None:
        self._message = message

    def definition(self) -> str:
        step = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": self._message}}
        return json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": [step]})


@pytest.fixture(autouse=True)
def module(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A module `small_pipeline`; returns the arguments that its get_pipeline got."""
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    monkeypatch.setenv("SAGEMAKER_VALIDATE_ROLE", "false")
    received: dict[str, Any] = {}

    def get_pipeline(region: str, role: str | None = None, message: object = "over") -> SmallPipeline:
        received.update(region=region, role=role)
        return SmallPipeline(message)

    def get_pipeline_custom_tags(new_tags: list[Any], region: str, sagemaker_project_arn: str | None) -> list[Any]:
        return [*new_tags, {"Key": "region", "Value": region}]

    content = ModuleType("small_pipeline")
    content.__dict__.update(get_pipeline=get_pipeline, get_pipeline_custom_tags=get_pipeline_custom_tags)
    monkeypatch.setitem(sys.modules, "small_pipeline", content)
    return received


class Service:
    """One pipeline; each describe of the execution takes the next state of the script."""

    def __init__(self, *states: tuple[str, list[dict[str, Any]]], exists: bool = False) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._exists = exists
        self._states = list(states)
        self._steps: list[dict[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> dict[str, Any]:
            self.calls.append((operation, request))
            answer: dict[str, Any] = getattr(self, f"_{operation}")(request)
            return answer

        return call

    def request(self, operation: str) -> dict[str, Any]:
        return next(request for name, request in self.calls if name == operation)

    def _create_pipeline(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._exists:
            message = "Pipeline names must be unique. Pipeline with name (small) already exists."
            raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "CreatePipeline")
        return {"PipelineArn": ARN}

    def _update_pipeline(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"PipelineArn": ARN}

    def _add_tags(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"Tags": request["Tags"]}

    def _start_pipeline_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"PipelineExecutionArn": f"{ARN}/execution/abcdefghijkl"}

    def _describe_pipeline_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        status, self._steps = self._states.pop(0)
        return {"PipelineExecutionStatus": status}

    def _list_pipeline_execution_steps(self, request: dict[str, Any]) -> dict[str, Any]:
        first, rest = self._steps[:1], self._steps[1:]
        if "NextToken" in request:
            return {"PipelineExecutionSteps": rest}
        return {"PipelineExecutionSteps": first, **({"NextToken": "rest"} if rest else {})}


def step(name: str, status: str, **more: Any) -> dict[str, Any]:
    return {"StepName": name, "StepStatus": status, **more}


def run(service: Service, *more: str) -> tuple[int, list[float]]:
    pauses: list[float] = []
    arguments = ["-n", "small_pipeline", "-role-arn", ROLE, "-kwargs", REGION, *more]
    return run_pipeline.main(arguments, client=service, pause=pauses.append), pauses


def test_definition_goes_to_stdout_or_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert get_pipeline_definition.main(["-n", "small_pipeline", "-kwargs", REGION]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["Steps"][0]["Name"] == "Stop"
    assert printed.err == ""
    path = tmp_path / "definition.json"
    assert get_pipeline_definition.main(["--module-name", "small_pipeline", "--kwargs", REGION, "-f", str(path)]) == 0
    assert path.read_text() + "\n" == printed.out


@pytest.mark.parametrize("main", [get_pipeline_definition.main, run_pipeline.main])
def test_without_a_module_help_is_printed_and_the_status_is_2(main: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "--module-name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ("__import__('os').getcwd()", "must be a Python literal"),
        ("[1]", "must be a dict"),
        ("(" * 5000, "must be a Python literal"),
        ("x" * 70_000, "70000 characters"),
        ("{}", "No region"),
        ("{'region': 'eu-west-1', 'colour': 'blue'}", "does not take these arguments"),
        ("{'region': 'eu-west-1', 'message': 3}", "SageMaker would refuse this definition"),
    ],
)
def test_bad_arguments_are_explained_with_status_2(kwargs: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert get_pipeline_definition.main(["-n", "small_pipeline", "-kwargs", kwargs]) == 2
    assert words in capsys.readouterr().err


def test_unknown_module_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert get_pipeline_definition.main(["-n", "no_such_module", "-kwargs", REGION]) == 2
    assert "no_such_module" in capsys.readouterr().err


def test_new_pipeline_is_created_with_tags_and_run_to_its_end(
    capsys: pytest.CaptureFixture[str], module: dict[str, Any]
) -> None:
    ended = step("PrepareData", "Succeeded", StartTime=START, EndTime=START + timedelta(seconds=2.5))
    service = Service(
        ("Executing", [step("PrepareData", "Executing")]), ("Succeeded", [ended, step("Two", "Succeeded")])
    )
    status, pauses = run(service, "-description", "Small.", "-tags", "[{'Key': 'team', 'Value': 'ml'}]")
    assert (status, len(pauses)) == (0, 1)
    created = service.request("create_pipeline")
    assert created["Tags"] == [{"Key": "team", "Value": "ml"}, {"Key": "region", "Value": "eu-west-1"}]
    assert created["PipelineDescription"] == "Small."
    assert module == {"region": "eu-west-1", "role": ROLE}
    printed = capsys.readouterr()
    assert printed.out == f"{ARN}/execution/abcdefghijkl\n"
    assert "PrepareData  Succeeded  2.5" in printed.err
    assert "Two" in printed.err


def test_existing_pipeline_is_updated_and_tagged() -> None:
    service = Service(("Succeeded", []), exists=True)
    assert run(service)[0] == 0
    assert [name for name, _ in service.calls[:4]] == [
        "create_pipeline",
        "update_pipeline",
        "add_tags",
        "start_pipeline_execution",
    ]


def test_deploying_twice_leaves_one_pipeline_with_the_last_definition_and_all_tags(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        client = boto3.client("sagemaker", region_name="eu-west-1", endpoint_url=f"http://{host}:{port}")
        for message, team in (("first", "ml"), ("second", "ops")):
            pipeline = build("small_pipeline", {"region": "eu-west-1", "message": message})
            arn = upsert(client, pipeline, role_arn=ROLE, description=None, tags=[{"Key": team, "Value": "x"}])
        assert [row["PipelineName"] for row in client.list_pipelines()["PipelineSummaries"]] == ["small"]
        assert "second" in client.describe_pipeline(PipelineName="small")["PipelineDefinition"]
        assert {tag["Key"] for tag in client.list_tags(ResourceArn=arn)["Tags"]} == {"ml", "ops"}
    finally:
        server.stop()


@pytest.mark.parametrize("status", ["Failed", "Stopped", "CompletedWithFailures"])
def test_bad_end_is_status_1_with_the_reason(status: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Service((status, [step("TrainModel", "Failed", FailureReason="no\nrows")])))[0] == 1
    assert "no rows" in capsys.readouterr().err


def test_waiting_for_an_operator_is_status_3() -> None:
    asked = step("WaitForOperatorInput", "Executing", Metadata={"Callback": {"CallbackToken": "abcdefghij"}})
    assert run(Service(("Executing", [step("TrainModel", "Succeeded"), asked])))[0] == 3


def test_service_error_is_told_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    class Refusing(Service):
        def _create_pipeline(self, request: dict[str, Any]) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no right"}}, "CreatePipeline")

    assert run(Refusing())[0] == 1
    assert "no right" in capsys.readouterr().err


@pytest.mark.parametrize("tags", ["{'Key': 'a'}", "[{'Key': 'a'}]", "[{'Key': 'a', 'Value': 1}]", str([{}] * 2)])
def test_tags_of_another_shape_are_refused(tags: str, capsys: pytest.CaptureFixture[str]) -> None:
    service = Service()
    assert run(service, "-tags", tags)[0] == 2
    assert service.calls == []
    assert "-tags" in capsys.readouterr().err
