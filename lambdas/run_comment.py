"""The short comment that tells an issue how its run stands, in English or Japanese.

Place in the flow: the notification and the operator's question are this comment under different keys; everything long
(metrics, plots, steps) stands in the status comment. Pure. One cost: who reads the e-mail only does not see the tables.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts import names
from contracts.evaluation_report import EvaluationReport
from contracts.messages import message
from lambdas.plots import is_permanent
from lambdas.report_text import UNKNOWN, champion_sentence
from lambdas.run_facts import RunFacts

LABELS: Mapping[str, str] = {
    "training_success": names.LABEL_SUCCEEDED,
    "training_accepted": names.LABEL_SUCCEEDED,
    "retrain_required": names.LABEL_WAITING,
    "training_failed": names.LABEL_FAILED,
    "training_rejected": names.LABEL_FAILED,
    "training_stopped": names.LABEL_FAILED,
    "error": names.LABEL_FAILED,
}
# What can be done next, for those kinds whose own text does not say it.
_NEXT: Mapping[str, str] = {
    "training_success": "next_approve",
    "training_accepted": "next_approve",
    "training_failed": "next_new_issue",
    "training_rejected": "next_new_issue",
    "training_stopped": "next_retry",
}
_KEEPS_PREVIOUS = ("training_failed", "training_rejected")


def marker(scope: str, kind: str) -> str:
    """The hidden first line by which a comment of ours is found again; `scope` is an execution or an issue."""
    return f"<!-- issueops:{scope}:{kind} -->"


def run_comment(
    kind: str,
    language: str,
    facts: RunFacts,
    report: EvaluationReport | None,
    *,
    model_version: str = "",
    history_path: str = "",
    history_url: str = "",
    failed_step: str = "",
    reason: str = "",
    outcome: Mapping[str, str] | None = None,
) -> str:
    """The comment without its marker: what happened, by how much, who decided, what to do next.

    Args:
        history_url: where the history file stands at its commit.
        reason: why a step failed.
        outcome: what followed, by field name: operator, reason, rollback_status, ….

    Raises:
        ConfigError: no such kind or language.
    """
    followed = outcome or {}
    value = report.metrics.get(facts.evaluation_metric) if report is not None else None
    parts = [
        message(
            kind,
            language,
            evaluation_metric=facts.evaluation_metric,
            evaluation_threshold=f"{facts.evaluation_threshold:g}",
            value=UNKNOWN if value is None else f"{value:.4g}",
            model_name=facts.model_name,
            model_version=model_version or UNKNOWN,
            current_retry=facts.current_retry,
            max_retry=facts.max_retry,
            execution_id=facts.execution_id,
            failed_step=failed_step or UNKNOWN,
            reason=reason or UNKNOWN,
        ),
        decided(language, followed.get("operator", ""), followed.get("reason", "")),
        _stays(language, facts, followed) if kind in _KEEPS_PREVIOUS else "",
        champion_sentence(report, language, remarks=False) if report is not None else "",
        message(_NEXT[kind], language) if kind in _NEXT else "",
        _history(language, history_path, history_url),
    ]
    return "\n\n".join(part for part in parts if part)


def decided(language: str, operator: str, reason: str) -> str:
    """Who decided, and why; nothing where nobody did."""
    if not operator:
        return ""
    if not reason:
        return message("decided_by", language, operator=operator)
    return message("decided_because", language, operator=operator, reason=reason)


def _stays(language: str, facts: RunFacts, outcome: Mapping[str, str]) -> str:
    """Which model stands after a training that was not taken; nothing where the run does not say."""
    version = outcome.get("current_model_version", "")
    if version:
        return message("model_stays", language, model_name=facts.model_name, model_version=version)
    if outcome.get("rollback_status") == "no_previous_model":
        return message("no_model_stays", language, model_name=facts.model_name)
    return ""


def _history(language: str, path: str, url: str) -> str:
    if not path:
        return ""
    line = message("report_and_history", language, history_path=path)
    return f"[{line}]({url})" if is_permanent(url) else line
