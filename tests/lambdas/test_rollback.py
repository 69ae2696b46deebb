"""After a failed training the model that stood before still stands."""

from datetime import UTC, datetime

import pytest

from contracts.errors import ConfigError
from lambdas.rollback.handler import handler


def package(version, status):
    return {
        "ModelPackageGroupName": "penguin-species",
        "ModelPackageVersion": version,
        "ModelPackageArn": f"arn:aws:sagemaker:us-east-1:123456789012:model-package/penguin-species/{version}",
        "ModelApprovalStatus": status,
        "CreationTime": datetime(2026, 1, version, tzinfo=UTC),
    }


EVENT = {"model_package_group_name": "penguin-species", "reason": "accuracy is 0.4"}


def test_the_approved_model_is_kept_and_named(world):
    world.sagemaker.groups.add("penguin-species")
    world.sagemaker.packages += [package(1, "Approved"), package(2, "Approved"), package(3, "PendingManualApproval")]

    answer = handler(EVENT, None)

    assert answer == {
        "rollback_status": "kept_previous",
        "current_model_version": "2",
        "previous_model_version": "1",
    }
    assert handler(EVENT, None) == answer


def test_without_any_model_there_is_nothing_to_keep(world):
    assert handler(EVENT, None) == {
        "rollback_status": "no_previous_model",
        "current_model_version": "",
        "previous_model_version": "",
    }


def test_an_event_without_a_group_is_refused(world):
    with pytest.raises(ConfigError, match="model_package_group_name"):
        handler({}, None)
