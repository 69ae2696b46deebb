"""A decision is recorded with who and why, within the API's limit."""

import pytest

from contracts.errors import RegistryError
from registry.approval import approval_description, approve, reject
from registry.references import ModelReference


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
