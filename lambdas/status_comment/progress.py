"""The newest execution's way: the picture of its steps, and a table of what they took. Pure.

Place in the flow: two sections of the comment. One cost: a decision that simply succeeded is in the picture only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from contracts import names
from lambdas.report_text import row
from lambdas.status_comment.records import CACHED, HISTORY_STEPS, NOTIFY_STEPS, Attempt, IssueState, Step
from lambdas.status_comment.words import Words, code, plain, shortened
from pipelines.definition_steps import placed_steps
from pipelines.graph import MARKS, compact

MAX_ROWS = 40
MAX_REMARK = 400
MAX_NODES = 40
_HOUSEKEEPING = (*HISTORY_STEPS, *NOTIFY_STEPS, names.MODEL_REJECTED, names.RETRIES_EXHAUSTED)
_LOG_KINDS = {"ProcessingJob": "ProcessingJobs", "TrainingJob": "TrainingJobs"}
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]|`\"\\]{1,1500}\Z")


def picture(state: IssueState, words: Words) -> str:
    """Mermaid in a fence; empty where the definition is unknown or its way is too long to be read."""
    newest = state.newest
    if newest is None or state.definition is None:
        return ""
    titles = {s.name: words.title(s.name) for s in placed_steps(state.definition)}
    statuses = {step.name: step.shown_status for step in newest.steps}
    drawn = compact(
        state.definition,
        statuses,
        ahead=newest.active,
        titles={name: title for name, title in titles.items() if title},
        words={"yes": words.say("word_yes"), "no": words.say("word_no"), "failed": ""},
        hidden=_hidden(newest, titles),
    )
    nodes = sum(1 for line in drawn.splitlines() if '"' in line and "-->" not in line)
    return f"```mermaid\n{drawn}\n```" if 0 < nodes <= MAX_NODES else ""


def _hidden(attempt: Attempt, names_of_all: Iterable[str]) -> set[str]:
    """What tells nobody anything: writing down, telling, ending as failed, and questions that are answered."""
    reached = {step.name for step in attempt.steps}
    answered = {names.CHECK_RETRY_LIMIT} & reached
    if names.OPERATOR_ACCEPTS in reached:
        answered.add(names.OPERATOR_DECISION)
    broken = {step.name for step in attempt.steps if step.broke}
    return {name for name in names_of_all if name in _HOUSEKEEPING or name in answered} - broken


def steps_table(attempt: Attempt, words: Words, *, logs_url: str) -> str:
    """A row a step; a column that nobody fills is left out. Empty before the first step."""
    shown = [step for step in attempt.steps if step.kind != "Fail" and (step.kind != "Condition" or step.broke)]
    rows = [
        (
            f"{MARKS.get(step.shown_status, '❔ ')}{plain(shortened(words.step(step), 100))}",
            words.duration(step),
            str(step.attempts) if step.attempts > 1 else "",
            _remark(step, words, logs_url),
        )
        for step in shown[:MAX_ROWS]
    ]
    if not rows:
        return ""
    head = [words.say(name) for name in ("column_step", "column_took", "column_tries", "column_remark")]
    columns = [i for i in range(len(head)) if any(cells[i] for cells in rows)]
    lines = [row([head[i] for i in columns]), row(["---"] * len(columns))]
    return "\n".join([*lines, *(row([cells[i] or " " for i in columns]) for cells in rows)])


def log_address(step: Step, logs_url: str) -> str:
    """Where the job's log is read; empty where there is none, or the address could be markup."""
    if not logs_url or not step.job or step.kind not in _LOG_KINDS:
        return ""
    address = logs_url.replace("{kind}", _LOG_KINDS[step.kind]).replace("{job}", quote(step.job, safe=""))
    return address if _ADDRESS.match(address) else ""


def _remark(step: Step, words: Words, logs_url: str) -> str:
    parts = []
    if step.shown_status == CACHED:
        parts.append(words.say("word_cached"))
    if step.broke and step.failure:
        parts.append(code(shortened(step.failure, MAX_REMARK)))
    address = log_address(step, logs_url)
    if address:
        parts.append(f"[{words.say('word_log')}]({address})")
    return " · ".join(parts)
