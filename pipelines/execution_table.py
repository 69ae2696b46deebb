"""The steps of an execution as a table for a terminal.

Place in the flow: `run-pipeline` prints it at the end. One cost: reasons are cut to one line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

_HEADER = ("STEP", "STATUS", "SECONDS", "REASON")
_MAX_REASON = 80


def execution_table(steps: Sequence[Mapping[str, Any]]) -> str:
    """One line a step, in the order given (ListPipelineExecutionSteps)."""
    rows = [_HEADER, *(_row(step) for step in steps)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(step: Mapping[str, Any]) -> tuple[str, str, str, str]:
    start, end = step.get("StartTime"), step.get("EndTime")
    known = isinstance(start, datetime) and isinstance(end, datetime)
    seconds = f"{(end - start).total_seconds():.1f}" if known and start and end else ""
    status = "Cached" if step.get("CacheHitResult") else str(step.get("StepStatus", ""))
    reason = " ".join(str(step.get("FailureReason", "")).split())
    return str(step.get("StepDisplayName") or step.get("StepName", "")), status, seconds, reason[:_MAX_REASON]
