"""Decisions in the registry come back to the issue that trained the model, once each, wherever they were made."""

from __future__ import annotations

import pytest

from tests.lambdas import runs
from tests.lambdas.runs import execution_event, news, package_event, status_comment, tell
from tests.lambdas.world import World


@pytest.fixture
def registered(world: World, running: tuple[int, str]) -> tuple[int, str]:
    """An issue, and its registered model."""
    runs.evaluate(world, running[1])
    package = runs.register(world, running[1], running[0])
    tell(execution_event(running[1], "Succeeded"))
    return running[0], package


def decide(world: World, status: str, description: str = "") -> None:
    world.sagemaker.packages[0].update(ModelApprovalStatus=status, ApprovalDescription=description)


def test_an_approval_in_the_registry_comes_back_to_the_issue_once(world: World, registered: tuple[int, str]) -> None:
    decide(world, "Approved", "Approved by ada: checked")
    for _ in range(2):
        tell(package_event(registered[1]), package_event(registered[1]))

    (told,) = news(world, registered[0], "model_approved")
    assert "ada" in told
    assert "checked" in told
    assert "Version 1 of `penguin-species` is approved" in status_comment(world, registered[0])


def test_a_changed_mind_is_told_each_time(world: World, registered: tuple[int, str]) -> None:
    for status in ("Approved", "Rejected", "Approved"):
        decide(world, status)
        tell(package_event(registered[1], status))
        tell(package_event(registered[1], status))

    assert len(news(world, registered[0], "model_approved")) == 2
    assert len(news(world, registered[0], "model_rejected")) == 1


def test_late_events_of_a_changed_mind_tell_only_what_is_true_now(world: World, registered: tuple[int, str]) -> None:
    decide(world, "Rejected")
    tell(package_event(registered[1], "Approved"))
    tell(package_event(registered[1], "Rejected"))

    assert news(world, registered[0], "model_approved") == []
    assert len(news(world, registered[0], "model_rejected")) == 1


def test_an_archived_version_is_shown_so_and_told_by_whoever_archived_it(
    world: World, registered: tuple[int, str]
) -> None:
    decide(world, "Approved")
    world.sagemaker.packages[0]["ModelLifeCycle"] = {
        "Stage": "Archived", "StageStatus": "RolledBack", "StageDescription": "rolled back by bob",
    }  # fmt: skip
    tell(package_event(registered[1]))

    assert "is archived" in status_comment(world, registered[0])
    assert "> rolled back by bob" in status_comment(world, registered[0])
    assert news(world, registered[0], "model_approved") == []


@pytest.mark.parametrize(
    "forged",
    [
        {"execution_arn": "arn:aws:sagemaker:us-east-1:123456789012:pipeline/other/execution/exec00000000"},
        {"issue_number": "1"},
        {"repository": "victim/repo"},
        {"issue_number": "0"},
        {"issue_number": "-1"},
        {"repository": "<script>/x"},
        {"execution_arn": ""},
    ],
)
def test_a_package_with_forged_metadata_tells_nobody(
    world: World, registered: tuple[int, str], forged: dict[str, str]
) -> None:
    decide(world, "Approved")
    world.sagemaker.packages[0]["CustomerMetadataProperties"].update(forged)
    tell(package_event(registered[1]))

    assert news(world, registered[0], "model_approved") == []


def test_a_package_that_merely_names_an_execution_is_not_its_model(world: World, registered: tuple[int, str]) -> None:
    other = registered[1].removesuffix("/1") + "/2"
    world.sagemaker.packages.append(
        {**world.sagemaker.packages[0], "ModelPackageArn": other, "ModelApprovalStatus": "Approved"}
    )
    tell(package_event(other))

    assert news(world, registered[0], "model_approved") == []
