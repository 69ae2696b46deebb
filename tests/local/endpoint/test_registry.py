"""The model registry through boto3: versions, approval, idempotency, durability."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

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


def test_listings_come_in_pages_that_later_registrations_do_not_shift(sagemaker):
    for _ in range(5):
        sagemaker.create_model_package(ModelPackageGroupName=GROUP)

    def versions(page):
        return [item["ModelPackageVersion"] for item in page["ModelPackageSummaryList"]]

    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=GROUP, MaxResults=2)
    assert [versions(page) for page in pages] == [[1, 2], [3, 4], [5]]
    newest = {"ModelPackageGroupName": GROUP, "SortOrder": "Descending", "MaxResults": 2}
    first = sagemaker.list_model_packages(**newest)
    sagemaker.create_model_package(ModelPackageGroupName=GROUP)
    second = sagemaker.list_model_packages(**newest, NextToken=first["NextToken"])
    assert (versions(first), versions(second)) == ([5, 4], [3, 2])


@pytest.mark.parametrize("token", ["1", "W10=", "e30=", "%%", base64.b64encode(b"[" * 5000).decode()])
def test_an_invented_token_is_refused(sagemaker, token):
    sagemaker.create_model_package(ModelPackageGroupName=GROUP)
    sagemaker.create_model_package(ModelPackageGroupName=GROUP)
    with pytest.raises(ClientError, match="NextToken"):
        sagemaker.list_model_packages(ModelPackageGroupName=GROUP, NextToken=token)


def test_groups_are_found_by_name_and_time(cloud, sagemaker):
    cloud.registry.ensure_group("walruses")
    assert cloud.registry.ensure_group("walruses").endswith("model-package-group/walruses")

    def names(**filters):
        found = sagemaker.list_model_package_groups(**filters)["ModelPackageGroupSummaryList"]
        return [group["ModelPackageGroupName"] for group in found]

    assert names(SortBy="Name", SortOrder="Descending") == ["walruses", "penguins"]
    assert names(NameContains="pen") == ["penguins"]
    assert names(CreationTimeAfter=datetime.now(UTC) + timedelta(hours=1)) == []
    assert names(CreationTimeBefore=datetime.now(UTC) + timedelta(hours=1)) == ["penguins", "walruses"]


def test_versions_of_all_groups_are_listed_only_when_asked_for(sagemaker):
    sagemaker.create_model_package(ModelPackageGroupName=GROUP)

    assert sagemaker.list_model_packages()["ModelPackageSummaryList"] == []
    assert len(sagemaker.list_model_packages(ModelPackageType="Versioned")["ModelPackageSummaryList"]) == 1


def test_tags_are_kept_per_resource(sagemaker):
    tags = [{"Key": "issue", "Value": "7"}]
    arn = sagemaker.create_model_package(ModelPackageGroupName=GROUP, Tags=tags)["ModelPackageArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "ml"}])

    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [*tags, {"Key": "team", "Value": "ml"}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["issue", "missing"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "ml"}]


def test_a_life_cycle_stage_is_kept_and_listed(sagemaker):
    arn = sagemaker.create_model_package(ModelPackageGroupName=GROUP)["ModelPackageArn"]
    archived = {"Stage": "Archived", "StageStatus": "Approved", "StageDescription": "replaced"}
    sagemaker.update_model_package(ModelPackageArn=arn, ModelLifeCycle=archived)

    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelLifeCycle"] == archived
    listed = sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
    assert listed[0]["ModelLifeCycle"] == archived


def test_an_update_that_is_refused_changes_nothing(cloud, sagemaker):
    arn = sagemaker.create_model_package(ModelPackageGroupName=GROUP)["ModelPackageArn"]
    for number in range(50):
        sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={str(number): "x"})
    with pytest.raises(ClientError, match="50 entries"):
        sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="Approved", CustomerMetadataProperties={"one more": "x"}
        )
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "PendingManualApproval"
