"""The model registry through boto3: versions, approval, idempotency, durability."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.local.endpoint.conftest import Cloud

GROUP = "penguins"


@pytest.fixture
def sagemaker(cloud):
    client = cloud.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    return client


def test_versions_count_from_one_and_wait_for_approval(sagemaker):
    arns = [sagemaker.create_model_package(ModelPackageGroupName=GROUP)["ModelPackageArn"] for _ in range(2)]

    assert [arn.rsplit(":", 1)[-1] for arn in arns] == ["model-package/penguins/1", "model-package/penguins/2"]
    described = sagemaker.describe_model_package(ModelPackageName=arns[1])
    assert described["ModelPackageVersion"] == 2
    assert described["ModelApprovalStatus"] == "PendingManualApproval"


def test_the_same_client_token_registers_once(sagemaker):
    arns = {
        sagemaker.create_model_package(ModelPackageGroupName=GROUP, ClientToken="t" * 36)["ModelPackageArn"]
        for _ in range(3)
    }

    assert len(arns) == 1
    assert len(sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]) == 1


def test_versions_made_at_the_same_moment_are_all_different(cloud, sagemaker):
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(lambda _: cloud.registry.create_model_package({"ModelPackageGroupName": GROUP}), range(24))
        )

    versions = sorted(int(m["ModelPackageArn"].rsplit("/", 1)[-1]) for m in made)
    assert versions == list(range(1, 25))


def test_an_approval_is_kept_with_its_reason_and_metadata_is_merged(sagemaker):
    arn = sagemaker.create_model_package(ModelPackageGroupName=GROUP, CustomerMetadataProperties={"a": "1", "b": "2"})[
        "ModelPackageArn"
    ]
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="looks right",
        CustomerMetadataProperties={"b": "3"},
        CustomerMetadataPropertiesToRemove=["a"],
    )

    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert described["ModelApprovalStatus"] == "Approved"
    assert described["ApprovalDescription"] == "looks right"
    assert described["CustomerMetadataProperties"] == {"b": "3"}
    approved = sagemaker.list_model_packages(ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved")
    assert len(approved["ModelPackageSummaryList"]) == 1


def test_a_missing_group_or_version_is_named(sagemaker):
    with pytest.raises(ClientError, match="walruses does not exist"):
        sagemaker.create_model_package(ModelPackageGroupName="walruses")
    with pytest.raises(ClientError, match="penguins/7 does not exist"):
        sagemaker.describe_model_package(
            ModelPackageName="arn:aws:sagemaker:us-east-1:123456789012:model-package/penguins/7"
        )


def test_a_group_with_versions_is_not_deleted(sagemaker):
    arn = sagemaker.create_model_package(ModelPackageGroupName=GROUP)["ModelPackageArn"]
    with pytest.raises(ClientError, match="still has versions"):
        sagemaker.delete_model_package_group(ModelPackageGroupName=GROUP)
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName=GROUP)
    assert sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_the_registry_survives_a_restart_and_gives_no_number_twice(tmp_path):
    first = Cloud(tmp_path / "home")
    client = first.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    arn = client.create_model_package(ModelPackageGroupName=GROUP)["ModelPackageArn"]
    client.delete_model_package(ModelPackageName=arn)
    first.close()

    second = Cloud(tmp_path / "home")
    made = second.client("sagemaker").create_model_package(ModelPackageGroupName=GROUP)["ModelPackageArn"]
    second.close()
    assert made.endswith("/2")


def test_listings_come_in_pages(sagemaker):
    for _ in range(5):
        sagemaker.create_model_package(ModelPackageGroupName=GROUP)
    pages = list(sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=GROUP, MaxResults=2))

    assert [len(p["ModelPackageSummaryList"]) for p in pages] == [2, 2, 1]
    assert pages[0]["ModelPackageSummaryList"][0]["ModelPackageVersion"] == 5
