"""Which model stands after a failed training, and how an earlier one is put in force again."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import RegistryError
from local.registry_store import RegistryStore
from registry.approval import approve
from registry.references import ModelReference
from registry.rollback import RolledBack, keep_previous, roll_back, standing
from registry.versions import LifeCycle, ModelSummary
from tests.registry.fake_registry import GROUP, DiedError, FakeRegistry, Pages

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def summary(version: int, status: str, stage: str = "") -> ModelSummary:
    life_cycle = LifeCycle(stage, "Complete") if stage else None
    return ModelSummary("m", version, f"arn:{version}", status, NOW, life_cycle)


def versions(found):
    return (found.current and found.current.version, found.previous and found.previous.version)


def test_the_newest_approved_version_stands():
    found = standing([summary(1, "Approved"), summary(2, "Approved"), summary(3, "PendingManualApproval")])

    assert versions(found) == (2, 1)
    assert found.rollback_status == "kept_previous"


def test_rejected_and_archived_versions_never_stand():
    found = standing([summary(1, "Approved"), summary(2, "Rejected"), summary(3, "Approved", "Archived")])

    assert versions(found) == (1, None)


def test_where_nothing_was_approved_the_newest_waiting_version_stands():
    assert versions(standing([summary(1, "PendingManualApproval"), summary(2, "Rejected")])) == (1, None)


def test_an_empty_group_and_a_missing_one_hold_no_model(sagemaker):
    assert standing([]).rollback_status == "no_previous_model"
    assert keep_previous(sagemaker, "nothing").rollback_status == "no_previous_model"


def test_keeping_the_previous_model_changes_nothing(sagemaker, add):
    add(token="a", status="Approved")

    first, second = keep_previous(sagemaker, "penguin-species"), keep_previous(sagemaker, "penguin-species")

    assert versions(first) == (1, None)
    assert first == second


def go_back(registry: FakeRegistry, to: int | None = None, *, reason: str = "it drifts", **more: Any) -> RolledBack:
    return roll_back(registry, GROUP, to=to, by="ada", reason=reason, **more)


def refusal(registry: FakeRegistry, to: int | None = None, **more: Any) -> str:
    with pytest.raises(RegistryError) as caught:
        go_back(registry, to, **more)
    assert registry.updates == []
    return str(caught.value)


def test_going_back_archives_the_current_version_in_one_update() -> None:
    registry = FakeRegistry("Approved", "Approved", "PendingManualApproval")

    done = go_back(registry)

    assert done == RolledBack("rolled_back", 1, 2, "Rolled back to 1 by ada: it drifts")
    assert [registry.status(version) for version in (1, 2, 3)] == ["Approved", "Archived", "PendingManualApproval"]
    assert [update["ModelApprovalStatus"] for update in registry.updates] == ["Rejected"]
    assert registry.updates[0]["ModelLifeCycle"] == {
        "Stage": "Archived", "StageStatus": "Rejected", "StageDescription": "Rolled back to 1 by ada: it drifts",
    }  # fmt: skip
    assert registry.standing() == 1


def test_a_named_version_comes_back_over_approved_ones_that_are_archived_too() -> None:
    registry = FakeRegistry("Approved", "Approved", "Rejected", "Approved")

    assert go_back(registry, 1).previous_model_version == 4
    assert [registry.status(version) for version in (1, 2, 3, 4)] == ["Approved", "Archived", "Rejected", "Archived"]


@pytest.mark.parametrize("status", ["Rejected", "Archived", "PendingManualApproval"])
def test_a_version_that_is_named_comes_back_whatever_it_was(status: str) -> None:
    registry = FakeRegistry(status, "Approved")

    assert go_back(registry, 1).current_model_version == 1
    assert (registry.status(1), registry.status(2)) == ("Approved", "Archived")


def test_going_back_without_a_name_passes_over_rejected_and_archived_versions() -> None:
    assert go_back(FakeRegistry("Approved", "Rejected", "Archived", "Approved")).current_model_version == 1


@pytest.mark.parametrize("to", [None, 2])
def test_going_back_twice_is_going_back_once(to: int | None) -> None:
    registry = FakeRegistry("Approved", "Approved", "Approved")
    first = go_back(registry, to)
    count = len(registry.updates)

    again = go_back(registry, to, reason="another")

    assert again == RolledBack("already_rolled_back", 2, 3, first.description)
    assert len(registry.updates) == count


def test_whoever_wants_to_go_further_names_the_version() -> None:
    registry = FakeRegistry("Approved", "Approved", "Approved")
    go_back(registry)

    assert go_back(registry, 1).current_model_version == 1
    assert go_back(registry).rollback_status == "already_rolled_back"


def test_a_version_approved_after_a_rollback_can_be_rolled_back() -> None:
    registry = FakeRegistry("Approved", "Approved", "PendingManualApproval")
    go_back(registry)
    approve(registry, ModelReference(GROUP, 3), by="ada")

    assert go_back(registry) == RolledBack("rolled_back", 1, 3, "Rolled back to 1 by ada: it drifts")


@pytest.mark.parametrize(
    ("statuses", "to", "expected"),
    [
        (("Approved", "Approved"), 7, r"has no version 7; versions: 2 (Approved), 1 (Approved)."),
        (("Approved", "Approved"), 2, "version 2 of 'penguin-species' is in force already"),
        (("Approved", "PendingManualApproval"), 2, "newer than 1, which is in force; approve it"),
        (
            ("Rejected", "Approved"),
            None,
            "no approved version before 2, which is in force; name one to go back to: 1 (Re",
        ),
        (("Approved",), None, "name one to go back to: none."),
        (("PendingManualApproval", "Archived"), None, "no version of 'penguin-species' is in force"),
        ((), 1, "no version of 'penguin-species' is in force"),
    ],
)
def test_what_cannot_be_gone_back_to_is_refused_and_nothing_changes(
    statuses: tuple[str, ...], to: int | None, expected: str
) -> None:
    assert expected in refusal(FakeRegistry(*statuses), to)


def test_an_unknown_model_and_an_anonymous_decision_are_refused() -> None:
    with pytest.raises(RegistryError, match="is not in the registry"):
        roll_back(FakeRegistry(), "nothing", to=None, by="ada", reason="")
    with pytest.raises(RegistryError, match="Rolled back to 1 by whom"):
        roll_back(FakeRegistry("Approved", "Approved"), GROUP, to=None, by=" ", reason="")


def test_a_version_whose_artefact_is_gone_is_not_put_in_force(clients: Callable[[str], Any]) -> None:
    s3 = clients("s3")
    s3.create_bucket(Bucket="bucket")

    message = refusal(FakeRegistry("Approved", "Approved"), s3=s3)

    assert message == "the artefact of penguin-species@1 is gone: there is no s3://bucket/1/model.tar.gz; name another."
    s3.put_object(Bucket="bucket", Key="1/model.tar.gz", Body=b"model")
    assert go_back(FakeRegistry("Approved", "Approved"), s3=s3).current_model_version == 1


def test_a_target_that_somebody_rejects_at_the_same_moment_replaces_nothing() -> None:
    registry = FakeRegistry("Approved", "Approved")

    class Rejecting(FakeRegistry):
        def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:
            registry.packages[0]["ModelApprovalStatus"] = "Rejected"
            return registry.describe_model_package(ModelPackageName=ModelPackageName)

    rejecting = Rejecting()
    rejecting.packages = registry.packages
    with pytest.raises(RegistryError, match="decide again"):
        go_back(rejecting)
    assert registry.standing() == 2


STATUS = st.sampled_from(["Approved", "Approved", "Rejected", "Archived", "PendingManualApproval"])


@settings(max_examples=400, deadline=None)
@given(st.lists(STATUS, max_size=7), st.none() | st.integers(1, 8), st.lists(st.integers(0, 4), max_size=3))
def test_killed_anywhere_and_repeated_it_never_leaves_a_group_without_a_model(
    statuses: list[str], to: int | None, cuts: list[int]
) -> None:
    registry = FakeRegistry(*statuses)
    before = registry.standing()
    seen: set[int | None] = {before}
    done = None
    for cut in (*cuts, None):
        registry.dies_before = None if cut is None else len(registry.updates) + cut
        count = len(registry.updates)
        try:
            done = go_back(registry, to)
        except DiedError:
            assert cut is not None
        except RegistryError:
            assert len(registry.updates) == count == 0
        seen.add(registry.standing())
    assert (before is None) == (None in seen)
    if done is None:
        assert registry.updates == []
        return
    assert seen == {before, done.current_model_version}
    assert registry.standing() == done.current_model_version
    assert registry.status(done.current_model_version) == "Approved"
    assert done.previous_model_version == before
    assert to in (None, done.current_model_version)
    assert len(registry.updates) == len({update["ModelPackageArn"] for update in registry.updates})


def test_the_local_registry_keeps_what_a_rollback_writes(tmp_path: Path) -> None:
    store = RegistryStore(tmp_path / "state.db", account="123456789012", region="us-east-1")
    store.create_model_package_group({"ModelPackageGroupName": GROUP})
    for _ in range(2):
        store.create_model_package({"ModelPackageGroupName": GROUP, "ModelApprovalStatus": "Approved"})

    class Client:
        def get_paginator(self, operation: str) -> Pages:
            found = getattr(store, operation)({"ModelPackageGroupName": GROUP})
            (name,) = found
            return Pages(name, found[name])

        def describe_model_package(self, **request: Any) -> dict[str, Any]:
            return store.describe_model_package(request)

        def update_model_package(self, **request: Any) -> None:
            store.update_model_package(request)

    assert roll_back(Client(), GROUP, to=None, by="ada", reason="x").rollback_status == "rolled_back"
    assert roll_back(Client(), GROUP, to=None, by="ada", reason="x").rollback_status == "already_rolled_back"
    store.close()
