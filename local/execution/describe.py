"""Journal rows -> the service's responses. Pure.

Place in the flow: the engine's reading operations. One cost: none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.api_errors import ApiError


def pipeline(row: Mapping[str, Any]) -> dict[str, Any]:
    """DescribePipeline."""
    document = dict(row["document"])
    return {
        "PipelineArn": row["arn"],
        "PipelineName": row["name"],
        "PipelineStatus": "Active",
        "CreationTime": row["created"],
        "LastModifiedTime": row["modified"],
        **{
            k: v
            for k, v in document.items()
            if k in ("PipelineDefinition", "RoleArn", "PipelineDisplayName", "PipelineDescription")
        },
    }


def execution(row: Mapping[str, Any], pipeline_arn: str) -> dict[str, Any]:
    """DescribePipelineExecution."""
    values = {
        "PipelineArn": pipeline_arn,
        "PipelineExecutionArn": row["arn"],
        "PipelineExecutionStatus": row["status"],
        "CreationTime": row["created"],
        "LastModifiedTime": row["modified"],
        "PipelineExecutionDisplayName": row["display_name"],
        "PipelineExecutionDescription": row["note"],
        "FailureReason": row["failure"],
    }
    return {k: v for k, v in values.items() if v is not None}


def execution_summary(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row of ListPipelineExecutions."""
    values = {
        "PipelineExecutionArn": row["arn"],
        "StartTime": row["created"],
        "PipelineExecutionStatus": row["status"],
        "PipelineExecutionDisplayName": row["display_name"],
        "PipelineExecutionDescription": row["note"],
        "PipelineExecutionFailureReason": row["failure"],
    }
    return {k: v for k, v in values.items() if v is not None}


def step(row: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """One row of ListPipelineExecutionSteps."""
    values = {
        "StepName": row["name"],
        "StepDisplayName": raw.get("DisplayName"),
        "StepDescription": raw.get("Description"),
        "StartTime": row["started"],
        "EndTime": row["ended"],
        "StepStatus": row["status"],
        "AttemptCount": row["attempt"],
        "FailureReason": row["failure"],
        "CacheHitResult": {"SourcePipelineExecutionArn": row["cache_source"]} if row["cache_source"] else None,
        "Metadata": row["metadata"],
    }
    return {k: v for k, v in values.items() if v is not None}


def page(name: str, items: Sequence[Mapping[str, Any]], request: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a listing; NextToken is the offset of the next."""
    token = str(request.get("NextToken") or "0")
    if not token.isdigit():
        raise ApiError("ValidationException", "NextToken was not given by this endpoint.")
    start, size = int(token), int(request.get("MaxResults", 100))
    result: dict[str, Any] = {name: list(items[start : start + size])}
    if start + size < len(items):
        result["NextToken"] = str(start + size)
    return result
