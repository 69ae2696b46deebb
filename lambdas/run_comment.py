"""The comment that tells an issue how its run stands, in English or Japanese.

Place in the flow: the notification and the operator's question are this comment under different keys. Pure. Prose
comes from `contracts.messages`; what is added here are field names, values and pictures. One cost: every value is
escaped, so none of them can be a link; links are made of addresses of our own only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from contracts import names
from contracts.evaluation_context import UNDEFINED, ComparedChampion, Measurement
from contracts.evaluation_report import EvaluationReport, headlines
from contracts.messages import escape, message
from lambdas.plots import is_permanent, shown_images
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
UNKNOWN = UNDEFINED
MAX_WARNINGS = 5
MAX_WARNING_CHARACTERS = 500
MAX_REMARKS = 2
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
    history_url: str = "",
    plots: Sequence[str] = (),
    failed_step: str = "",
    reason: str = "",
    outcome: Mapping[str, str] | None = None,
) -> str:
    """The comment without its marker.

    Args:
        history_url: where the history file stands at its commit.
        plots: names of the pictures that lie beside it.
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
        parts.append(metrics_table(report, headlines(report.metrics, report.metric)))
        parts += _champion(report, language)
        parts += _data_warnings(report, language)
        parts += shown_images(history_url, plots)
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
        line = message("report_and_history", language, history_path=history_path)
        parts.append(f"[{line}]({history_url})" if is_permanent(history_url) else line)
    return "\n\n".join(parts)


def metrics_table(report: EvaluationReport, shown: Sequence[str], *, digits: int = 4) -> str:
    """Metrics with their deviations beside the dummy's and the champion's; a column that nobody fills is left out."""
    champion = report.context.champion
    others: dict[str, Mapping[str, Measurement]] = {
        "dummy": {name: Measurement(value) for name, value in report.dummy.items()},
        "champion": {} if champion is None else champion.metrics,
    }
    columns = {head: values for head, values in others.items() if any(name in values for name in shown)}
    lines = [row(("metric", "value", *columns)), row(("---",) * (2 + len(columns)))]
    for name in shown:
        beside = (values[name].text(digits) if name in values else UNKNOWN for values in columns.values())
        lines.append(row((cell(name), report.measured(name).text(digits), *beside)))
    return "\n".join(lines)


def _champion(report: EvaluationReport, language: str) -> list[str]:
    """How the model compares with the one in place, and why that may mislead."""
    champion = report.context.champion
    if champion is None:
        return []
    sentence = message(
        f"champion_{champion.outcome}",
        language,
        reference=champion.reference,
        evaluation_metric=report.metric,
        difference=_distance(champion),
        reason=champion.verdict or UNKNOWN,
    )
    return [" ".join([sentence, *(cell(remark) for remark in champion.remarks[:MAX_REMARKS])])]


def _distance(champion: ComparedChampion) -> str:
    """How far apart; the outcome says in whose favour."""
    if champion.difference is None:
        return UNKNOWN
    return Measurement(abs(champion.difference.value), champion.difference.deviation).text(3)


def _data_warnings(report: EvaluationReport, language: str) -> list[str]:
    """The first warnings about the data, folded away."""
    warnings = [finding for finding in report.context.findings if finding.severity == "warning"]
    if not warnings:
        return []
    lines = [" ".join(f"{item.message} {item.remedy}".split()) for item in warnings[:MAX_WARNINGS]]
    left_out = len(warnings) - len(lines)
    return [
        message(
            "data_warnings_cut" if left_out else "data_warnings",
            language,
            count=len(warnings),
            findings="\n".join(f"- {_cut(line)}" for line in lines),
            left_out=left_out,
        )
    ]


def _cut(line: str) -> str:
    return line if len(line) <= MAX_WARNING_CHARACTERS else line[: MAX_WARNING_CHARACTERS - 1] + "…"


def table(title: str, rows: Mapping[str, str]) -> str:
    """Two columns, the empty values left out; every cell is one escaped line."""
    body = [f"| {cell(name)} | {cell(value)} |" for name, value in rows.items() if value]
    return "\n".join([f"| {cell(title)} | value |", "|---|---|", *body])


def row(cells: Sequence[str]) -> str:
    """One line of a table."""
    return "| " + " | ".join(cells) + " |"


def cell(value: str) -> str:
    """Any text as one line of a table: ARNs, URIs and JSON as code, so that they can be copied; else escaped."""
    line = " ".join(value.split())
    if _LITERAL.fullmatch(line) and escape(line) != line:
        return f"`{line}`"
    return " ".join(escape(line).split())
