"""The services' answers as records. Pure.

Place in the flow: `state` asks, this translates. One cost: a field that the service renames is missing in the comment
until it is renamed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.status_comment.records import Package, Step
from registry.versions import ARCHIVED

JOB_KINDS = ("ProcessingJob", "TrainingJob")


def step_of(item: Mapping[str, Any]) -> Step:
    """An entry of ListPipelineExecutionSteps."""
    metadata = item.get("Metadata") or {}
    kind = next((name for name in metadata if isinstance(metadata[name], Mapping)), "")
    details: Mapping[str, Any] = metadata.get(kind) or {}
    arn = str(details.get("Arn", ""))
    return Step(
        name=str(item["StepName"]),
        status=str(item.get("StepStatus", "")),
        kind=kind,
        title=str(item.get("StepDisplayName") or ""),
        started=item.get("StartTime"),
        ended=item.get("EndTime"),
        attempts=int(item.get("AttemptCount") or 1),
        cached=bool(item.get("CacheHitResult")),
        failure=str(item.get("FailureReason") or details.get("ErrorMessage") or ""),
        job=arn.rsplit("/", 1)[-1] if kind in JOB_KINDS else "",
        package_arn=arn if kind == "RegisterModel" else "",
        outputs={str(o["Name"]): str(o["Value"]) for o in details.get("OutputParameters") or ()},
    )


def package_of(item: Mapping[str, Any]) -> Package:
    """An answer of DescribeModelPackage.

    The registry keeps the description of an earlier decision when somebody decides in Studio without one; then the
    person's profile is what is known.
    """
    status = str(item.get("ModelApprovalStatus", ""))
    description = " ".join(str(item.get("ApprovalDescription") or "").split())
    profile = str((item.get("LastModifiedBy") or {}).get("UserProfileName") or "")
    decided = description if description.startswith(status) else (f"{status} by {profile}" if profile else "")
    life_cycle = item.get("ModelLifeCycle") or {}
    return Package(
        group=str(item.get("ModelPackageGroupName", "")),
        version=int(item.get("ModelPackageVersion") or 0),
        status=status,
        decision=decided,
        archived=life_cycle.get("Stage") == ARCHIVED,
        archived_because=str(life_cycle.get("StageDescription") or ""),
    )
