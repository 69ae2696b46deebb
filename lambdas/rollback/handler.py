"""Lambda step: after a failed or rejected training, finds the model that stands and leaves it standing.

Place in the flow: first step of the failing branches; the history and the notification follow. The trained model was
never registered, so nothing changes and a repeated call says the same. One cost: none.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from lambdas import aws
from lambdas.edge import Fields, logged
from registry.rollback import keep_previous

logger = logging.getLogger(__name__)


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"rollback_status", "current_model_version", "previous_model_version"}; a missing version is empty."""
    fields = Fields(event)
    group = fields.text("model_package_group_name")
    found = keep_previous(aws.client("sagemaker"), group)
    current, previous = found.current, found.previous
    logger.info("%s in %s, reason: %s", found.rollback_status, group, fields.text("reason", "none given"))
    return {
        "rollback_status": found.rollback_status,
        "current_model_version": str(current.version) if current else "",
        "previous_model_version": str(previous.version) if previous else "",
    }
