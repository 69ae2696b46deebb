"""The fields an issue may hold, each with what it accepts; and how a mapping becomes a TrainingConfig.

Place in the flow: `contracts.issue_text` finds the text, this module judges its values and collects every mistake.
One cost: the table below is the grammar; documentation and issue forms follow it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.algorithms import ALGORITHMS, LEARNING_TYPES, Algorithm
from contracts.bounded_yaml import control_character, scalar
from contracts.findings import Finding, did_you_mean, nearest, shown_name
from contracts.hyperparameters import shown, validate_hyperparameters
from contracts.metrics import DEFAULT_METRIC, METRICS, TASK_TYPES
from contracts.training_config import TrainingConfig

MAX_UNKNOWN_FIELDS = 20
Check = Callable[[Any], bool]
_MODEL_NAME = re.compile(r"(?=.{1,63}\Z)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\Z")
_DATASET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]{2,20}\.[a-z0-9]{2,16}\Z")


def integer_in(low: int, high: int) -> Check:
    """Accepts whole numbers in the range; a bool is none."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def number_in(low: float, high: float) -> Check:
    """Accepts finite numbers in the range."""
    return lambda v: isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) and low <= v <= high


def matching(pattern: re.Pattern[str]) -> Check:
    """Accepts text that the whole pattern matches and that cannot climb out of a folder."""
    return lambda value: isinstance(value, str) and pattern.match(value) is not None and ".." not in value


def text_up_to(limit: int) -> Check:
    """Accepts non-empty text of one line."""
    return lambda value: isinstance(value, str) and 0 < len(value) <= limit and _one_line(value)


def _one_line(value: str) -> bool:
    return "\n" not in value and control_character(value) is None


def one_of(words: tuple[str, ...]) -> Check:
    """Accepts these words."""
    return lambda value: isinstance(value, str) and value in words


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: what it accepts, in code and in words."""

    name: str
    accepts: Check
    expected: str
    required: bool = False
    words: tuple[str, ...] = ()


FIELDS: tuple[FieldRow, ...] = (
    FieldRow("learning_type", one_of(LEARNING_TYPES), f"one of {', '.join(LEARNING_TYPES)}", words=LEARNING_TYPES),
    FieldRow(
        "algorithm",
        one_of(tuple(ALGORITHMS)),
        f"one of {', '.join(ALGORITHMS)}",
        required=True,
        words=tuple(ALGORITHMS),
    ),
    FieldRow("task_type", one_of(TASK_TYPES), f"one of {', '.join(TASK_TYPES)}", words=TASK_TYPES),
    FieldRow(
        "dataset_id",
        matching(_DATASET_ID),
        "letters, digits, '.', '_' or '-', at most 100 characters",
        required=True,
    ),
    FieldRow("target", text_up_to(256), "the name of a column, text of at most 256 characters", required=True),
    FieldRow("hyperparameters", lambda v: isinstance(v, dict), "a mapping of names to values"),
    FieldRow("preprocessing_config", lambda v: isinstance(v, dict), "a mapping of names to values"),
    FieldRow("evaluation_metric", one_of(tuple(METRICS)), f"one of {', '.join(METRICS)}", words=tuple(METRICS)),
    FieldRow("evaluation_threshold", number_in(-1e300, 1e300), "a number", required=True),
    FieldRow("max_retry", integer_in(0, 10), "an integer in [0, 10]"),
    FieldRow("model_name", matching(_MODEL_NAME), "letters, digits and '-', at most 63 characters"),
    FieldRow("instance_type", matching(_INSTANCE_TYPE), "a SageMaker instance type such as ml.m5.xlarge"),
    FieldRow("instance_count", integer_in(1, 100), "an integer in [1, 100]"),
    FieldRow("seed", integer_in(0, 2**31 - 1), "an integer in [0, 2147483647]"),
)
PREPROCESSING_FIELDS: tuple[FieldRow, ...] = (
    FieldRow("test_size", number_in(0.05, 0.5), "a number in [0.05, 0.5]"),
    FieldRow("validation_size", number_in(0.0, 0.4), "a number in [0, 0.4]"),
    FieldRow(
        "numeric_imputation", one_of(("median", "mean", "most_frequent", "constant")),
        "one of median, mean, most_frequent, constant", words=("median", "mean", "most_frequent", "constant"),
    ),
    FieldRow(
        "scaling", one_of(("standard", "min_max", "none")),
        "one of standard, min_max, none", words=("standard", "min_max", "none"),
    ),
    FieldRow("rare_level_fraction", number_in(0.0, 0.5), "a number in [0, 0.5]"),
    FieldRow("max_levels", integer_in(1, 1000), "an integer in [1, 1000]"),
    FieldRow(
        "drop_columns", lambda v: isinstance(v, list) and len(v) <= 1000 and all(map(text_up_to(256), v)),
        "a list of at most 1,000 column names",
    ),
    FieldRow("stratify", lambda v: isinstance(v, bool), "true or false"),
)  # fmt: skip


def config_from_mapping(
    values: Mapping[str, Any], lines: Mapping[tuple[str, ...], int] | None = None
) -> tuple[TrainingConfig | None, list[Finding]]:
    """Judge every field; returns the configuration, or None with every mistake.

    Args:
        values: fields as parsed.
        lines: line by path, for messages.
    """
    places = lines or {}
    findings: list[Finding] = []
    good = _check_rows(values, FIELDS, (), places, findings)
    preprocessing = _check_rows(
        good.get("preprocessing_config", {}),
        PREPROCESSING_FIELDS,
        ("preprocessing_config",),
        places,
        findings,
    )
    if good.get("target") in preprocessing.get("drop_columns", ()):
        text = f"preprocessing_config.drop_columns holds the target {shown(good['target'])}; remove it there."
        path = ("preprocessing_config", "drop_columns")
        findings.append(_with_line(Finding(".".join(path), text), places, path))
    algorithm = ALGORITHMS.get(good.get("algorithm", ""))
    task_type = _task_type(good, algorithm)
    metric = good.get("evaluation_metric") or DEFAULT_METRIC.get(task_type or "")
    _check_fit(good, algorithm, task_type, places, findings)
    if metric is not None and "evaluation_threshold" in good and values.get("evaluation_metric") in (None, metric):
        findings.extend(_threshold_findings(metric, good["evaluation_threshold"], places))
    undecided = values.get("task_type") is None and values.get("evaluation_metric") is None
    if algorithm is not None and task_type is None and undecided:
        text = "evaluation_metric is missing, and the task is not known yet; set task_type or evaluation_metric."
        findings.append(Finding("evaluation_metric", text))
    hyperparameters: dict[str, Any] = {}
    meant = algorithm or _meant(values.get("algorithm"))
    if meant is not None:
        hyperparameters, found = validate_hyperparameters(meant, good.get("hyperparameters", {}), task_type)
        findings.extend(_with_line(f, places, tuple(f.field.split(".", 1))) for f in found)
    if findings or algorithm is None or metric is None:
        return None, findings
    config = TrainingConfig(
        learning_type=algorithm.learning_type,
        algorithm=algorithm.name,
        task_type=task_type,
        dataset_id=good["dataset_id"],
        target=good["target"],
        evaluation_metric=metric,
        evaluation_threshold=float(good["evaluation_threshold"]),
        model_name=good.get("model_name") or _default_model_name(good["dataset_id"], algorithm.name),
        hyperparameters=hyperparameters,
        preprocessing_config=preprocessing,
        **{name: good[name] for name in ("max_retry", "instance_type", "instance_count", "seed") if name in good},
    )
    return config, []


def _check_rows(
    values: Mapping[str, Any], rows: tuple[FieldRow, ...], path: tuple[str, ...],
    lines: Mapping[tuple[str, ...], int], findings: list[Finding],
) -> dict[str, Any]:  # fmt: skip
    known = {row.name: row for row in rows}
    good: dict[str, Any] = {}
    unknown = 0
    for name, value in values.items():
        field = ".".join((*path, shown_name(name)))
        row = known.get(name)
        if row is None:
            unknown += 1
            if unknown > MAX_UNKNOWN_FIELDS:
                continue
            hint = did_you_mean(name, known)
            text = f"{field} is not a known field{hint or '.'}" + (
                "" if hint else f" Known fields: {', '.join(known)}."
            )
            findings.append(_with_line(Finding(field, text), lines, (*path, name)))
        elif value is None and not row.required:
            continue
        elif not row.accepts(value):
            hint = _quotes(value, row) or (did_you_mean(value, row.words) if isinstance(value, str) else "")
            text = f"{field} must be {row.expected}, got {shown(value)}{hint or '.'}"
            findings.append(_with_line(Finding(field, text), lines, (*path, name)))
        else:
            good[name] = value
    if unknown > MAX_UNKNOWN_FIELDS:
        findings.append(Finding("", f"{unknown - MAX_UNKNOWN_FIELDS} more fields are unknown; remove them."))
    if not path:
        findings.extend(
            Finding(row.name, f"{row.name} is missing; expected {row.expected}.")
            for row in rows
            if row.required and row.name not in values
        )
    return good


def _quotes(value: Any, row: FieldRow) -> str:
    """What to do where only the quotes are wrong: `target: 2024`, `seed: '4'`."""
    if isinstance(value, str) and not row.accepts(value) and row.accepts(scalar(value)):
        return "; remove the quotes."
    if isinstance(value, int | float) and row.accepts(json.dumps(value)):
        return "; write it in quotes."
    return ""


def _meant(name: object) -> Algorithm | None:
    """The algorithm a misspelt name most likely means: its hyperparameters are judged in the same reply."""
    return ALGORITHMS.get(nearest(name, ALGORITHMS) or "") if isinstance(name, str) else None


def _task_type(good: Mapping[str, Any], algorithm: Algorithm | None) -> str | None:
    """Stated, or the only one the algorithm has, or the only one of the algorithm's that the metric judges."""
    if "task_type" in good:
        return str(good["task_type"])
    if algorithm is None:
        return None
    fitting = algorithm.task_types
    if "evaluation_metric" in good:
        fitting = tuple(task for task in fitting if task in METRICS[good["evaluation_metric"]].task_types)
    return fitting[0] if len(fitting) == 1 else None


def _check_fit(
    good: Mapping[str, Any], algorithm: Algorithm | None, task_type: str | None,
    lines: Mapping[tuple[str, ...], int], findings: list[Finding],
) -> None:  # fmt: skip
    learning_type, metric = good.get("learning_type"), good.get("evaluation_metric")
    if algorithm is not None and learning_type is not None and learning_type != algorithm.learning_type:
        text = f"algorithm {algorithm.name} is {algorithm.learning_type}, not {learning_type}; change one of the two."
        findings.append(_with_line(Finding("algorithm", text), lines, ("algorithm",)))
    if algorithm is not None and task_type is not None and task_type not in algorithm.task_types:
        tasks_done = " and ".join(algorithm.task_types)
        text = f"algorithm {algorithm.name} does {tasks_done}, not {task_type}; change one of the two."
        findings.append(_with_line(Finding("task_type", text), lines, ("task_type",)))
    tasks = (task_type,) if task_type else algorithm.task_types if algorithm else ()
    if metric is not None and tasks and not set(tasks) & set(METRICS[metric].task_types):
        fitting = ", ".join(name for name, row in METRICS.items() if set(tasks) & set(row.task_types))
        text = f"evaluation_metric {metric} does not judge {' or '.join(tasks)}; use one of {fitting}."
        findings.append(_with_line(Finding("evaluation_metric", text), lines, ("evaluation_metric",)))


def _threshold_findings(metric: str, threshold: float, lines: Mapping[tuple[str, ...], int]) -> list[Finding]:
    row = METRICS[metric]
    if row.minimum <= threshold <= row.maximum:
        return []
    text = f"evaluation_threshold must be {row.describe_range()} for {metric}, got {threshold:g}."
    return [_with_line(Finding("evaluation_threshold", text), lines, ("evaluation_threshold",))]


def _with_line(finding: Finding, lines: Mapping[tuple[str, ...], int], path: tuple[str, ...]) -> Finding:
    line = lines.get(path)
    if line is None:
        return finding
    body, mark = (finding.message[:-1], finding.message[-1]) if finding.message[-1] in ".?" else (finding.message, ".")
    return Finding(finding.field, f"{body} (line {line}){mark}", line, finding.severity, finding.id)


def _default_model_name(dataset_id: str, algorithm: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{dataset_id}-{algorithm}").strip("-")
    return name[:63].rstrip("-")
