"""What was measured: metrics beside the dummy and the model in place, what that means, warnings, pictures. Pure.

Place in the flow: sections of the comment, as soon as EvaluateModel has ended. One cost: pictures are shown from the
history in the repository, so they appear only when that is written.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.evaluation_report import EvaluationReport, headlines
from lambdas.plots import is_permanent, shown_images
from lambdas.report_text import champion_sentence, data_warnings, metrics_table
from lambdas.status_comment.records import HISTORY_STEPS, Attempt
from lambdas.status_comment.words import Words, shortened

MAX_COLUMNS = 3


def metrics(report: EvaluationReport) -> str:
    """The table."""
    return metrics_table(report, headlines(report.metrics, report.metric))


def meaning(report: EvaluationReport, words: Words) -> str:
    """How it compares with the model in place, where it is weakest, what it looks at."""
    champion = champion_sentence(report, words.language)
    lines = [champion] if champion else []
    worst = min((s for s in report.context.slices if s.gap < 0), key=lambda s: s.gap, default=None)
    if worst is not None:
        lines.append(
            words.say(
                "status_weakest_group",
                column=shortened(worst.column, 80),
                level=shortened(worst.level, 80),
                metric=worst.metric or report.metric,
                value=worst.score.text(),
                rows=worst.rows,
            )
        )
    ranked = sorted((i for i in report.context.importances if i.drop.value > 0), key=lambda i: -i.drop.value)
    if ranked:
        columns = ", ".join(shortened(item.column, 80) for item in ranked[:MAX_COLUMNS])
        lines.append(words.say("status_important_columns", columns=columns))
    return "\n\n".join(lines)


def warnings(report: EvaluationReport, words: Words) -> str:
    """Warnings about the data, folded; empty where there are none."""
    return data_warnings(report, words.language)


def pictures(attempt: Attempt) -> str:
    """The most telling plots, from the history's commit."""
    return "\n\n".join(shown_images(*_history(attempt)))


def history_address(attempt: Attempt) -> str:
    """Of the committed history; empty before, or where it is no address of a file at a commit."""
    address, _ = _history(attempt)
    return address if is_permanent(address) else ""


def _history(attempt: Attempt) -> tuple[str, Sequence[str]]:
    """Address and plots, as the step said, or as was noted when it was committed later."""
    written = attempt.step(*HISTORY_STEPS)
    address = written.outputs.get("history_url", "") if written is not None else ""
    if written is None or not address:
        return attempt.late_history, attempt.late_plots
    return address, written.outputs.get("history_plots", "").split()
