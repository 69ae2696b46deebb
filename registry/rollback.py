"""Which model stands when a training failed or was rejected.

Place in the flow: the rollback Lambda after a failed or rejected training. Nothing was registered by then, so the
model that stood before still stands; this finds it and says so. One cost: it lists every version of the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contracts.errors import RegistryError
from registry.packages import list_summaries
from registry.versions import APPROVED, REJECTED, ModelSummary

RollbackStatus = Literal["kept_previous", "no_previous_model"]


@dataclass(frozen=True, slots=True)
class Standing:
    """The version in force and the one before it."""

    current: ModelSummary | None
    previous: ModelSummary | None

    @property
    def rollback_status(self) -> RollbackStatus:
        """Whether there was a model to keep."""
        return "kept_previous" if self.current is not None else "no_previous_model"


def standing(summaries: Sequence[ModelSummary]) -> Standing:
    """Newest approved version, and the approved one before it.

    Where nothing was ever approved, versions that still wait for approval count; rejected and archived ones never do.
    """
    usable = sorted(
        (s for s in summaries if s.status != REJECTED and not s.archived), key=lambda s: s.version, reverse=True
    )
    approved = [s for s in usable if s.status == APPROVED]
    ranked = approved or usable
    return Standing(current=ranked[0] if ranked else None, previous=ranked[1] if len(ranked) > 1 else None)


def keep_previous(sagemaker: Any, group: str) -> Standing:
    """What stands in the group now; changes nothing. A group that does not exist holds no model."""
    try:
        summaries = list_summaries(sagemaker, group)
    except RegistryError:
        summaries = []
    return standing(summaries)
