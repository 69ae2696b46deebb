"""The comment that tells an issue how its run stands, in English or Japanese.

Place in the flow: the notification and the operator's question are this comment under different keys. Pure. Prose
comes from `contracts.messages`; what is added here are field names and values. One cost: every value is escaped, so
none of them can be a link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from contracts import names
from contracts.evaluation_report import EvaluationReport
from contracts.messages import escape, message
from lambdas.run_facts import RunFacts

Kind = Literal[
    "training_success", "training_accepted", "retrain_required", "training_failed", "training_rejected", "error"
]
LABELS: Mapping[str, str] = {
    "training_success": names.LABEL_SUCCEEDED,
    "training_accepted": names.LABEL_SUCCEEDED,
    "retrain_required": names.LABEL_WAITING,
    "training_failed": names.LABEL_FAILED,
    "training_rejected": names.LABEL_FAILED,
    "error": names.LABEL_FAILED,
}
UNKNOWN = "–"
_LITERAL = re.compile(r"""[A-Za-z0-9 ._:/#+,{}()\[\]="'-]{1,1500}""")


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
    failed_step: str = "",
    reason: str = "",
    outcome: Mapping[str, str] | None = None,
) -> str:
    """The comment without its marker.

    Args:
        reason: why a step failed.
        outcome: what followed, by field name: operator, rollback_status, ….

    Raises:
        ConfigError: no such kind or language.
    """
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
            failed_step=failed_step or UNKNOWN,
            reason=reason or UNKNOWN,
        )
    ]
    if report is not None:
        parts.append(table("evaluation_metric", {n: f"{v:.4g}" for n, v in report.metrics.items()}))
    parts.append(
        table(
            "training_config",
            {
                "algorithm": facts.algorithm,
                "hyperparameters": facts.hyperparameters,
                "dataset_id": facts.dataset_id,
                "training_job_name": facts.training_job_name,
                "execution": facts.execution_id,
                **(outcome or {}),
            },
        )
    )
    if history_path:
        parts.append(message("report_and_history", language, history_path=history_path))
    return "\n\n".join(parts)


def table(title: str, rows: Mapping[str, str]) -> str:
    """Two columns, the empty values left out; every cell is one escaped line."""
    body = [f"| {cell(name)} | {cell(value)} |" for name, value in rows.items() if value]
    return "\n".join([f"| {cell(title)} | value |", "|---|---|", *body])


def cell(value: str) -> str:
    """Any text as one line of a table: ARNs, URIs and JSON as code, so that they can be copied; else escaped."""
    line = " ".join(value.split())
    if _LITERAL.fullmatch(line) and escape(line) != line:
        return f"`{line}`"
    return " ".join(escape(line).split())
