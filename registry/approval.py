"""Approve or reject a version, with who decided and why.

Place in the flow: `/approve` and the command line's `models approve | reject`; the registry's own event reports it
further. One cost: the registry keeps one description, so a later decision replaces the earlier one's reason.

Approving an archived version takes it out of the archive: approved and archived at once, nobody would find it. The
version in force is not rejected while an older one is approved, because that one would come into force without
anybody saying so; a rollback says so. The only approved version may be rejected: there is no other way to withdraw it.
"""

from __future__ import annotations

from typing import Any

from contracts.errors import RegistryError
from registry.packages import describe, list_summaries, resolve
from registry.references import ModelReference
from registry.versions import APPROVED, REJECTED, ModelSummary, ModelVersion, in_force

MAX_DESCRIPTION = 1024
# Of a version that left the archive: the API can replace a life cycle and not remove one.
STAGE_IN_USE = "Production"


def approve(sagemaker: Any, reference: ModelReference, *, by: str, reason: str = "") -> ModelVersion:
    """Set the version Approved, and un-archived, and return it as it is now.

    Raises:
        RegistryError: unknown model or version, or nobody is named.
    """
    approval_description(APPROVED, by=by, reason=reason)
    found = resolve(sagemaker, reference)
    approve_package(sagemaker, found, by=by, reason=reason)
    return describe(sagemaker, ModelReference(found.group, found.version))


def reject(sagemaker: Any, reference: ModelReference, *, by: str, reason: str = "") -> ModelVersion:
    """Set the version Rejected and return it as it is now.

    Raises:
        RegistryError: unknown model or version, nobody is named, or it is in force and an older one is approved.
    """
    description = approval_description(REJECTED, by=by, reason=reason)
    found = resolve(sagemaker, reference)
    summaries = list_summaries(sagemaker, found.group)
    current = in_force(summaries)
    if current is not None and current.version == found.version:
        after = in_force([s for s in summaries if s.version != found.version])
        if after is not None:
            text = f"{found.group}@{found.version} is in force; rejecting it would put {after.version} in its place"
            raise RegistryError(f"{text}. Say so with a rollback.")
    sagemaker.update_model_package(
        ModelPackageArn=found.arn, ModelApprovalStatus=REJECTED, ApprovalDescription=description
    )
    return describe(sagemaker, ModelReference(found.group, found.version))


def approve_package(sagemaker: Any, found: ModelSummary, *, by: str, reason: str) -> None:
    """Set a version that was looked up Approved, and un-archived, in one update.

    Raises:
        RegistryError: nobody is named.
    """
    description = approval_description(APPROVED, by=by, reason=reason)
    request: dict[str, Any] = {
        "ModelPackageArn": found.arn,
        "ModelApprovalStatus": APPROVED,
        "ApprovalDescription": description,
    }
    if found.archived:
        request["ModelLifeCycle"] = {
            "Stage": STAGE_IN_USE, "StageStatus": APPROVED, "StageDescription": description,
        }  # fmt: skip
    sagemaker.update_model_package(**request)


def approval_description(status: str, *, by: str, reason: str) -> str:
    """`Approved by ada: checked on the island`, in one line of at most 1,024 characters."""
    return described(status, by=by, reason=reason)


def described(what: str, *, by: str, reason: str) -> str:
    """`Rolled back to 2 by ada: it drifts`, in one line of at most 1,024 characters.

    Raises:
        RegistryError: nobody is named.
    """
    who, why = " ".join(by.split()), " ".join(reason.split())
    if not who:
        raise RegistryError(f"{what} by whom? Name the person who decides.")
    text = f"{what} by {who}" + (f": {why}" if why else "")
    return text if len(text) <= MAX_DESCRIPTION else text[: MAX_DESCRIPTION - 1] + "…"
