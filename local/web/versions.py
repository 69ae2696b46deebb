"""Registered models as the pages show them.

Place in the flow: the pages of models read `Models`. One cost: a group's page describes each of its versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.api_errors import ApiError
from local.web.ports import Metrics, Registry
from local.web.runs import IssueLink
from local.web.times import moment

GROUP = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
APPROVED, REJECTED, PENDING, ARCHIVED = "Approved", "Rejected", "PendingManualApproval", "Archived"
MAX_VERSIONS = 100


@dataclass(frozen=True, slots=True)
class Version:
    """One version; `status` is the approval's, or Archived."""

    group: str
    number: int
    status: str
    created: datetime | None
    decision: str
    metadata: Mapping[str, str]
    metrics: Mapping[str, float]
    model_data: str
    image: str

    @property
    def issue(self) -> IssueLink | None:
        """The issue that asked for it."""
        repository, number = self.metadata.get("repository", ""), self.metadata.get("issue_number", "")
        known = re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", repository) and re.fullmatch(r"[1-9]\d{0,8}", number)
        return IssueLink(repository, int(number)) if known else None

    @property
    def execution(self) -> str:
        """Id of the execution that made it."""
        found = re.search(r"/execution/([a-z0-9]{6,32})$", self.metadata.get("execution_arn", ""))
        return found.group(1) if found else ""

    @property
    def judged_by(self) -> str:
        """Name of the metric that decided."""
        return self.metadata.get("evaluation_metric", "")

    @property
    def value(self) -> str:
        """That metric, short."""
        return _short(self.metadata.get("evaluation_value", ""))


@dataclass(frozen=True, slots=True)
class Model:
    """A group: its versions, newest first, and the one in force."""

    name: str
    description: str
    versions: tuple[Version, ...]

    @property
    def in_force(self) -> Version | None:
        """The newest approved version."""
        return next((version for version in self.versions if version.status == APPROVED), None)

    @property
    def before(self) -> Version | None:
        """The approved version that a rollback would return to."""
        approved = [version for version in self.versions if version.status == APPROVED]
        return approved[1] if len(approved) > 1 else None


class Models:
    """The registry, read."""

    def __init__(self, registry: Registry, metrics: Metrics) -> None:
        self._registry, self._metrics = registry, metrics

    def all(self) -> list[Model]:
        """Every group by name; versions without their metrics."""
        groups = sorted(self._groups(), key=lambda item: str(item["ModelPackageGroupName"]))
        return [self._model(item, with_metrics=False) for item in groups]

    def find(self, name: str) -> Model | None:
        """One group in full; None where there is none."""
        if not GROUP.fullmatch(name):
            return None
        found = next((item for item in self._groups() if item["ModelPackageGroupName"] == name), None)
        return self._model(found, with_metrics=True) if found else None

    def _groups(self) -> Iterator[Mapping[str, Any]]:
        token: dict[str, Any] = {}
        while True:
            answer = self._registry.list_model_package_groups({**token})
            yield from answer["ModelPackageGroupSummaryList"]
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}

    def _model(self, item: Mapping[str, Any], *, with_metrics: bool) -> Model:
        name = str(item["ModelPackageGroupName"])
        request = {"ModelPackageGroupName": name, "SortOrder": "Descending", "MaxResults": MAX_VERSIONS}
        listed = self._registry.list_model_packages(request)["ModelPackageSummaryList"]
        versions = (self._version(each, with_metrics=with_metrics) for each in listed)
        ordered = sorted(filter(None, versions), key=lambda version: -version.number)
        return Model(name, str(item.get("ModelPackageGroupDescription") or ""), tuple(ordered))

    def _version(self, item: Mapping[str, Any], *, with_metrics: bool) -> Version | None:
        try:
            found = self._registry.describe_model_package({"ModelPackageName": item["ModelPackageArn"]})
        except ApiError:  # deleted meanwhile
            return None
        group, number = str(item["ModelPackageGroupName"]), int(item["ModelPackageVersion"])
        archived = (found.get("ModelLifeCycle") or {}).get("Stage") == ARCHIVED
        container = ((found.get("InferenceSpecification") or {}).get("Containers") or [{}])[0]
        return Version(
            group=group,
            number=number,
            status=ARCHIVED if archived else str(found.get("ModelApprovalStatus", PENDING)),
            created=moment(found.get("CreationTime")),
            decision=str(found.get("ApprovalDescription") or ""),
            metadata={str(k): str(v) for k, v in (found.get("CustomerMetadataProperties") or {}).items()},
            metrics=self._metrics(group, number) if with_metrics else {},
            model_data=str(container.get("ModelDataUrl", "")),
            image=str(container.get("Image", "")),
        )


def _short(value: str) -> str:
    try:
        return f"{float(value):.4g}"
    except ValueError:
        return value
