"""The head of the comment: what is going on, in one line, and one sentence more. Pure.

Place in the flow: first part of the comment, the only one that is never left out. One cost: a phase without a row
`status_<phase>` in the texts cannot be rendered; a test goes through all of them.
"""

from __future__ import annotations

from contracts import names
from contracts.evaluation_context import UNDEFINED
from lambdas.status_comment.phase import Phase
from lambdas.status_comment.records import Attempt, IssueState
from lambdas.status_comment.words import Words, distance, goal, measured, moment, shortened

MAX_FINDINGS = 30


def headline(state: IssueState, phase: Phase, words: Words) -> str:
    """Heading and sentence."""
    newest = state.newest
    if phase == "queued":
        return words.say("status_queued", place=state.place, line=state.line)
    if phase == "refused":
        findings = "\n".join(f"- {shortened(finding)}" for finding in state.findings[:MAX_FINDINGS])
        return words.say("status_refused", findings=findings)
    if newest is None:
        return words.say("status_idle") + (" " + words.say("status_closed") if state.closed else "")
    key = "status_failed_registered" if phase == "failed" and newest.package is not None else f"status_{phase}"
    text = words.say(key, **_values(newest, phase, words))
    if phase == "waiting" and state.expires is not None:
        text += " " + words.say("status_expires", moment=moment(state.expires))
    if state.closed:
        text += " " + words.say("status_closed")
    return text


def _values(attempt: Attempt, phase: Phase, words: Words) -> dict[str, str]:
    parameters, package = attempt.parameters, attempt.package
    broken = attempt.broken
    return {
        "algorithm": parameters.get(names.ALGORITHM, UNDEFINED),
        "dataset_id": parameters.get(names.DATASET_ID, UNDEFINED),
        "metric": parameters.get(names.EVALUATION_METRIC, UNDEFINED),
        "goal": goal(parameters),
        "value": measured(attempt),
        "distance": distance(attempt),
        "retry": attempt.retry,
        "max_retry": parameters.get(names.MAX_RETRY, UNDEFINED),
        "model_name": parameters.get(names.MODEL_NAME, UNDEFINED),
        "model_version": UNDEFINED if package is None else str(package.version),
        "operator": attempt.answer.get("operator") or UNDEFINED,
        "step": UNDEFINED if broken is None else words.step(broken),
        "reason": shortened(_reason(attempt, phase)) or words.say("status_nobody_said_why"),
        "decision": shortened(package.decision if package is not None else "") or words.say("status_nobody_said_why"),
    }


def _reason(attempt: Attempt, phase: Phase) -> str:
    if phase == "failed":
        return attempt.broken.failure if attempt.broken is not None else attempt.failure
    if phase == "archived" and attempt.package is not None:
        return attempt.package.archived_because
    return attempt.answer.get("reason", "")
