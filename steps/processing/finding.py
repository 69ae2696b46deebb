"""One remark on the data, as metadata.json carries it to the issue.

Collected by every stage of PrepareData. Cost: free text; a program should look at ``id``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataFinding:
    """What was noticed and what to do about it."""

    id: str
    message: str
    remedy: str
    severity: str = "warning"
