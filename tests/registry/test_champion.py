"""The model in place, with which a new one is compared."""

import pytest

from contracts.errors import RegistryError
from registry.champion import find_champion
from tests.registry.conftest import GROUP


def test_the_newest_approved_version_is_the_champion(sagemaker, add):
    for token, status in (("a", "Approved"), ("b", "Approved"), ("c", "PendingManualApproval"), ("d", "Rejected")):
        add(token=token, status=status)

    champion = find_champion(sagemaker, GROUP)

    assert champion is not None
    assert str(champion.reference) == f"{GROUP}@2"
    assert champion.model_data_url == "s3://bucket/b/model.tar.gz"


def test_versions_that_wait_are_none(sagemaker, add):
    add()

    assert find_champion(sagemaker, GROUP) is None


def test_a_missing_group_is_an_error(sagemaker):
    with pytest.raises(RegistryError, match="is not in the registry"):
        find_champion(sagemaker, "nothing")
