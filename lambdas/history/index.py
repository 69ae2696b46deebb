"""training_history/README.md: one row for every run, the newest first.

Place in the flow: `writing` commits it together with the run's own file. Pure. One cost: the order is that of the
executions' starts, so a run that took long appears below its juniors.
"""

from __future__ import annotations

from lambdas.history.run_file import FOLDER, History
from lambdas.history.table_file import TableFile
from lambdas.report_text import UNKNOWN, cell
from lambdas.run_facts import version_of

INDEX_PATH = f"{FOLDER}/README.md"
INDEX = TableFile(
    title="Training history",
    head=(
        "started (UTC)",
        "run",
        "issue",
        "algorithm",
        "data set",
        "metric",
        "value",
        "threshold",
        "decision",
        "model version",
    ),
    key=1,
    left_out="Older runs are the other files in this folder.",
)


def index_with(text: str | None, history: History) -> str:
    """The index that has this run, too; `text` is what is there now."""
    facts, value = history.facts, history.value
    job = facts.training_job_name
    version = version_of(history.model_package_arn)
    return INDEX.with_row(
        text,
        (
            cell(history.started or UNKNOWN),
            f"[{job}]({job}.md)",
            str(facts.issue_number),
            cell(facts.algorithm or UNKNOWN),
            cell(facts.dataset_id or UNKNOWN),
            cell(facts.evaluation_metric or UNKNOWN),
            UNKNOWN if value is None else value.text(),
            f"{facts.evaluation_threshold:g}",
            cell(history.decision),
            cell(f"{facts.model_package_group_name} {version}") if version else UNKNOWN,
        ),
    )
