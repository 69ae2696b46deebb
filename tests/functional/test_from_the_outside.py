"""Other programs on the same endpoint: a plain boto3 client sees executions, steps, models and artefacts."""

from __future__ import annotations

import json
import os
import subprocess

import boto3
import pytest

from contracts import names


@pytest.fixture
def served(issueops, write_issue):
    """A home with one passed run, kept open by `issueops serve`; yields its endpoint."""
    assert issueops("run", write_issue()).code == 0
    command = issueops.argv("serve", "--port", "0")
    with subprocess.Popen(command, env=issueops.environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["aws_endpoint"]
        process.terminate()
        assert process.wait(20) == 0


def client(service: str, endpoint: str):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


def test_a_plain_client_sees_the_execution_its_steps_and_its_artefacts(served):
    sagemaker = client("sagemaker", served)
    executions = sagemaker.list_pipeline_executions(PipelineName=names.PIPELINE_NAME)["PipelineExecutionSummaries"]
    assert [e["PipelineExecutionStatus"] for e in executions] == ["Succeeded"]
    arn = executions[0]["PipelineExecutionArn"]
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert {s["StepName"] for s in steps} >= {"PrepareData", "TrainModel", "EvaluateModel", "RegisterModel"}
    packages = sagemaker.list_model_packages(ModelPackageGroupName="penguin-species")["ModelPackageSummaryList"]
    package = sagemaker.describe_model_package(ModelPackageName=packages[0]["ModelPackageArn"])
    url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, key = url.removeprefix("s3://").split("/", 1)
    assert client("s3", served).head_object(Bucket=bucket, Key=key)["ContentLength"] > 1000


def test_a_second_command_is_told_who_holds_the_home(served, issueops):
    refused = issueops("resume")

    assert refused.code == 2
    assert "in use" in refused.json["message"]
    assert str(os.getpid()) not in refused.json["message"]


def test_json_keeps_its_shape_when_the_input_cannot_be_read(issueops, tmp_path):
    result = issueops("run", str(tmp_path / "missing.md"))

    assert result.code == 2
    assert result.json["status"] == "Invalid"
    assert "missing.md" in result.json["message"]
    assert {"execution_arn", "decision", "steps", "evaluation", "model_package_arn", "retries"} <= result.json.keys()
    assert not issueops.home.exists() or not list((issueops.home / "jobs").iterdir())
