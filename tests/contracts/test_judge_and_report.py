"""The judge's rule in both directions, and the evaluation report that carries it."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ConfigError
from contracts.evaluation_report import GROUPS, EvaluationReport, group_of
from contracts.judge import Decision, decide, margin
from contracts.metrics import DEFAULT_METRIC, METRICS, TASK_TYPES

FINITE = st.floats(allow_nan=False, allow_infinity=False)
REPORT = EvaluationReport(
    metric="accuracy",
    threshold=0.9,
    metrics={"accuracy": 0.95, "auc_roc": 0.99, "f1": 0.94},
    group="binary_classification_metrics",
    deviations={"accuracy": 0.01},
    details={"confusion_matrix": {"a": {"a": 3, "b": 1}, "b": {"a": 0, "b": 4}}},
    baseline={"dummy": {"accuracy": 0.5}},
    dataset={"rows": 8},
    model={"algorithm": "random_forest", "seed": 42},
)


@pytest.mark.parametrize(
    ("metric", "value", "threshold", "expected"),
    [
        ("accuracy", 0.95, 0.9, 0.05),
        ("accuracy", 0.85, 0.9, -0.05),
        ("accuracy", 0.9, 0.9, 0.0),
        ("rmse", 300.0, 400.0, 100.0),
        ("rmse", 500.0, 400.0, -100.0),
        ("r2", -0.5, 0.2, -0.7),
        ("mape", 0.0, 0.0, 0.0),
    ],
)
def test_the_margin_is_the_distance_by_which_a_value_passes(
    metric: str, value: float, threshold: float, expected: float
) -> None:
    assert margin(metric, value, threshold) == pytest.approx(expected)


@given(metric=st.sampled_from(sorted(METRICS)), value=FINITE, threshold=FINITE)
def test_a_margin_of_zero_or_more_means_the_threshold_is_reached(metric: str, value: float, threshold: float) -> None:
    distance = margin(metric, value, threshold)
    reached = value >= threshold if METRICS[metric].direction == "maximize" else value <= threshold
    assert math.isfinite(distance)
    assert (distance >= 0) == reached


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_cannot_be_judged(bad: float) -> None:
    with pytest.raises(ConfigError, match="must be finite"):
        margin("accuracy", bad, 0.5)
    with pytest.raises(ConfigError, match="must be finite"):
        margin("accuracy", 0.5, bad)


def test_an_unknown_metric_cannot_be_judged() -> None:
    with pytest.raises(ConfigError, match=r"must be one of accuracy, .*, got 'luck'"):
        margin("luck", 1.0, 0.5)


@pytest.mark.parametrize(
    ("distance", "retry", "limit", "expected"),
    [
        (0.0, 0, 0, Decision("pass", "register", 0.0)),
        (0.1, 3, 3, Decision("pass", "register", 0.1)),
        (-0.1, 0, 1, Decision("fail", "wait_for_operator", -0.1)),
        (-0.1, 1, 1, Decision("fail", "rollback", -0.1)),
        (-0.1, 0, 0, Decision("fail", "rollback", -0.1)),
    ],
)
def test_the_branch_follows_from_margin_and_retries(
    distance: float, retry: int, limit: int, expected: Decision
) -> None:
    assert decide(margin=distance, current_retry=retry, max_retry=limit) == expected


def test_metric_rows_are_whole() -> None:
    assert all(name == row.name and row.minimum < row.maximum for name, row in METRICS.items())
    assert len({row.group_key for row in METRICS.values()}) == len(METRICS)
    assert all(task in METRICS[DEFAULT_METRIC[task]].task_types for task in TASK_TYPES)


def test_a_report_survives_the_round_trip() -> None:
    assert EvaluationReport.from_json(REPORT.to_json()) == REPORT
    assert EvaluationReport.from_json(REPORT.to_json().encode()) == REPORT


def test_a_report_is_laid_out_as_the_registry_and_the_condition_step_read_it() -> None:
    document = json.loads(REPORT.to_json())
    group = document["binary_classification_metrics"]
    assert group["accuracy"] == {"value": 0.95, "standard_deviation": 0.01}
    assert group["auc"] == {"value": 0.99, "standard_deviation": "NaN"}
    assert group["confusion_matrix"]["b"] == {"a": 0, "b": 4}
    assert document["judge"]["passed"] is True
    assert document["judge"]["margin"] == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("member", "value"), [("margin", 1.0), ("margin", math.nan), ("value", 0.99), ("threshold", 0.1), ("passed", False)]
)
def test_a_report_that_contradicts_itself_is_refused(member: str, value: object) -> None:
    document = json.loads(REPORT.to_json())
    document["judge"][member] = value
    with pytest.raises(ConfigError, match=r"evaluation.json states"):
        EvaluationReport.from_json(json.dumps(document))


def test_a_metric_that_nobody_knows_is_named() -> None:
    text = '{"regression_metrics": {}, "judge": {}, "metrics": {"luck": 1}}'
    with pytest.raises(ConfigError, match=r"the metric 'luck', which is not installed here"):
        EvaluationReport.from_json(text)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "7", "{}", '"x"', "{", b"\xff", '{"regression_metrics": {}}', "[" * 100_000,
     '{"regression_metrics": {"mae": 3}, "judge": {"metric": "mae", "threshold": 1}, "metrics": {"mae": 3}}'],
)  # fmt: skip
def test_what_is_no_report_is_refused(text: str | bytes) -> None:
    with pytest.raises(ConfigError, match=r"evaluation.json is not an evaluation report"):
        EvaluationReport.from_json(text)


def test_a_report_without_its_judged_metric_is_refused() -> None:
    with pytest.raises(ConfigError, match="'mae' was not measured; this evaluation has accuracy"):
        dataclasses.replace(REPORT, metric="mae").to_json()


def test_a_report_holds_no_nan() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        dataclasses.replace(REPORT, metrics={"accuracy": 0.9, "f1": math.nan}).to_json()


@pytest.mark.parametrize(
    ("task", "classes", "index"), [("classification", 2, 0), ("classification", 3, 1), ("regression", 0, 2)]
)
def test_the_group_follows_from_the_task(task: str, classes: int, index: int) -> None:
    assert group_of(task, classes) == GROUPS[index]
