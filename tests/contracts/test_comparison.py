"""Models are ranked in the metric's direction, and only differences beyond the noise count as such."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.comparison import compare_models
from contracts.errors import ConfigError
from contracts.evaluation_report import EvaluationReport

ROWS = {"total": 100, "train": 70, "validation": 10, "test": 20}


def report(
    value: float, deviation: float | None = 0.01, metric: str = "accuracy", **changes: object
) -> EvaluationReport:
    base = EvaluationReport(
        metric=metric,
        threshold=0.5,
        metrics={metric: value},
        group="regression_metrics" if metric in ("rmse", "r2") else "binary_classification_metrics",
        deviations={} if deviation is None else {metric: deviation},
        dataset={"dataset_id": "penguins", "fingerprint": "abc", "rows": ROWS},
    )
    return dataclasses.replace(base, **changes)


def test_the_highest_accuracy_leads_and_differences_are_to_it() -> None:
    found = compare_models({"a@1": report(0.90), "b@1": report(0.95), "c@1": report(0.94)})
    assert [row.name for row in found.rows] == ["b@1", "c@1", "a@1"]
    assert [row.rank for row in found.rows] == [1, 2, 3]
    assert [row.difference for row in found.rows] == pytest.approx([0.0, -0.01, -0.05])
    assert [row.exceeds_noise for row in found.rows] == [False, False, True]


def test_the_lowest_error_leads() -> None:
    found = compare_models({"a": report(3.0, 0.1, "rmse"), "b": report(2.0, 0.1, "rmse")})
    assert [row.name for row in found.rows] == ["b", "a"]
    assert found.rows[1].difference == -1.0
    assert "Lower rmse is better" in found.to_markdown()


def test_without_a_deviation_noise_cannot_be_told() -> None:
    found = compare_models({"a": report(0.9, None), "b": report(0.8)})
    assert found.rows[1].exceeds_noise is None
    assert "cannot be told" in found.summary
    assert math.isnan(compare_models({"a": report(0.9, math.nan)}).rows[0].deviation or math.nan)


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=6), deviation=st.floats(0, 0.5))
def test_nobody_is_better_than_the_first(values: list[float], deviation: float) -> None:
    found = compare_models({f"m{index}": report(value, deviation) for index, value in enumerate(values)})
    assert found.rows[0].value == max(values)
    assert all(row.difference <= 0 for row in found.rows)
    assert json.loads(json.dumps(found.to_mapping(), allow_nan=False))["models"][0]["rank"] == 1


def test_another_metric_may_be_asked_for_and_the_rest_is_shown() -> None:
    both = {"accuracy": 0.9, "auc_roc": 0.8}
    found = compare_models(
        {"a": report(0.9, metrics=both), "b": report(0.9, metrics=both | {"auc_roc": 0.85})}, "auc_roc"
    )
    assert found.rows[0].name == "b"
    assert found.rows[0].others == {"accuracy": 0.9}
    assert "| rank | model | auc_roc | ± | to the best | beyond the noise | accuracy |" in found.to_markdown()


def test_models_of_different_tasks_are_not_compared() -> None:
    with pytest.raises(ConfigError, match=r"one task.*binary classification: a; regression: b"):
        compare_models({"a": report(0.9), "b": report(1.0, metric="rmse")})


def test_models_judged_by_different_metrics_need_a_name() -> None:
    reports = {"a": report(0.9), "b": report(0.9, metric="f1", metrics={"f1": 0.9, "accuracy": 0.7})}
    with pytest.raises(ConfigError, match=r"different metrics \(accuracy, f1\); name one"):
        compare_models(reports)
    assert compare_models(reports, "accuracy").rows[0].name == "a"


def test_a_model_without_the_metric_is_named_and_so_is_what_all_have() -> None:
    reports = {"a": report(0.9), "b": report(0.9, metrics={"accuracy": 0.9, "f1": 0.7})}
    with pytest.raises(ConfigError, match="f1 was not measured for a; all models have accuracy"):
        compare_models(reports, "f1")
    with pytest.raises(ConfigError, match=r"must be one of accuracy, .* got 'luck'"):
        compare_models(reports, "luck")
    with pytest.raises(ConfigError, match="at least one"):
        compare_models({})


@pytest.mark.parametrize(
    ("dataset", "note"),
    [
        ({"dataset_id": "penguins", "fingerprint": "abc", "rows": ROWS}, None),
        ({"dataset_id": "penguins", "fingerprint": "xyz", "rows": ROWS}, "different states of the data set"),
        ({"dataset_id": "cars", "fingerprint": "xyz", "rows": ROWS}, "different data sets"),
        (
            {"dataset_id": "penguins", "fingerprint": "abc", "rows": ROWS | {"test": 30}},
            "different numbers of test rows",
        ),
        ({"dataset_id": "penguins", "fingerprint": "abc", "rows": ROWS, "seed": 7}, "different splits"),
    ],
)
def test_different_data_is_stated(dataset: dict[str, object], note: str | None) -> None:
    found = compare_models({"a": report(0.9), "b": report(0.8, dataset=dataset)})
    assert len(found.notes) == (note is not None)
    assert note is None or note in found.notes[0]


def test_hostile_names_stay_text() -> None:
    text = compare_models({"a|b\n# <img> @everyone": report(0.9)}).to_markdown()
    assert "a\\|b \\# \\<img\\> @\u200beveryone" in text
    assert "<img>" not in text.replace("\\<", "")
