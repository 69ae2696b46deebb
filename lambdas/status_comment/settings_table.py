"""The configuration as it was understood, and what changed from attempt to attempt. Pure.

Place in the flow: two sections of the comment. One cost: settings of data preparation travel as a document of their
own and are not shown; the history has them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from contracts import names
from contracts.evaluation_context import UNDEFINED
from contracts.hyperparameters import shown
from lambdas.report_text import row
from lambdas.status_comment.records import Attempt, IssueState
from lambdas.status_comment.words import Words, code, goal, measured, shortened

MAX_SHOWN = 24
FINGERPRINT_CHARACTERS = 12


def configuration(state: IssueState, words: Words, *, title: str) -> str:
    """Two columns, the first under the title; empty before there is an attempt."""
    newest = state.newest
    if newest is None:
        return ""
    given = newest.parameters
    before = state.attempts[1].parameters if int_of(newest.retry) and len(state.attempts) > 1 else None
    rows = {
        "row_dataset": _dataset(given, words),
        "row_algorithm": code(given.get(names.ALGORITHM, UNDEFINED)),
        "row_hyperparameters": _hyperparameters(given, before, words),
        "row_goal": code(goal(given)),
        "row_retries": words.say("word_used", retry=newest.retry, max_retry=given.get(names.MAX_RETRY, UNDEFINED)),
        "row_model": code(given.get(names.MODEL_NAME, UNDEFINED)),
        "row_champion": _unless(given.get(names.CHAMPION, ""), names.NO_CHAMPION),
        "row_instances": _instances(given),
        "row_requested_by": _unless(given.get(names.REQUESTED_BY, ""), "unknown"),
    }
    body = [row((words.say(name), value)) for name, value in rows.items() if value]
    return "\n".join([row((title or " ", " ")), row(("---", "---")), *body])


def attempts(state: IssueState, words: Words) -> str:
    """All attempts with their score and what changed, folded; empty where there is only one."""
    if len(state.attempts) < 2:
        return ""
    head = (words.say("column_attempt"), "metric", words.say("column_changed"), words.say("column_outcome"))
    lines = [row(head), row(("---",) * len(head))]
    for index, attempt in enumerate(state.attempts):
        before = state.attempts[index + 1] if index + 1 < len(state.attempts) else None
        retry = int_of(attempt.retry)
        name = words.say("word_retry", retry=retry) if retry else words.say("word_first_attempt")
        outcome = words.say("word_this_one") if index == 0 else _outcome(attempt, state.attempts[index - 1], words)
        changed = "" if before is None else ", ".join(_differences(before.parameters, attempt.parameters, words))
        lines.append(row((f"{name} {code(attempt.id)}", measured(attempt), changed or UNDEFINED, outcome)))
    if state.left_out:
        lines += ["", words.say("status_attempts_left_out", count=state.left_out)]
    title = words.say("status_attempts", count=len(state.attempts) + state.left_out)
    return "\n".join([f"<details><summary>{title}</summary>", "", *lines, "", "</details>"])


def int_of(text: str) -> int:
    """A whole number, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def hyperparameters_of(parameters: Mapping[str, str]) -> dict[str, object]:
    """As they were given; empty where they are no JSON object."""
    try:
        values = json.loads(parameters.get(names.HYPERPARAMETERS, "{}"))
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _dataset(given: Mapping[str, str], words: Words) -> str:
    fingerprint = given.get(names.DATASET_FINGERPRINT, "")[:FINGERPRINT_CHARACTERS]
    name = code(given.get(names.DATASET_ID, UNDEFINED))
    return f"{name}, {words.say('row_fingerprint', fingerprint=fingerprint)}" if fingerprint else name


def _hyperparameters(given: Mapping[str, str], before: Mapping[str, str] | None, words: Words) -> str:
    values = hyperparameters_of(given)
    if not values:
        return words.say("word_defaults")
    earlier = hyperparameters_of(before) if before is not None else values
    cells = []
    for name, value in list(values.items())[:MAX_SHOWN]:
        cell = code(f"{shortened(name, 60)}={shown(value)}")
        if name not in earlier:
            cell = f"**{cell}** ({words.say('word_was', value=words.say('word_default'))})"
        elif earlier[name] != value:
            cell = f"**{cell}** ({words.say('word_was', value=shown(earlier[name]))})"
        cells.append(cell)
    return ", ".join([*cells, *(["…"] if len(values) > MAX_SHOWN else [])])


def _differences(before: Mapping[str, str], after: Mapping[str, str], words: Words) -> Sequence[str]:
    """`max_depth` 1 → 8, and which other settings differ."""
    old, new = hyperparameters_of(before), hyperparameters_of(after)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    default = words.say("word_default")
    lines = [
        f"{code(shortened(name, 60))} {_shown(old, name, default)} → {_shown(new, name, default)}"
        for name in changed[:MAX_SHOWN]
    ]
    others = (names.ALGORITHM, names.DATASET_ID, names.DATASET_FINGERPRINT, names.EVALUATION_METRIC)
    for name in (*others, names.EVALUATION_THRESHOLD):
        if before.get(name) != after.get(name):
            shown_pair = [shortened(side.get(name, UNDEFINED), FINGERPRINT_CHARACTERS * 2) for side in (before, after)]
            lines.append(f"{name} {code(shown_pair[0])} → {code(shown_pair[1])}")
    return lines


def _shown(values: Mapping[str, object], name: str, default: str) -> str:
    return code(shown(values[name])) if name in values else default


def _outcome(attempt: Attempt, next_one: Attempt, words: Words) -> str:
    if next_one.parameters.get(names.PARENT_EXECUTION_ARN) == attempt.arn:
        return words.say("outcome_retrained")
    known = ("Executing", "Stopping", "Stopped", "Failed", "Succeeded")
    return words.say(f"outcome_{attempt.status}") if attempt.status in known else code(attempt.status)


def _unless(value: str, nothing: str) -> str:
    return code(value) if value and value != nothing else ""


def _instances(given: Mapping[str, str]) -> str:
    kind = given.get(names.TRAINING_INSTANCE_TYPE, "")
    return f"{code(kind)} × {int_of(given.get(names.TRAINING_INSTANCE_COUNT, '')) or 1}" if kind else ""
