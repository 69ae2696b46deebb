"""EventBridge's documents as subjects: which execution, which model package is to be looked at. Pure.

Place in the flow: the handler reads a batch with it. An event says nothing but "look at X"; its status is ignored. What
is not ours, or not shaped as SageMaker shapes it, is no subject. One cost: a foreign event is paid for until here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contracts.deployment import EVENTS_SOURCE, EXECUTION_EVENT, PACKAGE_EVENT, STEP_EVENT

_EXECUTION = re.compile(
    r"arn:[a-z-]{1,20}:sagemaker:([a-z0-9-]{1,40}):([0-9]{12}):pipeline/([a-z0-9-]{1,256})/execution/[A-Za-z0-9]{1,64}\Z"
)
_PACKAGE = re.compile(
    r"arn:[a-z-]{1,20}:sagemaker:([a-z0-9-]{1,40}):([0-9]{12}):model-package/[A-Za-z0-9-]{1,63}/[0-9]{1,9}\Z"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about.

    Attributes:
        moves: the execution itself began or ended, so that places and the line may have changed.
    """

    kind: Literal["execution", "package"]
    arn: str
    moves: bool = False


def subject_of(event: Mapping[str, Any], *, pipeline: str, region: str) -> Subject | None:
    """The subject of an event; None where it is none of ours."""
    detail, detail_type = event.get("detail"), event.get("detail-type")
    if event.get("source") != EVENTS_SOURCE or not isinstance(detail, Mapping):
        return None
    if detail_type in (EXECUTION_EVENT, STEP_EVENT):
        arn = _text(detail.get("pipelineExecutionArn"))
        if not is_ours(arn, pipeline=pipeline, region=region, account=_text(event.get("account"))):
            return None
        return Subject("execution", arn, moves=detail_type == EXECUTION_EVENT)
    if detail_type == PACKAGE_EVENT:
        arn = _text(detail.get("ModelPackageArn"))
        match = _PACKAGE.match(arn)
        if match is not None and match.groups() == (region, _text(event.get("account"))):
            return Subject("package", arn)
    return None


def is_ours(execution_arn: str, *, pipeline: str, region: str, account: str) -> bool:
    """Whether this is an execution of our pipeline, whose name the service writes in lower case."""
    match = _EXECUTION.match(execution_arn)
    return match is not None and match.groups() == (region, account, pipeline.lower())


def account_of(arn: str) -> str:
    """`123456789012`."""
    return arn.split(":")[4] if arn.count(":") >= 5 else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
