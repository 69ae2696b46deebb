"""The model registry's rows: package groups, versions and their tags, in SQLite.

Place in the flow: RegisterModel steps and the SageMaker API share it. Requests and responses are the service's own, as
dictionaries; every change is one transaction, and is noted in it for the event bus. One cost: a version's request is
kept as one JSON document, so a listing reads every row of its group. Unversioned packages, which need no group, are not
kept.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local import outbox
from local.api_errors import ApiError
from local.registry_listing import page, select
from local.transactions import exclusive

STATUSES = ("Approved", "Rejected", "PendingManualApproval")
MAX_PROPERTIES = 50
MAX_TAGS = 50
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_UPDATABLE = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "ModelLifeCycle",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelPackageRegistrationType",
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS model_package_groups (
    name TEXT PRIMARY KEY, description TEXT, created REAL NOT NULL, next_version INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS model_packages (
    group_name TEXT NOT NULL REFERENCES model_package_groups(name), version INTEGER NOT NULL,
    token TEXT UNIQUE, created REAL NOT NULL, document TEXT NOT NULL, PRIMARY KEY (group_name, version));
CREATE TABLE IF NOT EXISTS registry_tags (
    arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key));
"""


class RegistryStore:
    """Durable registry; safe for several threads.

    Args:
        on_change: called after a package was made or changed; `local.outbox` says what happened.
    """

    def __init__(
        self, database: Path, *, account: str, region: str, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._account, self._region, self._on_change = account, region, on_change
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA + outbox.SCHEMA)

    def close(self) -> None:
        """Release the database."""
        with self._lock:
            self._connection.close()

    def create_model_package_group(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModelPackageGroup."""
        name = str(request["ModelPackageGroupName"])
        if not _NAME.fullmatch(name):
            raise _invalid(f"ModelPackageGroupName must match {_NAME.pattern}, got {name[:80]!r}.")
        arn = self.group_arn(name)
        with self._transaction():
            if self._one("SELECT 1 FROM model_package_groups WHERE name = ?", name):
                raise _invalid(f"Model Package Group already exists: {arn}")
            self._connection.execute(
                "INSERT INTO model_package_groups (name, description, created) VALUES (?, ?, ?)",
                (name, request.get("ModelPackageGroupDescription"), time.time()),
            )
            self._add_tags(arn, request.get("Tags", []))
        return {"ModelPackageGroupArn": arn}

    def ensure_group(self, name: str) -> str:
        """The group's ARN; made first where it is missing. The service has no such call."""
        with self._lock:
            if not self._one("SELECT 1 FROM model_package_groups WHERE name = ?", name):
                self.create_model_package_group({"ModelPackageGroupName": name})
        return self.group_arn(name)

    def describe_model_package_group(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeModelPackageGroup."""
        return self._group_summary(self._group(request["ModelPackageGroupName"])) | {"CreatedBy": {}}

    def list_model_package_groups(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListModelPackageGroups."""
        found = [self._group_summary(row) for row in self._rows("SELECT * FROM model_package_groups")]
        chosen = select(found, request, name="ModelPackageGroupName")
        return page("ModelPackageGroupSummaryList", chosen, request)

    def delete_model_package_group(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteModelPackageGroup; refused while it has versions."""
        with self._transaction():
            name = self._group(request["ModelPackageGroupName"])["name"]
            if self._one("SELECT 1 FROM model_packages WHERE group_name = ? LIMIT 1", name):
                raise ApiError(
                    "ConflictException", f"Model Package Group {name} still has versions; delete them first."
                )
            self._connection.execute("DELETE FROM model_package_groups WHERE name = ?", (name,))
            self._connection.execute("DELETE FROM registry_tags WHERE arn = ?", (self.group_arn(name),))
        return {}

    def create_model_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModelPackage: the next version of its group; the same ClientToken gives the same version."""
        document = dict(request)
        token, tags = document.pop("ClientToken", None), document.pop("Tags", [])
        _check_status(document.setdefault("ModelApprovalStatus", "PendingManualApproval"))
        _check_properties(document.get("CustomerMetadataProperties", {}))
        if not document.get("ModelPackageGroupName"):
            raise _invalid("ModelPackageGroupName is missing; unversioned packages are not kept here.")
        with self._transaction():
            known = token and self._one("SELECT group_name, version FROM model_packages WHERE token = ?", token)
            if known:
                return {"ModelPackageArn": self.package_arn(known["group_name"], known["version"])}
            row = self._group(document["ModelPackageGroupName"])
            group, version = row["name"], int(row["next_version"])
            arn = self.package_arn(group, version)
            self._connection.execute(
                "INSERT INTO model_packages (group_name, version, token, created, document) VALUES (?, ?, ?, ?, ?)",
                (group, version, token, time.time(), json.dumps(document)),
            )
            self._connection.execute(
                "UPDATE model_package_groups SET next_version = ? WHERE name = ?", (version + 1, group)
            )
            self._add_tags(arn, tags)
            outbox.note_package(self._connection, group, version, _announced({}, document))
        self._on_change()
        return {"ModelPackageArn": arn}

    def describe_model_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeModelPackage, by ARN or `group/version`."""
        row = self._package(request["ModelPackageName"])
        document = json.loads(row["document"])
        described: dict[str, Any] = document | self._summary(row, document)
        return described | {"ModelPackageStatusDetails": {"ValidationStatuses": []}, "CreatedBy": {}}

    def list_model_packages(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListModelPackages. As on the service, versions are listed only where a group or their type is asked for."""
        group, kind = request.get("ModelPackageGroupName"), request.get("ModelPackageType", "Unversioned")
        if group:
            rows = self._rows("SELECT * FROM model_packages WHERE group_name = ?", self._group(group)["name"])
        else:
            rows = [] if kind == "Unversioned" else self._rows("SELECT * FROM model_packages")
        found = [self._summary(row, json.loads(row["document"])) for row in rows]
        wanted = request.get("ModelApprovalStatus")
        found = [item for item in found if wanted in (None, item["ModelApprovalStatus"])]
        return page("ModelPackageSummaryList", select(found, request, name="ModelPackageGroupName"), request)

    def update_model_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateModelPackage: approval, life cycle, customer metadata and what else may change."""
        with self._transaction():
            row = self._package(request["ModelPackageArn"])
            before = json.loads(row["document"])
            document = dict(before)
            document.update({key: request[key] for key in _UPDATABLE if key in request})
            _check_status(document["ModelApprovalStatus"])
            properties = before.get("CustomerMetadataProperties", {}) | request.get("CustomerMetadataProperties", {})
            for key in request.get("CustomerMetadataPropertiesToRemove", []):
                properties.pop(key, None)
            _check_properties(properties)
            document["CustomerMetadataProperties"] = properties
            more = request.get("AdditionalInferenceSpecificationsToAdd", [])
            if more:
                document["AdditionalInferenceSpecifications"] = (
                    before.get("AdditionalInferenceSpecifications", []) + more
                )
            changed = _announced(before, document)
            document["LastModifiedTime"] = time.time()
            self._connection.execute(
                "UPDATE model_packages SET document = ? WHERE group_name = ? AND version = ?",
                (json.dumps(document), row["group_name"], row["version"]),
            )
            if changed:
                outbox.note_package(self._connection, row["group_name"], row["version"], changed)
        self._on_change()
        return {"ModelPackageArn": self.package_arn(row["group_name"], row["version"])}

    def delete_model_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteModelPackage; its version number is not given again."""
        with self._transaction():
            row = self._package(request["ModelPackageName"])
            place = (row["group_name"], row["version"])
            self._connection.execute("DELETE FROM model_packages WHERE group_name = ? AND version = ?", place)
            self._connection.execute("DELETE FROM registry_tags WHERE arn = ?", (self.package_arn(*place),))
        return {}

    def add_tags(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """AddTags, for the ARN of anything."""
        with self._transaction():
            self._add_tags(request["ResourceArn"], request["Tags"])
        return self.list_tags(request)

    def list_tags(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListTags, all on one page."""
        rows = self._rows("SELECT key, value FROM registry_tags WHERE arn = ? ORDER BY key", request["ResourceArn"])
        return {"Tags": [{"Key": row["key"], "Value": row["value"]} for row in rows]}

    def delete_tags(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteTags; a missing one is no error."""
        with self._transaction():
            for key in request["TagKeys"]:
                self._connection.execute(
                    "DELETE FROM registry_tags WHERE arn = ? AND key = ?", (request["ResourceArn"], key)
                )
        return {}

    def group_arn(self, name: str) -> str:
        """ARN of a group."""
        return f"arn:aws:sagemaker:{self._region}:{self._account}:model-package-group/{name}"

    def package_arn(self, group: str, version: int) -> str:
        """ARN of a version."""
        return f"arn:aws:sagemaker:{self._region}:{self._account}:model-package/{group}/{version}"

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, exclusive(self._connection):
            yield

    def _one(self, query: str, *values: object) -> Any:
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _add_tags(self, arn: str, tags: list[Mapping[str, str]]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO registry_tags (arn, key, value) VALUES (?, ?, ?)",
            [(arn, tag["Key"], tag["Value"]) for tag in tags],
        )
        count = self._one("SELECT count(*) FROM registry_tags WHERE arn = ?", arn)[0]
        if count > MAX_TAGS:
            raise ApiError("ResourceLimitExceeded", f"{arn} may have {MAX_TAGS} tags, not {count}.")

    def _group(self, name: str) -> Any:
        row = self._one("SELECT * FROM model_package_groups WHERE name = ?", name.rsplit("/", 1)[-1])
        if row is None:
            raise _invalid(f"Model Package Group {name} does not exist.")
        return row

    def _package(self, name: str) -> Any:
        group, _, version = name.rpartition("/")
        number = int(version) if re.fullmatch(r"[0-9]{1,9}", version) else -1
        query = "SELECT * FROM model_packages WHERE group_name = ? AND version = ?"
        row = self._one(query, group.rsplit("/", 1)[-1], number)
        if row is None:
            raise _invalid(f"ModelPackage {name} does not exist.")
        return row

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
        optional = ("ModelPackageDescription", "ModelLifeCycle", "ModelPackageRegistrationType")
        return summary | {key: document[key] for key in optional if key in document}


def _announced(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The fields an event names as updated; nothing and an empty value are the same."""
    fields = (*_UPDATABLE, "CustomerMetadataProperties", "AdditionalInferenceSpecifications")
    return [name for name in fields if (before.get(name) or None) != (after.get(name) or None)]


def _check_status(status: object) -> None:
    if status not in STATUSES:
        raise _invalid(f"ModelApprovalStatus must be one of {', '.join(STATUSES)}, got {status!r}.")


def _check_properties(properties: Mapping[str, str]) -> None:
    if len(properties) > MAX_PROPERTIES:
        raise _invalid(f"CustomerMetadataProperties may have {MAX_PROPERTIES} entries, not {len(properties)}.")


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
