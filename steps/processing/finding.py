"""One remark on the data, as metadata.json carries it to the issue.

Collected by every stage of PrepareData. Cost: free text; a program should look at ``id``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning"]


@dataclass(frozen=True, slots=True)
class DataFinding:
    """What was noticed and what to do about it; what forbids going on is a DataError instead."""

    id: str
    message: str
    remedy: str
    severity: Severity = "warning"
    column: str | None = None
