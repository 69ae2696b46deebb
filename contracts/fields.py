"""The fields an issue may hold, each with what it accepts; and how a mapping becomes a TrainingConfig.

Place in the flow: `contracts.issue_text` finds the text, this module judges its values and collects every mistake.
One cost: the table below is the grammar; documentation and issue forms follow it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from contracts.algorithms import ALGORITHMS, LEARNING_TYPES, SUPERVISED, Algorithm
from contracts.bounded_yaml import scalar
from contracts.dataset_card import DatasetCard
from contracts.field_rows import FieldRow, integer_in, matching, number_in, one_of, text_up_to
from contracts.findings import Finding, did_you_mean, nearest, shown_name
from contracts.hyperparameters import shown, validate_hyperparameters
from contracts.metric_plugins import find_metric, metric_names
from contracts.metrics import DEFAULT_METRIC, METRICS, TASK_TYPES
from contracts.preprocessing import check_preprocessing
from contracts.training_config import TrainingConfig

MAX_UNKNOWN_FIELDS = 20
_MODEL_NAME = re.compile(r"(?=.{1,63}\Z)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\Z")
DATASET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]{2,20}\.[a-z0-9]{2,16}\Z")
_TARGET = "the name of a column, text of at most 256 characters"


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
        matching(DATASET_ID),
        "letters, digits, '.', '_' or '-', at most 100 characters",
        required=True,
    ),
    FieldRow("target", text_up_to(256), _TARGET),
    FieldRow("hyperparameters", lambda v: isinstance(v, dict), "a mapping of names to values"),
    FieldRow("preprocessing_config", lambda v: isinstance(v, dict), "a mapping of names to values"),
    FieldRow(
        "evaluation_metric",
        lambda value: isinstance(value, str) and find_metric(value) is not None,
        f"one of {', '.join(METRICS)}, or an installed plug-in's",
        words=tuple(METRICS),
    ),
    FieldRow("evaluation_threshold", number_in(-1e300, 1e300), "a number", required=True),
    FieldRow("max_retry", integer_in(0, 10), "an integer in [0, 10]"),
    FieldRow("model_name", matching(_MODEL_NAME), "letters, digits and '-', at most 63 characters"),
    FieldRow("instance_type", matching(_INSTANCE_TYPE), "a SageMaker instance type such as ml.m5.xlarge"),
    FieldRow("instance_count", integer_in(1, 100), "an integer in [1, 100]"),
    FieldRow("seed", integer_in(0, 2**31 - 1), "an integer in [0, 2147483647]"),
)


def config_from_mapping(
    values: Mapping[str, Any],
    lines: Mapping[tuple[str, ...], int] | None = None,
    card: DatasetCard | None = None,
) -> tuple[TrainingConfig | None, list[Finding]]:
    """Judge every field; returns the configuration, or None with every mistake.

    Args:
        values: fields as parsed.
        lines: line by path, for messages.
        card: what the data set says of itself; the issue overrides it.
    """
    places = lines or {}
    findings: list[Finding] = []
    good = _check_rows(values, FIELDS, (), places, findings)
    algorithm = ALGORITHMS.get(good.get("algorithm", ""))
    learning_type = good.get("learning_type", SUPERVISED) if algorithm is None else algorithm.learning_type
    supervised = learning_type == SUPERVISED
    if card is not None:
        _add_card(good, card, algorithm)
    if supervised and "target" not in good and values.get("target") is None:
        text = f"target is missing; expected {_TARGET}. The data set's dataset.yaml may state it, too."
        findings.append(Finding("target", text))

    def check_rows(part: Mapping[str, Any], rows: tuple[FieldRow, ...], path: tuple[str, ...]) -> dict[str, Any]:
        return _check_rows(part, rows, path, places, findings)

    preprocessing, found = check_preprocessing(
        good.get("preprocessing_config", {}), good.get("target"), supervised, check_rows
    )
    findings.extend(_with_line(f, places, tuple(f.field.split(".", 1))) for f in found)
    task_type = _task_type(good, algorithm)
    metric = good.get("evaluation_metric") or DEFAULT_METRIC.get(task_type or "")
    _check_fit(good, algorithm, task_type, places, findings)
    _check_measurable(good, algorithm, metric, places, findings)
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
        target=good.get("target"),
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
    row = find_metric(good["evaluation_metric"]) if "evaluation_metric" in good else None
    if row is not None:
        fitting = tuple(task for task in fitting if task in row.task_types)
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
    row = None if metric is None else find_metric(metric)
    if row is not None and tasks and not set(tasks) & set(row.task_types):
        fitting = ", ".join(dict.fromkeys(name for task in tasks for name in metric_names(task)))
        text = f"evaluation_metric {metric} does not judge {' or '.join(tasks)}; use one of {fitting}."
        findings.append(_with_line(Finding("evaluation_metric", text), lines, ("evaluation_metric",)))


def _check_measurable(
    good: Mapping[str, Any], algorithm: Algorithm | None, metric: str | None,
    lines: Mapping[tuple[str, ...], int], findings: list[Finding],
) -> None:  # fmt: skip
    """Metrics that the algorithm cannot have, or that need labels which nobody named."""
    row = None if metric is None else find_metric(metric)
    if row is None or algorithm is None or not set(row.task_types) & set(algorithm.task_types):
        return
    text = ""
    if row.name in algorithm.unmeasured:
        names = [name for task in row.task_types for name in metric_names(task) if name not in algorithm.unmeasured]
        text = f"evaluation_metric {row.name} cannot be measured for {algorithm.name}; use one of {', '.join(names)}."
    elif row.needs_reference and "target" not in good:
        text = f"evaluation_metric {row.name} compares with known labels; name their column in target."
    if text:
        findings.append(_with_line(Finding("evaluation_metric", text), lines, ("evaluation_metric",)))


def _add_card(good: dict[str, Any], card: DatasetCard, algorithm: Algorithm | None) -> None:
    """What the data set says of itself, wherever the issue says nothing."""
    own = good.get("preprocessing_config", {})
    unwanted = (
        algorithm is not None and algorithm.learning_type != SUPERVISED and card.target in own.get("drop_columns", ())
    )
    if card.target is not None and not unwanted:
        good.setdefault("target", card.target)
    if card.task_type is not None and algorithm is not None and card.task_type in algorithm.task_types:
        good.setdefault("task_type", card.task_type)
    dropped = [name for name in card.id_columns if name not in own.get("keep_columns", ())]
    merged = {**card.reading, **own}
    if card.column_types or "column_types" in own:
        merged["column_types"] = {**card.column_types, **own.get("column_types", {})}
    if dropped:
        merged["drop_columns"] = list(dict.fromkeys([*dropped, *own.get("drop_columns", ())]))
    if merged:
        good["preprocessing_config"] = merged


def _threshold_findings(metric: str, threshold: float, lines: Mapping[tuple[str, ...], int]) -> list[Finding]:
    row = find_metric(metric)
    if row is None or row.minimum <= threshold <= row.maximum:
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
