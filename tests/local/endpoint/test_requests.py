"""What a client does not check, the endpoint does, in the service's words."""

import time

import pytest
from botocore.exceptions import ClientError

from local.api_errors import ApiError
from local.sagemaker_requests import check_request

TOKEN = "0" * 32


def refusal(call, **request) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    return str(caught.value)


def test_an_unknown_value_is_answered_with_the_known_ones(cloud):
    message = refusal(cloud.client("sagemaker").list_model_packages, ModelApprovalStatus="Maybe")
    assert "'Maybe' at 'ModelApprovalStatus'" in message
    assert "[Approved, Rejected, PendingManualApproval]" in message


def test_lengths_and_patterns_hold(cloud):
    sagemaker = cloud.client("sagemaker")
    assert "regular expression" in refusal(sagemaker.create_model_package_group, ModelPackageGroupName="a_b")
    assert "regular expression" in refusal(sagemaker.describe_pipeline, PipelineName="no such name")
    assert "less than or equal to 100" in refusal(sagemaker.list_model_packages, MaxResults=101)


def test_every_violation_is_named_at_once(cloud):
    message = refusal(
        cloud.client("sagemaker").create_model_package,
        ModelPackageGroupName="g",
        ModelLifeCycle={"Stage": "s" * 300, "StageStatus": "x"},
        CustomerMetadataProperties={"k" * 200: "v"},
    )
    assert "CustomerMetadataProperties.key" in message
    assert "ModelLifeCycle.Stage" in message


def test_a_large_definition_full_of_spaces_passes_its_pattern_at_once():
    request = {"PipelineName": "p", "RoleArn": "r" * 20, "ClientRequestToken": TOKEN}
    started = time.perf_counter()
    with pytest.raises(ApiError, match="'RoleArn'"):
        check_request("CreatePipeline", request | {"PipelineDefinition": "a b\t" * 200_000})
    assert time.perf_counter() - started < 2


def test_a_fault_inside_an_operation_is_an_internal_failure_without_details(cloud, caplog):
    with pytest.raises(ClientError) as caught:
        cloud.client("sagemaker").describe_pipeline(PipelineName="broken")
    assert caught.value.response["Error"]["Code"] == "InternalFailure"
    assert "secret" not in str(caught.value)
    assert "Traceback" in caplog.text


def test_an_operation_of_nobody_here_reaches_moto(cloud):
    sagemaker = cloud.client("sagemaker")
    name = sagemaker.create_experiment(ExperimentName="mine")["ExperimentArn"].rsplit("/", 1)[-1]
    assert name == "mine"
