"""What the registry holds, as records; and how the API's answers become them.

Place in the flow: `registry.packages` fills these, everyone else reads them. Pure. One cost: fields of the API that
nobody here reads are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

APPROVED: Final = "Approved"
REJECTED: Final = "Rejected"
PENDING: Final = "PendingManualApproval"
ARCHIVED: Final = "Archived"


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """Stage and status as SageMaker keeps them beside the approval."""

    stage: str
    stage_status: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """One version as a listing shows it; `status` is Approved, Rejected or PendingManualApproval."""

    group: str
    version: int
    arn: str
    status: str
    created: datetime
    life_cycle: LifeCycle | None = None

    @property
    def archived(self) -> bool:
        """Archived in the design document's sense: a life cycle stage, since the registry has no such status."""
        return self.life_cycle is not None and self.life_cycle.stage == ARCHIVED


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version in full.

    Attributes:
        metrics: flat metrics of its evaluation; empty where the report was not read.
        metadata: CustomerMetadataProperties.
        metrics_uri: where evaluation.json lies.
    """

    group: str
    version: int
    arn: str
    status: str
    created: datetime
    life_cycle: LifeCycle | None = None
    approval_description: str = ""
    description: str = ""
    image: str = ""
    model_data_url: str = ""
    metrics_uri: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def archived(self) -> bool:
        """As of a summary."""
        return self.life_cycle is not None and self.life_cycle.stage == ARCHIVED


def in_force(summaries: Iterable[ModelSummary]) -> ModelSummary | None:
    """The newest version that is Approved and not archived."""
    approved = [s for s in summaries if s.status == APPROVED and not s.archived]
    return max(approved, key=lambda s: s.version, default=None)


def summary_from_api(item: Mapping[str, Any]) -> ModelSummary:
    """An entry of ListModelPackages."""
    return ModelSummary(
        group=item["ModelPackageGroupName"],
        version=int(item["ModelPackageVersion"]),
        arn=item["ModelPackageArn"],
        status=item.get("ModelApprovalStatus", PENDING),
        created=item["CreationTime"],
        life_cycle=_life_cycle(item),
    )


def version_from_api(item: Mapping[str, Any], metrics: Mapping[str, float]) -> ModelVersion:
    """An answer of DescribeModelPackage."""
    containers = item.get("InferenceSpecification", {}).get("Containers") or [{}]
    statistics = item.get("ModelMetrics", {}).get("ModelQuality", {}).get("Statistics", {})
    return ModelVersion(
        group=item["ModelPackageGroupName"],
        version=int(item["ModelPackageVersion"]),
        arn=item["ModelPackageArn"],
        status=item.get("ModelApprovalStatus", PENDING),
        created=item["CreationTime"],
        life_cycle=_life_cycle(item),
        approval_description=item.get("ApprovalDescription") or "",
        description=item.get("ModelPackageDescription") or "",
        image=containers[0].get("Image", ""),
        model_data_url=containers[0].get("ModelDataUrl", ""),
        metrics_uri=statistics.get("S3Uri", ""),
        metrics=dict(metrics),
        metadata=dict(item.get("CustomerMetadataProperties") or {}),
    )


def _life_cycle(item: Mapping[str, Any]) -> LifeCycle | None:
    raw = item.get("ModelLifeCycle")
    if not raw:
        return None
    return LifeCycle(raw.get("Stage", ""), raw.get("StageStatus", ""), raw.get("StageDescription", ""))
