"""The model in place: the newest approved version of a group, with which a new one is compared.

Place in the flow: start_execution names it to EvaluateModel. One cost: it lists every version of the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.packages import describe, list_summaries
from registry.references import ModelReference
from registry.versions import APPROVED


@dataclass(frozen=True, slots=True)
class StandingModel:
    """An approved version and where its model.tar.gz lies."""

    reference: ModelReference
    model_data_url: str


def find_champion(sagemaker: Any, group: str) -> StandingModel | None:
    """The newest approved version that is not archived, or None.

    Raises:
        RegistryError: the group does not exist.
    """
    for summary in list_summaries(sagemaker, group):
        if summary.status == APPROVED and not summary.archived:
            reference = ModelReference(group, summary.version)
            url = describe(sagemaker, reference).model_data_url
            return StandingModel(reference, url) if url else None
    return None
