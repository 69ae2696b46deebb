"""A decision is recorded with who and why, within the API's limit."""

import pytest

from contracts.errors import RegistryError
from registry.approval import approval_description, approve, reject
from registry.references import ModelReference
from tests.registry.fake_registry import GROUP, FakeRegistry


def test_an_approved_version_says_who_and_why(sagemaker, add):
    add(token="a")

    version = approve(sagemaker, ModelReference("penguin-species", 1), by="ada", reason="checked on the island")

    assert version.status == "Approved"
    assert version.approval_description == "Approved by ada: checked on the island"


def test_approving_twice_equals_once(sagemaker, add):
    add(token="a")
    reference = ModelReference("penguin-species", 1)

    assert approve(sagemaker, reference, by="ada") == approve(sagemaker, reference, by="ada")


def test_a_version_is_rejected_and_others_stay(sagemaker, add):
    add(token="a")
    add(token="b")

    assert reject(sagemaker, ModelReference("penguin-species", 1), by="ada", reason="drifts").status == "Rejected"
    assert approve(sagemaker, ModelReference("penguin-species"), by="ada").version == 2


def test_an_anonymous_decision_is_refused_before_anything_changes(sagemaker, add):
    add(token="a")

    with pytest.raises(RegistryError, match="Name the person"):
        approve(sagemaker, ModelReference("penguin-species", 1), by="  ")


def test_a_long_reason_of_many_lines_becomes_one_line_within_the_limit():
    text = approval_description("Approved", by="ada", reason="line\n" * 1000)

    assert len(text) == 1024
    assert "\n" not in text
    assert text.endswith("…")


def test_approving_an_archived_version_takes_it_out_of_the_archive() -> None:
    registry = FakeRegistry("Approved", "Archived")

    approve(registry, ModelReference(GROUP, 2), by="ada", reason="it was the data")

    assert registry.status(2) == "Approved"
    assert registry.standing() == 2


def test_the_version_in_force_is_rolled_back_not_rejected() -> None:
    registry = FakeRegistry("Approved", "Approved")

    with pytest.raises(RegistryError, match=r"would put 1 in its place. Say so with a rollback"):
        reject(registry, ModelReference(GROUP, 2), by="ada")
    assert registry.updates == []


def test_the_only_approved_version_may_be_rejected() -> None:
    registry = FakeRegistry("PendingManualApproval", "Approved")

    assert reject(registry, ModelReference(GROUP, 2), by="ada", reason="it leaks").status == "Rejected"
