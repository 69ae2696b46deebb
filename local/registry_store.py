"""The model registry's rows: package groups and versions, in SQLite.

Place in the flow: RegisterModel steps and the SageMaker API share it. Requests and responses are the service's own,
as dictionaries. One cost: a version's request is kept as one JSON document, so filters read every row of a group.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.api_errors import ApiError

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\Z")
STATUSES = ("Approved", "Rejected", "PendingManualApproval")
_UPDATABLE = ("ModelApprovalStatus", "ApprovalDescription", "ModelLifeCycle", "InferenceSpecification", "SourceUri", "ModelCard")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS model_package_groups (
    name TEXT PRIMARY KEY, description TEXT, created REAL NOT NULL, next_version INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS model_packages (
    group_name TEXT NOT NULL REFERENCES model_package_groups(name), version INTEGER NOT NULL,
    token TEXT UNIQUE, created REAL NOT NULL, document TEXT NOT NULL, PRIMARY KEY (group_name, version));
"""


class RegistryStore:
    """Durable registry; every change is one transaction."""

    def __init__(self, database: Path, *, account: str, region: str) -> None:
        self._account, self._region = account, region
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Release the database."""
        self._connection.close()

    def create_model_package_group(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModelPackageGroup."""
        name = request["ModelPackageGroupName"]
        if not _NAME.match(name):
            raise ApiError("ValidationException", f"ModelPackageGroupName must match {_NAME.pattern}, got {name[:80]!r}")
        with self._lock:
            try:
                self._connection.execute(
                    "INSERT INTO model_package_groups (name, description, created) VALUES (?, ?, ?)",
                    (name, request.get("ModelPackageGroupDescription"), time.time()),
                )
            except sqlite3.IntegrityError as error:
                raise ApiError("ValidationException", f"Model Package Group already exists: {self.group_arn(name)}") from error
        return {"ModelPackageGroupArn": self.group_arn(name)}

    def describe_model_package_group(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeModelPackageGroup."""
        return self._group_summary(self._group(request["ModelPackageGroupName"])) | {"CreatedBy": {}}

    def list_model_package_groups(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListModelPackageGroups."""
        rows = self._rows("SELECT * FROM model_package_groups ORDER BY created, name")
        wanted = request.get("NameContains", "")
        found = [self._group_summary(row) for row in rows if wanted in row["name"]]
        if request.get("SortOrder", "Descending") == "Descending":
            found.reverse()
        return _page("ModelPackageGroupSummaryList", found, request)

    def delete_model_package_group(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteModelPackageGroup; refused while it has versions."""
        name = self._group(request["ModelPackageGroupName"])["name"]
        if self._rows("SELECT 1 FROM model_packages WHERE group_name = ? LIMIT 1", name):
            raise ApiError("ConflictException", f"Model Package Group {name} still has versions; delete them first.")
        with self._lock:
            self._connection.execute("DELETE FROM model_package_groups WHERE name = ?", (name,))
        return {}

    def create_model_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModelPackage: the next version of its group; the same ClientToken gives the same version."""
        document = dict(request)
        token = document.pop("ClientToken", None)
        status = document.setdefault("ModelApprovalStatus", "PendingManualApproval")
        if status not in STATUSES:
            raise ApiError("ValidationException", f"ModelApprovalStatus must be one of {', '.join(STATUSES)}, got {status!r}")
        group = document.get("ModelPackageGroupName")
        if not group:
            raise ApiError("ValidationException", "ModelPackageGroupName is missing; unversioned packages are not kept here.")
        group = self._group(group)["name"]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                known = token and self._one("SELECT group_name, version FROM model_packages WHERE token = ?", token)
                if known:
                    version = int(known["version"])
                else:
                    version = int(self._one("SELECT next_version FROM model_package_groups WHERE name = ?", group)["next_version"])
                    self._connection.execute(
                        "INSERT INTO model_packages (group_name, version, token, created, document) VALUES (?, ?, ?, ?, ?)",
                        (group, version, token, time.time(), json.dumps(document)),
                    )
                    self._connection.execute(
                        "UPDATE model_package_groups SET next_version = ? WHERE name = ?", (version + 1, group)
                    )
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        return {"ModelPackageArn": self.package_arn(group, version)}

    def describe_model_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeModelPackage, by ARN or `group/version`."""
        row = self._package(request["ModelPackageName"])
        document = {k: v for k, v in json.loads(row["document"]).items() if k != "Tags"}
        return document | self._summary(row, document) | {"ModelPackageStatusDetails": {"ValidationStatuses": []}}

    def list_model_packages(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListModelPackages with its filters."""
        group = request.get("ModelPackageGroupName")
        if group:
            group = self._group(group)["name"]
        rows = self._rows("SELECT * FROM model_packages ORDER BY created, group_name, version")
        found = []
        for row in rows:
            document = json.loads(row["document"])
            wanted = request.get("ModelApprovalStatus")
            if (group and row["group_name"] != group) or (wanted and document["ModelApprovalStatus"] != wanted):
                continue
            found.append(self._summary(row, document))
        if request.get("SortOrder", "Descending") == "Descending":
            found.reverse()
        return _page("ModelPackageSummaryList", found, request)

    def update_model_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateModelPackage: approval, life cycle, customer metadata."""
        status = request.get("ModelApprovalStatus")
        if status is not None and status not in STATUSES:
            raise ApiError("ValidationException", f"ModelApprovalStatus must be one of {', '.join(STATUSES)}, got {status!r}")
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                row = self._package(request["ModelPackageArn"], locked=True)
                document = json.loads(row["document"])
                document.update({key: request[key] for key in _UPDATABLE if key in request})
                properties = document.get("CustomerMetadataProperties", {}) | request.get("CustomerMetadataProperties", {})
                for key in request.get("CustomerMetadataPropertiesToRemove", []):
                    properties.pop(key, None)
                if properties:
                    document["CustomerMetadataProperties"] = properties
                document["LastModifiedTime"] = time.time()
                self._connection.execute(
                    "UPDATE model_packages SET document = ? WHERE group_name = ? AND version = ?",
                    (json.dumps(document), row["group_name"], row["version"]),
                )
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        return {"ModelPackageArn": self.package_arn(row["group_name"], row["version"])}

    def delete_model_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteModelPackage; its version number is not given again."""
        row = self._package(request["ModelPackageName"])
        with self._lock:
            self._connection.execute(
                "DELETE FROM model_packages WHERE group_name = ? AND version = ?", (row["group_name"], row["version"])
            )
        return {}

    def group_arn(self, name: str) -> str:
        """ARN of a group."""
        return f"arn:aws:sagemaker:{self._region}:{self._account}:model-package-group/{name}"

    def package_arn(self, group: str, version: int) -> str:
        """ARN of a version."""
        return f"arn:aws:sagemaker:{self._region}:{self._account}:model-package/{group}/{version}"

    def _one(self, query: str, *values: object) -> Any:
        return self._connection.execute(query, values).fetchone()

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _group(self, name: str) -> sqlite3.Row:
        rows = self._rows("SELECT * FROM model_package_groups WHERE name = ?", name.rsplit("/", 1)[-1])
        if not rows:
            raise ApiError("ValidationException", f"Model Package Group {name} does not exist.")
        return rows[0]

    def _package(self, name: str, *, locked: bool = False) -> sqlite3.Row:
        group, _, version = name.removeprefix("model-package/").rpartition("/")
        group = group.rsplit("/", 1)[-1]
        query = "SELECT * FROM model_packages WHERE group_name = ? AND version = ?"
        values = (group, int(version) if version.isdigit() and len(version) < 10 else -1)
        row = self._one(query, *values) if locked else next(iter(self._rows(query, *values)), None)
        if row is None:
            raise ApiError("ValidationException", f"ModelPackage {name} does not exist.")
        found: sqlite3.Row = row
        return found

    def _group_summary(self, row: sqlite3.Row) -> dict[str, Any]:
        summary = {
            "ModelPackageGroupName": row["name"],
            "ModelPackageGroupArn": self.group_arn(row["name"]),
            "CreationTime": row["created"],
            "ModelPackageGroupStatus": "Completed",
        }
        return summary | ({"ModelPackageGroupDescription": row["description"]} if row["description"] else {})

    def _summary(self, row: sqlite3.Row, document: Mapping[str, Any]) -> dict[str, Any]:
        summary = {
            "ModelPackageGroupName": row["group_name"],
            "ModelPackageVersion": row["version"],
            "ModelPackageArn": self.package_arn(row["group_name"], row["version"]),
            "CreationTime": row["created"],
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": document["ModelApprovalStatus"],
        }
        optional = ("ModelPackageDescription", "ModelLifeCycle")
        return summary | {key: document[key] for key in optional if key in document}


def _page(name: str, items: list[dict[str, Any]], request: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a listing; NextToken is the offset of the next."""
    token = str(request.get("NextToken") or "0")
    if not token.isdigit():
        raise ApiError("ValidationException", "NextToken was not given by this endpoint.")
    start, size = int(token), int(request.get("MaxResults", 100))
    page: dict[str, Any] = {name: items[start : start + size]}
    if start + size < len(items):
        page["NextToken"] = str(start + size)
    return page
