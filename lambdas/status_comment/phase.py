"""Where an issue stands, in one word, and which label says so. Pure.

Place in the flow: the headline, the commands that make sense and the label follow from it. One cost: a branch that is
added to the pipeline needs a word here.
"""

from __future__ import annotations

from typing import Literal

from contracts import names
from lambdas.status_comment.records import ERROR_STEPS, NOTIFY_STEPS, Attempt, IssueState
from registry.versions import APPROVED, REJECTED

Phase = Literal[
    "idle", "refused", "queued", "starting", "preparing", "training", "evaluating", "judging", "waiting", "registering",
    "retraining", "concluding", "stopping", "stopped", "failed", "missed", "rejected", "registered", "accepted",
    "approved", "declined", "archived", "succeeded",
]  # fmt: skip
_TRUNK: tuple[tuple[str, Phase, Phase], ...] = (
    (names.EVALUATE_MODEL, "evaluating", "judging"),
    (names.TRAIN_MODEL, "training", "evaluating"),
    (names.PREPARE_DATA, "preparing", "training"),
)
_ROLLBACKS = (names.ROLLBACK_MODEL, names.ROLLBACK_REJECTED_MODEL)


def phase_of(state: IssueState) -> Phase:
    """An execution that runs counts most, then the line, then a refusal, then how the newest execution ended."""
    newest = state.newest
    if newest is not None and newest.active:
        return _running(newest)
    if state.place:
        return "queued"
    if state.findings:
        return "refused"
    return _ended(newest) if newest is not None else "idle"


def label_of(attempt: Attempt) -> str:
    """The status label. Once a step tells the issue how it ended, that step's label holds: it sets it itself.

    What told of a failure counts no more once the execution was retried and nothing in it is broken.
    """
    told = attempt.step(*NOTIFY_STEPS)
    if told is not None and (told.name not in ERROR_STEPS or attempt.broken is not None):
        return NOTIFY_STEPS[told.name]
    if attempt.question is not None:
        return names.LABEL_WAITING
    if attempt.active or _ended(attempt) == "retraining":
        return names.LABEL_RUNNING
    return names.LABEL_SUCCEEDED if attempt.status == "Succeeded" else names.LABEL_FAILED


def _running(attempt: Attempt) -> Phase:
    if attempt.status == "Stopping":
        return "stopping"
    if attempt.broken is not None:
        return "failed"
    if attempt.question is not None:
        return "waiting"
    if attempt.step(*names.REGISTER_STEPS):
        return "registering"
    if attempt.step(names.RETRAIN_MODEL):
        return "retraining"
    if attempt.step(*_ROLLBACKS):
        return "concluding"
    for name, working, done in _TRUNK:
        step = attempt.step(name)
        if step is not None:
            return done if step.status == "Succeeded" else working
    return "starting"


def _ended(attempt: Attempt) -> Phase:
    if attempt.status == "Stopped":
        return "stopped"
    if attempt.broken is not None:
        return "failed"
    if attempt.step(names.ROLLBACK_REJECTED_MODEL, names.MODEL_REJECTED):
        return "rejected"
    if attempt.step(names.ROLLBACK_MODEL, names.RETRIES_EXHAUSTED):
        return "missed"
    if attempt.status != "Succeeded":
        return "failed"
    if attempt.step(names.RETRAIN_MODEL):
        return "retraining"
    package = attempt.package
    if package is None:
        return "succeeded"
    if package.archived:
        return "archived"
    if package.status == APPROVED:
        return "approved"
    if package.status == REJECTED:
        return "declined"
    return "accepted" if attempt.step(names.REGISTER_ACCEPTED_MODEL) else "registered"
