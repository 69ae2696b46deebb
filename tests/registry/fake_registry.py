"""A group of versions in memory, as far as the registry's functions speak to it, that can die at any update."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from registry.versions import APPROVED, ARCHIVED

GROUP = "penguin-species"


class DiedError(Exception):
    """The process was killed."""


class Pages:
    def __init__(self, name: str, items: Sequence[dict[str, Any]]) -> None:
        self._name, self._items = name, items

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield {self._name: list(self._items)}


class FakeRegistry:
    """Versions 1, 2, … with these statuses; "Archived" is a life cycle beside Rejected."""

    def __init__(self, *statuses: str) -> None:
        self.packages: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.dies_before: int | None = None
        for version, status in enumerate(statuses, 1):
            self.packages.append(
                {
                    "ModelPackageGroupName": GROUP,
                    "ModelPackageVersion": version,
                    "ModelPackageArn": f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{GROUP}/{version}",
                    "ModelApprovalStatus": "Rejected" if status == ARCHIVED else status,
                    "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
                    "InferenceSpecification": {"Containers": [{"ModelDataUrl": f"s3://bucket/{version}/model.tar.gz"}]},
                }
                | ({"ModelLifeCycle": {"Stage": ARCHIVED, "StageStatus": "Rejected"}} if status == ARCHIVED else {})
            )

    def get_paginator(self, operation: str) -> Pages:
        if operation == "list_model_packages":
            return Pages("ModelPackageSummaryList", self.packages)
        return Pages("ModelPackageGroupSummaryList", [{"ModelPackageGroupName": GROUP}])

    def describe_model_package_group(self, *, ModelPackageGroupName: str) -> None:
        if ModelPackageGroupName != GROUP:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": ""}}, "DescribeModelPackageGroup")

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:
        return dict(self._package(ModelPackageName))

    def update_model_package(self, **request: Any) -> None:
        if self.dies_before is not None and len(self.updates) == self.dies_before:
            raise DiedError
        self.updates.append(request)
        package = self._package(request["ModelPackageArn"])
        package.update({key: value for key, value in request.items() if key != "ModelPackageArn"})

    def standing(self) -> int | None:
        """What a deployment finds that looks for the newest Approved version and knows no life cycles."""
        approved = [p["ModelPackageVersion"] for p in self.packages if p["ModelApprovalStatus"] == APPROVED]
        return max(approved, default=None)

    def status(self, version: int) -> str:
        package = self.packages[version - 1]
        archived = package.get("ModelLifeCycle", {}).get("Stage") == ARCHIVED
        return ARCHIVED if archived else str(package["ModelApprovalStatus"])

    def _package(self, arn: str) -> dict[str, Any]:
        return next(p for p in self.packages if p["ModelPackageArn"] == arn)
