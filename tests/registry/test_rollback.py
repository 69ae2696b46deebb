"""Which model stands after a failed training."""

from datetime import UTC, datetime

from registry.rollback import keep_previous, standing
from registry.versions import LifeCycle, ModelSummary

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
