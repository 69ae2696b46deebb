"""EventBridge of this machine: what the engine and the registry noted becomes events on a queue.

Place in the flow: whoever changed something calls `announce` after its transaction; the notes in `local.outbox` decide
what is told, so an event is told at least once, in order, whatever dies in between. Event ids are the queue's
deduplication ids. One cost: an event shows a step or package as it is when told, only its statuses as they were.

Source: SageMaker Developer Guide, "Automating Amazon SageMaker AI with Amazon EventBridge".
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from local.api_errors import ApiError
from local.execution.definition import parse
from local.outbox import EXECUTION, STEP, Change, Outbox

logger = logging.getLogger(__name__)

SOURCE = "aws.sagemaker"
EXECUTION_EVENT = "SageMaker Model Building Pipeline Execution Status Change"
STEP_EVENT = "SageMaker Model Building Pipeline Execution Step Status Change"
PACKAGE_EVENT = "SageMaker Model Package State Change"
CHUNK = 100
Detail = dict[str, Any]


class Facts(Protocol):
    """The engine and the registry, as far as events describe them."""

    def execution_facts(self, arn: str) -> Mapping[str, Any] | None:
        """The journal's row of an execution."""

    def step_facts(self, arn: str, step: str) -> Mapping[str, Any] | None:
        """The journal's row of a step."""


class Describe(Protocol):
    """DescribeModelPackage."""

    def __call__(self, request: Mapping[str, Any]) -> Mapping[str, Any]: ...


class Send(Protocol):
    """Puts a body on the events' queue; the same key within minutes is the same event."""

    def __call__(self, body: str, key: str) -> object: ...


class EventBus:
    """Tells what was noted.

    Args:
        send: None where nobody wants to hear: notes are struck out untold.
    """

    def __init__(
        self,
        database: Path,
        *,
        facts: Facts,
        describe_package: Describe,
        send: Send | None,
        account: str,
        region: str,
    ) -> None:
        self._outbox = Outbox(database)
        self._facts, self._describe, self._send = facts, describe_package, send
        self._account, self._region = account, region
        self._telling = threading.Lock()
        self._types: dict[str, dict[str, str]] = {}

    def announce(self) -> None:
        """Tell everything noted so far; what cannot be told now is told with the next change, or after a restart."""
        try:
            with self._telling:
                while changes := self._outbox.pending(CHUNK):
                    for change in changes:
                        if self._send is not None:
                            self._tell(self._send, change)
                    self._outbox.strike_out(changes[-1].id)
        except (ApiError, sqlite3.Error):
            logger.exception("events wait to be told")

    def close(self) -> None:
        """Release the database."""
        with self._telling:
            self._outbox.close()

    def _tell(self, send: Send, change: Change) -> None:
        makers: dict[str, Callable[[Change], tuple[str, list[str], Detail] | None]] = {
            EXECUTION: self._execution,
            STEP: self._step,
        }
        made = makers.get(change.kind, self._package)(change)
        if made is None:  # it was deleted meanwhile
            return
        kind, resources, detail = made
        event = {
            "version": "0",
            "id": _uuid(change.event_id),
            "detail-type": kind,
            "source": SOURCE,
            "account": self._account,
            "time": _time(change.moment),
            "region": self._region,
            "resources": resources,
            "detail": {key: value for key, value in detail.items() if value is not None},
        }
        send(json.dumps(event), change.event_id)

    def _execution(self, change: Change) -> tuple[str, list[str], Detail] | None:
        row = self._facts.execution_facts(change.subject)
        if row is None:
            return None
        pipeline = _pipeline_of(change.subject)
        ended = change.status not in ("Executing", "Stopping")
        detail: Detail = {
            "pipelineExecutionDescription": row["note"] or "",
            "pipelineExecutionDisplayName": row["display_name"] or "",
            "currentPipelineExecutionStatus": change.status,
            "previousPipelineExecutionStatus": change.previous,
            "executionStartTime": _time(row["created"]),
            "executionEndTime": _time(change.moment) if ended else None,
            "pipelineArn": pipeline,
            "pipelineExecutionArn": change.subject,
        }
        return EXECUTION_EVENT, [pipeline, change.subject], detail

    def _step(self, change: Change) -> tuple[str, list[str], Detail] | None:
        row = self._facts.step_facts(change.subject, change.part)
        if row is None:
            return None
        pipeline = _pipeline_of(change.subject)
        ended = change.status != "Executing"
        detail: Detail = {
            "metadata": _metadata(row["metadata"]),
            "stepStartTime": _time(row["started"]),
            "stepEndTime": _time(row["ended"] or change.moment) if ended else None,
            "stepName": change.part,
            "stepType": self._type(change.subject, change.part),
            "previousStepStatus": change.previous,
            "currentStepStatus": change.status,
            "pipelineArn": pipeline,
            "pipelineExecutionArn": change.subject,
        }
        return STEP_EVENT, [pipeline, change.subject], detail

    def _package(self, change: Change) -> tuple[str, list[str], Detail] | None:
        try:
            described = self._describe({"ModelPackageName": f"{change.subject}/{change.part}"})
        except ApiError:
            return None
        kept = (
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageArn",
            "ModelPackageDescription",
            "ModelPackageStatus",
            "ModelApprovalStatus",
            "ModelLifeCycle",
        )
        detail: Detail = {key: described.get(key) for key in kept}
        detail["CustomerMetadataProperties"] = described.get("CustomerMetadataProperties", {})
        detail["UpdatedModelPackageFields"] = json.loads(change.status)
        return PACKAGE_EVENT, [str(described["ModelPackageArn"])], detail

    def _type(self, execution: str, step: str) -> str | None:
        """A step's type, as its execution's definition says."""
        if execution not in self._types:
            row = self._facts.execution_facts(execution)
            self._types = {}  # one execution is remembered; its events mostly come together
            with suppress(ApiError):
                plan = parse(row["definition"]) if row is not None else None
                self._types = {execution: {name: one.type for name, one in plan.steps.items()} if plan else {}}
        return self._types.get(execution, {}).get(step)


def _metadata(metadata: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The ARNs a step's metadata name, as events spell them; a callback's token, which is a key, stays out."""
    return {
        kind[:1].lower() + kind[1:]: {"arn": str(values["Arn"])}
        for kind, values in metadata.items()
        if isinstance(values, Mapping) and "Arn" in values
    }


def _pipeline_of(execution: str) -> str:
    return execution.split("/execution/")[0]


def _uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
