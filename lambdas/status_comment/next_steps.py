"""What the reader can do now: the commands that make sense, word for word as they may be copied. Pure.

Place in the flow: a section of the comment; the operator's replies understand these commands. One cost: a command that
is added there must be offered here to be found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from contracts import names
from contracts.algorithms import ALGORITHMS
from contracts.findings import has_errors
from contracts.hyperparameters import validate_hyperparameters
from lambdas.status_comment.phase import Phase
from lambdas.status_comment.records import Attempt, IssueState
from lambdas.status_comment.words import Words

RUNNING: tuple[Phase, ...] = (
    "starting", "preparing", "training", "evaluating", "judging", "registering", "retraining", "concluding",
)  # fmt: skip
OFFERED: Mapping[Phase, tuple[str, ...]] = {
    **dict.fromkeys(RUNNING, ("cancel", "status")),
    "queued": ("cancel", "status"),
    "waiting": ("retrain", "accept", "reject", "cancel"),
    "registered": ("approve", "status"),
    "accepted": ("approve", "status"),
    "approved": ("rollback",),
    "failed": ("retry",),
    "stopped": ("retry",),
    "stopping": ("status",),
}
REMARKS: Mapping[Phase, str] = {
    "queued": "do_edit",
    "failed": "do_new_issue",
    "stopped": "do_new_issue",
    "missed": "do_new_issue",
    "rejected": "do_new_issue",
    "declined": "do_new_issue",
    "archived": "do_new_issue",
}


def next_steps(state: IssueState, phase: Phase, words: Words, *, permission: str) -> str:
    """The section; empty where nothing can be done but wait."""
    attempt = state.newest
    # A failed execution can be retried when it has ended, not before.
    offered = () if phase == "failed" and attempt is not None and attempt.active else OFFERED.get(phase, ())
    lines = [f"- `{_command(name, attempt)}` — {words.say(f'do_{name}')}" for name in offered]
    if phase in REMARKS:
        lines.append(f"- {words.say(REMARKS[phase])}")
    if not lines:
        return ""
    who = f"\n\n<sub>{words.say('do_who', permission=permission)}</sub>" if offered else ""
    return f"### {words.say('status_next')}\n\n" + "\n".join(lines) + who


def _command(name: str, attempt: Attempt | None) -> str:
    """The command as it may be written; its values come from the catalogue or are numbers."""
    if name == "retrain":
        return f"/retrain {example_change(attempt.parameters if attempt is not None else {})}"
    if name in ("accept", "reject"):
        return f"/{name} because …"
    if name == "approve" and attempt is not None and attempt.package is not None:
        return f"/approve {attempt.package.version}"
    return f"/{name}"


def example_change(parameters: Mapping[str, str]) -> str:
    """`max_depth=8`: a hyperparameter of this algorithm with another value than now, which is allowed."""
    algorithm = ALGORITHMS.get(parameters.get(names.ALGORITHM, ""))
    if algorithm is None:
        return "NAME=VALUE"
    try:
        current = json.loads(parameters.get(names.HYPERPARAMETERS, "{}"))
    except (ValueError, RecursionError):
        current = {}
    current = current if isinstance(current, dict) else {}
    rows = sorted(algorithm.hyperparameters, key=lambda row: row.name not in current)
    task = parameters.get(names.TASK_TYPE, names.INFER_TASK)
    for row in rows:
        for value in _others(current.get(row.name, row.default)):
            changed = {**current, row.name: value}
            _, findings = validate_hyperparameters(algorithm, changed, None if task == names.INFER_TASK else task)
            if not has_errors(findings):
                return f"{row.name}={value:g}" if isinstance(value, float) else f"{row.name}={value}"
    return "NAME=VALUE"


def _others(value: object) -> tuple[int | float, ...]:
    """Twice a number, and half of it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value:
        return ()
    return (value * 2, value // 2) if isinstance(value, int) else (value * 2, value / 2)
