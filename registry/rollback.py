"""Which model stands when a training failed, and putting an earlier version in force again.

Place in the flow: the rollback Lambda asks what stands; `/rollback` and `issueops models rollback` go back. In force is
the newest version that is Approved and not archived. One cost: the registry has no compare and swap, so two people who
decide in the same second are told apart only by a second look before the switch.

An archived version is ModelLifeCycle Archived *and* Rejected, in one update: deployments that look for the newest
Approved version know nothing of life cycles, and must find the version that was gone back to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from contracts.errors import RegistryError
from registry.approval import approve_package, described
from registry.packages import describe, list_summaries
from registry.references import ModelReference
from registry.versions import APPROVED, ARCHIVED, REJECTED, ModelSummary, in_force

RollbackStatus = Literal["kept_previous", "no_previous_model"]
ROLLED_BACK: Literal["rolled_back"] = "rolled_back"
ALREADY_ROLLED_BACK: Literal["already_rolled_back"] = "already_rolled_back"


@dataclass(frozen=True, slots=True)
class Standing:
    """The version in force and the one before it."""

    current: ModelSummary | None
    previous: ModelSummary | None

    @property
    def rollback_status(self) -> RollbackStatus:
        """Whether there was a model to keep."""
        return "kept_previous" if self.current is not None else "no_previous_model"


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did, or found done.

    Attributes:
        current_model_version: in force now.
        previous_model_version: in force before, archived now.
        description: by whom and why, as the archived version keeps it.
    """

    rollback_status: Literal["rolled_back", "already_rolled_back"]
    current_model_version: int
    previous_model_version: int
    description: str


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


def roll_back(sagemaker: Any, group: str, *, to: int | None, by: str, reason: str, s3: Any = None) -> RolledBack:
    """Put an earlier version in force again and archive the current one.

    The order of writes keeps a model in force throughout: the target is approved first (the current version, being
    newer, stays in force), then approved versions between the two are archived, and the current one last: that update
    is the switch. Interrupted and called again, it goes on; when it is done it says so and changes nothing. That holds
    for a call without a version, too: whoever wants to go further back than one rollback must name the version.

    Args:
        to: the version; None for the approved one before the current.
        by: who decides.
        s3: where given, the target's model.tar.gz must be there.

    Raises:
        RegistryError: unknown model or version; nothing is in force; the target is in force already, or newer than what
            is; no approved version is older; its artefact is gone; nobody is named; somebody else changed the target.
    """
    summaries = list_summaries(sagemaker, group)
    current = in_force(summaries)
    if current is None:
        raise RegistryError(f"no version of '{group}' is in force, so there is nothing to go back from; approve one.")
    done = _done(sagemaker, summaries, current)
    if done is not None and to in (None, current.version):
        return done
    target = _target(summaries, current, to)
    if s3 is not None:
        _require_artefact(sagemaker, s3, ModelReference(group, target.version))
    why = described(f"Rolled back to {target.version}", by=by, reason=reason)
    if target.status != APPROVED or target.archived:
        approve_package(sagemaker, target, by=by, reason=f"in force again instead of {current.version}. {reason}")
    for between in _approved(summaries):
        if target.version < between.version < current.version:
            _archive(sagemaker, between, why)
    _look_again(sagemaker, ModelReference(group, target.version))
    _archive(sagemaker, current, why)
    return RolledBack(ROLLED_BACK, target.version, current.version, why)


def _target(summaries: Sequence[ModelSummary], current: ModelSummary, to: int | None) -> ModelSummary:
    group = current.group
    if to is None:
        older = [s for s in _approved(summaries) if s.version < current.version]
        if older:
            return older[0]
        text = f"'{group}' has no approved version before {current.version}, which is in force; name one to go back to"
        raise RegistryError(f"{text}: {_listed(s for s in summaries if s.version < current.version)}.")
    found = next((s for s in summaries if s.version == to), None)
    if found is None:
        raise RegistryError(f"model '{group}' has no version {to}; versions: {_listed(summaries)}.")
    if found.version == current.version:
        raise RegistryError(f"version {to} of '{group}' is in force already; there is nothing to go back to.")
    if found.version > current.version:
        text = f"version {to} of '{group}' is newer than {current.version}, which is in force"
        raise RegistryError(f"{text}; approve it to put it in force.")
    return found


def _done(sagemaker: Any, summaries: Sequence[ModelSummary], current: ModelSummary) -> RolledBack | None:
    """The rollback that put the current version in force, where one did."""
    for archived in (s for s in summaries if s.version > current.version and s.archived):
        life_cycle = describe(sagemaker, ModelReference(current.group, archived.version)).life_cycle
        text = life_cycle.description if life_cycle is not None else ""
        if text.startswith(f"Rolled back to {current.version} by "):
            return RolledBack(ALREADY_ROLLED_BACK, current.version, archived.version, text)
    return None


def _approved(summaries: Sequence[ModelSummary]) -> list[ModelSummary]:
    """Newest first."""
    return [s for s in summaries if s.status == APPROVED and not s.archived]


def _archive(sagemaker: Any, version: ModelSummary, why: str) -> None:
    sagemaker.update_model_package(
        ModelPackageArn=version.arn,
        ModelApprovalStatus=REJECTED,
        ApprovalDescription=why,
        ModelLifeCycle={"Stage": ARCHIVED, "StageStatus": REJECTED, "StageDescription": why},
    )


def _look_again(sagemaker: Any, reference: ModelReference) -> None:
    """Just before the switch: somebody may have rejected or archived the target meanwhile."""
    found = describe(sagemaker, reference)
    if found.status != APPROVED or found.archived:
        text = f"somebody rejected {reference} at this moment, so it replaces nothing"
        raise RegistryError(f"{text}; look at the versions and decide again.")


def _require_artefact(sagemaker: Any, s3: Any, reference: ModelReference) -> None:
    url = describe(sagemaker, reference).model_data_url
    bucket, _, key = url.removeprefix("s3://").partition("/")
    try:
        if not url.startswith("s3://") or not key:
            raise RegistryError(f"{reference} has no model artefact in S3, so it cannot be put in force.")
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "NoSuchBucket", "404"):
            raise
        raise RegistryError(f"the artefact of {reference} is gone: there is no {url}; name another.") from error


def _listed(summaries: Iterable[ModelSummary]) -> str:
    found = [f"{s.version} ({'Archived' if s.archived else s.status})" for s in summaries]
    more = f" and {len(found) - 20} more" if len(found) > 20 else ""
    return (", ".join(found[:20]) + more) or "none"
