"""The history file of one training run, as Markdown.

Place in the flow: `writing` commits what this renders, with a row in the index. Pure: same run, same text, so a
repeated call commits nothing. One cost: what is not known when it is written (a later approval) is not in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contracts import names
from contracts.errors import ConfigError
from contracts.evaluation_context import Context, Measurement
from contracts.evaluation_report import EvaluationReport
from lambdas.plots import image
from lambdas.report_text import UNKNOWN, cell, metrics_table, row
from lambdas.run_facts import RunFacts, version_of

Decision = Literal["registered", "accepted", "rejected", "failed"]
DECISIONS: Mapping[str, str] = {
    "registered": "The model reached its threshold and was registered; it waits for approval.",
    "accepted": "The model is below its threshold; an operator accepted it, and it was registered.",
    "rejected": "The model is below its threshold; an operator rejected it. The previous model stays.",
    "failed": "The model is below its threshold, and no retry is left. The previous model stays.",
}
FOLDER = "training_history"
DIGITS = 6
MAX_ROWS = 10
MAX_FINDINGS = 100
_JOB_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}\Z")


@dataclass(frozen=True, slots=True)
class History:
    """What the file tells.

    Attributes:
        parameters: pipeline parameters of the execution.
        metadata: metadata.json of PrepareData; empty where it is not known.
        outcome: what followed, by field name: operator, reason, rollback_status, ….
        plots: names of the pictures that are committed with it.
        git_commit: commit of the code that orchestrated the run, where the deployment knows it.
        started: when the execution was, as SageMaker has it; UTC.
    """

    decision: str
    facts: RunFacts
    parameters: Mapping[str, str]
    report: EvaluationReport | None
    metadata: Mapping[str, Any]
    model_package_arn: str = ""
    outcome: Mapping[str, str] = field(default_factory=dict)
    plots: tuple[str, ...] = ()
    git_commit: str = ""
    started: str = ""

    @property
    def value(self) -> Measurement | None:
        """The judged metric, where it was measured."""
        report, metric = self.report, self.facts.evaluation_metric
        return report.measured(metric) if report is not None and metric in report.metrics else None


def history_path(training_job_name: str) -> str:
    """training_history/<training_job_name>.md.

    Raises:
        ConfigError: that is no name of a training job.
    """
    if _JOB_NAME.match(training_job_name) is None:
        raise ConfigError(f"training_job_name must be a SageMaker job name, got '{training_job_name[:100]}'.")
    return f"{FOLDER}/{training_job_name}.md"


def plot_path(training_job_name: str, plot: str) -> str:
    """training_history/<training_job_name>/<plot>.png."""
    return f"{history_path(training_job_name).removesuffix('.md')}/{plot}.png"


def render(history: History) -> str:
    """The whole file.

    Raises:
        ConfigError: unknown decision.
    """
    if history.decision not in DECISIONS:
        raise ConfigError(f"decision must be one of {', '.join(DECISIONS)}, got '{history.decision[:60]}'.")
    facts = history.facts
    sections = [
        f"# {cell(facts.training_job_name)}",
        DECISIONS[history.decision],
        _section("Decision", ("field", "value"), _decision(history)),
        *_evaluation(history.report),
        *_pictures(history),
        _section("Configuration", ("field", "value"), _configuration(history)),
        _section("Hyperparameters", ("name", "value"), _hyperparameters(facts.hyperparameters)),
        _section("Data", ("field", "value"), _data(history)),
        _section("Origin", ("field", "value"), _origin(history)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _decision(history: History) -> list[tuple[str, ...]]:
    facts, value = history.facts, history.value
    version = version_of(history.model_package_arn)
    return [
        ("decision", history.decision),
        (facts.evaluation_metric, UNKNOWN if value is None else value.text(DIGITS)),
        ("threshold", f"{facts.evaluation_threshold:.6g}"),
        ("model", facts.model_package_group_name),
        ("model version", version or "none registered"),
        ("model package", history.model_package_arn or "none registered"),
        *history.outcome.items(),
    ]


def _evaluation(report: EvaluationReport | None) -> list[str]:
    """How it scored, and beside what."""
    if report is None:
        return []
    context = report.context
    order = [report.metric, *(name for name in sorted(report.metrics) if name != report.metric)]
    return [
        f"## Metrics\n\n{metrics_table(report, order, digits=DIGITS)}",
        _champion(context),
        _section("Worst groups of rows", ("column", "level", "rows", "metric", "value", "gap"), _slices(context)),
        _section("Importances", ("column", f"{report.metric} lost when shuffled"), _importances(context)),
        _findings(context),
    ]


def _champion(context: Context) -> str:
    champion = context.champion
    if champion is None:
        return ""
    sentences = filter(None, (champion.verdict or champion.outcome, *champion.remarks))
    return f"## Model in place\n\n{cell(champion.reference)}: {' '.join(map(cell, sentences))}"


def _slices(context: Context) -> list[tuple[str, ...]]:
    return [
        (item.column, item.level, str(item.rows), item.metric, item.score.text(), Measurement(item.gap).text(3))
        for item in context.slices[:MAX_ROWS]
    ]


def _importances(context: Context) -> list[tuple[str, ...]]:
    """The columns the model depends on most; those without any influence are left out."""
    felt = [item for item in context.importances if item.drop.value > 0]
    ranked = sorted(felt, key=lambda item: item.drop.value, reverse=True)
    return [(item.column, item.drop.text()) for item in ranked[:MAX_ROWS]]


def _findings(context: Context) -> str:
    if not context.findings:
        return ""
    shown = [
        f"- {cell(item.severity)}: {cell(f'{item.message} {item.remedy}')}" for item in context.findings[:MAX_FINDINGS]
    ]
    left_out = len(context.findings) - len(shown)
    return "\n".join(["## Findings in the data", "", *shown, *([f"- and {left_out} more"] if left_out else [])])


def _pictures(history: History) -> list[str]:
    """By their place relative to this file."""
    if not history.plots:
        return []
    folder = history.facts.training_job_name
    return ["## Plots", *(image(name, f"{folder}/{name}.png") for name in history.plots)]


def _configuration(history: History) -> list[tuple[str, ...]]:
    rows = {
        "learning_type": names.LEARNING_TYPE,
        "algorithm": names.ALGORITHM,
        "task_type": names.TASK_TYPE,
        "evaluation_metric": names.EVALUATION_METRIC,
        "evaluation_threshold": names.EVALUATION_THRESHOLD,
        "max_retry": names.MAX_RETRY,
        "retry": names.CURRENT_RETRY,
        "seed": names.SEED,
        "instance_type": names.TRAINING_INSTANCE_TYPE,
        "instance_count": names.TRAINING_INSTANCE_COUNT,
        "image": names.IMAGE_URI,
    }
    return _known(history.parameters, rows)


def _hyperparameters(text: str) -> list[tuple[str, ...]]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return [("hyperparameters", text)]
    return [(str(name), json.dumps(value)) for name, value in sorted(values.items())]


def _data(history: History) -> list[tuple[str, ...]]:
    metadata, parameters = history.metadata, history.parameters
    fingerprint = metadata.get("fingerprint") or parameters.get(names.DATASET_FINGERPRINT, UNKNOWN)
    rows = [("dataset_id", history.facts.dataset_id), ("fingerprint", str(fingerprint))]
    if metadata.get("target"):
        rows.append(("target", str(metadata["target"])))
    counts = metadata.get("rows")
    if isinstance(counts, dict):
        rows.extend((f"rows {name}", str(count)) for name, count in counts.items())
    return [*rows, *_known(parameters, {"uri": names.DATASET_URI, "preparation": names.DATA_CONFIG_URI})]


def _origin(history: History) -> list[tuple[str, ...]]:
    facts = history.facts
    rows: list[tuple[str, ...]] = [
        ("issue", f"{facts.repository}#{facts.issue_number}"),
        *_known(history.parameters, {"requested_by": names.REQUESTED_BY}),
        *([("started", history.started)] if history.started else []),
        ("training job", facts.training_job_name),
        ("execution", facts.execution_arn),
        *_known(history.parameters, {"parent execution": names.PARENT_EXECUTION_ARN, "code": names.CODE_URI}),
    ]
    if history.git_commit:
        rows.append(("git commit", history.git_commit))
    return rows


def _known(values: Mapping[str, str], rows: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [(label, values[name]) for label, name in rows.items() if values.get(name)]


def _section(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    body = (row(tuple(map(cell, cells))) for cells in rows)
    return "\n".join([f"## {title}", "", row(head), row(("---",) * len(head)), *body])
