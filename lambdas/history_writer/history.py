"""The history file of one training run, as Markdown.

Place in the flow: history_writer commits what this renders. Pure: same run, same text, so a repeated call commits
nothing. One cost: what is not known when it is written (a later approval) is not in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contracts import names
from contracts.errors import ConfigError
from contracts.evaluation_report import EvaluationReport
from lambdas.run_comment import UNKNOWN, cell
from lambdas.run_facts import RunFacts, version_of

Decision = Literal["registered", "accepted", "rejected", "failed"]
DECISIONS: Mapping[str, str] = {
    "registered": "The model reached its threshold and was registered; it waits for approval.",
    "accepted": "The model is below its threshold; an operator accepted it, and it was registered.",
    "rejected": "The model is below its threshold; an operator rejected it. The previous model stays.",
    "failed": "The model is below its threshold, and no retry is left. The previous model stays.",
}
FOLDER = "training_history"
_JOB_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}\Z")


@dataclass(frozen=True, slots=True)
class History:
    """What the file tells.

    Attributes:
        parameters: pipeline parameters of the execution.
        metadata: metadata.json of PrepareData; empty where it is not known.
        outcome: what followed, by field name: operator, reason, rollback_status, ….
        git_commit: commit of the code that orchestrated the run, where the deployment knows it.
    """

    decision: str
    facts: RunFacts
    parameters: Mapping[str, str]
    report: EvaluationReport | None
    metadata: Mapping[str, Any]
    model_package_arn: str = ""
    outcome: Mapping[str, str] = field(default_factory=dict)
    git_commit: str = ""


def history_path(training_job_name: str) -> str:
    """training_history/<training_job_name>.md.

    Raises:
        ConfigError: that is no name of a training job.
    """
    if _JOB_NAME.match(training_job_name) is None:
        raise ConfigError(f"training_job_name must be a SageMaker job name, got '{training_job_name[:100]}'.")
    return f"{FOLDER}/{training_job_name}.md"


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
        _section("Metrics", ("metric", "value", "baseline"), _metrics(history.report)),
        _section("Configuration", ("field", "value"), _configuration(history)),
        _section("Hyperparameters", ("name", "value"), _hyperparameters(facts.hyperparameters)),
        _section("Data", ("field", "value"), _data(history)),
        _section("Origin", ("field", "value"), _origin(history)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _decision(history: History) -> list[tuple[str, ...]]:
    facts, report = history.facts, history.report
    value = report.metrics.get(facts.evaluation_metric) if report is not None else None
    version = version_of(history.model_package_arn)
    return [
        ("decision", history.decision),
        (facts.evaluation_metric, UNKNOWN if value is None else _number(value)),
        ("threshold", _number(facts.evaluation_threshold)),
        ("model", facts.model_package_group_name),
        ("model version", version or "none registered"),
        ("model package", history.model_package_arn or "none registered"),
        *history.outcome.items(),
    ]


def _metrics(report: EvaluationReport | None) -> list[tuple[str, ...]]:
    if report is None:
        return []
    baseline = next(iter(report.baseline.values()), {})
    return [
        (name, _number(value), _number(baseline[name]) if name in baseline else UNKNOWN)
        for name, value in sorted(report.metrics.items())
    ]


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
    lines = [f"## {title}", "", _row(head), _row(("---",) * len(head)), *(_row(tuple(map(cell, row))) for row in rows)]
    return "\n".join(lines)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float) -> str:
    return f"{value:.6g}"
