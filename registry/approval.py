"""Approve or reject a version, with who decided and why.

Place in the flow: the command line's `models approve`; the registry's own event reports it further. One cost: the
registry keeps one description, so a later decision replaces the earlier one's reason.
"""

from __future__ import annotations

from typing import Any, Literal

from contracts.errors import RegistryError
from registry.packages import describe, resolve
from registry.references import ModelReference
from registry.versions import APPROVED, REJECTED, ModelVersion

MAX_DESCRIPTION = 1024


def approve(sagemaker: Any, reference: ModelReference, *, by: str, reason: str = "") -> ModelVersion:
    """Set the version Approved and return it as it is now.

    Raises:
        RegistryError: unknown model or version, or nobody is named.
    """
    return _decide(sagemaker, reference, APPROVED, by=by, reason=reason)


def reject(sagemaker: Any, reference: ModelReference, *, by: str, reason: str = "") -> ModelVersion:
    """Set the version Rejected and return it as it is now.

    Raises:
        RegistryError: unknown model or version, or nobody is named.
    """
    return _decide(sagemaker, reference, REJECTED, by=by, reason=reason)


def approval_description(status: str, *, by: str, reason: str) -> str:
    """`Approved by ada: checked on the island`, in one line of at most 1,024 characters."""
    who, why = " ".join(by.split()), " ".join(reason.split())
    if not who:
        raise RegistryError(f"{status} by whom? Name the person who decides.")
    text = f"{status} by {who}" + (f": {why}" if why else "")
    return text if len(text) <= MAX_DESCRIPTION else text[: MAX_DESCRIPTION - 1] + "…"


def _decide(
    sagemaker: Any, reference: ModelReference, status: Literal["Approved", "Rejected"], *, by: str, reason: str
) -> ModelVersion:
    description = approval_description(status, by=by, reason=reason)
    found = resolve(sagemaker, reference)
    sagemaker.update_model_package(
        ModelPackageArn=found.arn, ModelApprovalStatus=status, ApprovalDescription=description
    )
    return describe(sagemaker, ModelReference(found.group, found.version))
