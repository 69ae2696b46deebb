"""Registering, listing and describing versions; wrong names are told what exists."""

import json

import pytest

from contracts.errors import RegistryError
from registry.packages import describe, ensure_group, list_groups, list_summaries, list_versions
from registry.references import ModelReference


def test_a_group_is_created_once(sagemaker):
    assert ensure_group(sagemaker, "penguin-species", "Penguins") is True
    assert ensure_group(sagemaker, "penguin-species", "Penguins") is False
    assert list_groups(sagemaker) == ["penguin-species"]


def test_versions_are_listed_newest_first(sagemaker, add):
    add(token="a")
    add(token="b")

    assert [s.version for s in list_summaries(sagemaker, "penguin-species")] == [2, 1]


def test_all_groups_are_listed_when_none_is_named(sagemaker, add):
    add("penguin-species", token="a")
    add("body-mass", token="b")

    assert [(v.group, v.version) for v in list_versions(sagemaker)] == [("body-mass", 1), ("penguin-species", 1)]


def test_a_described_version_carries_its_artefact_image_metadata_and_status(sagemaker, add):
    arn = add(token="a")

    version = describe(sagemaker, ModelReference("penguin-species", 1))

    assert version.arn == arn
    assert version.status == "PendingManualApproval"
    assert version.model_data_url == "s3://bucket/a/model.tar.gz"
    assert version.image == "image:1"
    assert version.metadata == {"algorithm": "random_forest", "issue_number": "5"}
    assert version.metrics == {}


def test_metrics_are_read_from_the_evaluation_report(sagemaker, add, clients):
    add(token="a")
    s3 = clients("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="evaluation.json", Body=json.dumps({"metrics": {"accuracy": 0.97}}).encode())

    assert describe(sagemaker, ModelReference("penguin-species"), s3=s3).metrics == {"accuracy": 0.97}


def test_a_report_that_is_gone_leaves_the_version_readable(sagemaker, add, clients):
    add(token="a")

    assert describe(sagemaker, ModelReference("penguin-species"), s3=clients("s3")).metrics == {}


def test_without_a_version_the_newest_is_meant(sagemaker, add):
    add(token="a")
    add(token="b")

    assert describe(sagemaker, ModelReference("penguin-species")).version == 2


def test_an_unknown_model_is_told_the_nearest_and_the_existing_ones(sagemaker, add):
    add("penguin-species", token="a")

    with pytest.raises(RegistryError) as caught:
        describe(sagemaker, ModelReference("pengin-species"))

    assert str(caught.value) == (
        "model 'pengin-species' is not in the registry; did you mean 'penguin-species'? Models: penguin-species."
    )


def test_an_unknown_version_is_told_the_existing_ones(sagemaker, add):
    add(token="a")
    add(token="b")

    with pytest.raises(RegistryError, match=r"has no version 7; versions: 2, 1\."):
        describe(sagemaker, ModelReference("penguin-species", 7))


def test_an_empty_registry_says_so(sagemaker):
    with pytest.raises(RegistryError, match="The registry is empty"):
        list_summaries(sagemaker, "penguin-species")


def test_a_group_without_versions_says_so(sagemaker):
    ensure_group(sagemaker, "penguin-species")

    with pytest.raises(RegistryError, match="has no version yet"):
        describe(sagemaker, ModelReference("penguin-species"))
