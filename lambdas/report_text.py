"""What a run's evaluation says, as pieces of Markdown: tables, the sentence on the champion, warnings on the data.

Place in the flow: the notification, the status comment and the history are put together from these. Pure. One cost:
every value is escaped, so none of them can be a link; links are made of addresses of our own only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from contracts.evaluation_context import UNDEFINED, ComparedChampion, Measurement
from contracts.evaluation_report import EvaluationReport
from contracts.messages import escape, message

UNKNOWN = UNDEFINED
MAX_WARNINGS = 5
MAX_WARNING_CHARACTERS = 500
MAX_REMARKS = 2
_LITERAL = re.compile(r"""[A-Za-z0-9 ._:/#+,{}()\[\]="'-]{1,1500}""")


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


def champion_sentence(report: EvaluationReport, language: str, *, remarks: bool = True) -> str:
    """How the model compares with the one in place, and why that may mislead; nothing where none was in place."""
    champion = report.context.champion
    if champion is None:
        return ""
    sentence = message(
        f"champion_{champion.outcome}",
        language,
        reference=champion.reference,
        evaluation_metric=report.metric,
        difference=_distance(champion),
        reason=champion.verdict or UNKNOWN,
    )
    return " ".join([sentence, *(cell(remark) for remark in champion.remarks[:MAX_REMARKS] if remarks)])


def _distance(champion: ComparedChampion) -> str:
    """How far apart; the outcome says in whose favour."""
    if champion.difference is None:
        return UNKNOWN
    return Measurement(abs(champion.difference.value), champion.difference.deviation).text(3)


def data_warnings(report: EvaluationReport, language: str) -> str:
    """The first warnings about the data, folded away; nothing where there are none."""
    warnings = [finding for finding in report.context.findings if finding.severity == "warning"]
    if not warnings:
        return ""
    lines = [" ".join(f"{item.message} {item.remedy}".split()) for item in warnings[:MAX_WARNINGS]]
    left_out = len(warnings) - len(lines)
    return message(
        "data_warnings_cut" if left_out else "data_warnings",
        language,
        count=len(warnings),
        findings="\n".join(f"- {_cut(line)}" for line in lines),
        left_out=left_out,
    )


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
