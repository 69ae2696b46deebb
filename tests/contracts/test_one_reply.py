"""One reply names every mistake: nothing waits for the first mistakes to be corrected."""

from __future__ import annotations

import pytest

from contracts.fields import config_from_mapping
from contracts.issue_text import parse_issue

METRIC_IS_MISSING = "evaluation_metric is missing, and the task is not known yet; set task_type or evaluation_metric."


def messages(body: str) -> list[str]:
    return [finding.message for finding in parse_issue(body).findings]


def test_a_threshold_outside_the_default_metric_is_named_beside_other_mistakes() -> None:
    body = "algorithm: linear_regression\ndataset_id: d\ntarget: t\nevaluation_threshold: -1\nmax_retry: 99\n"
    assert messages(body) == [
        "evaluation_threshold must be 0 or more for rmse, got -1 (line 4).",
        "max_retry must be an integer in [0, 10], got 99 (line 5).",
    ]


def test_an_undecided_task_is_named_beside_other_mistakes() -> None:
    body = "algorithm: random_forest\ndataset_id: d\ntarget: t\nevaluation_threshold: 0.5\nmax_retry: 99\n"
    assert messages(body) == ["max_retry must be an integer in [0, 10], got 99 (line 5).", METRIC_IS_MISSING]


@pytest.mark.parametrize("wrong", ["evaluation_metric: acuracy", "task_type: clasification"])
def test_a_misspelt_metric_or_task_is_not_called_missing_too(wrong: str) -> None:
    body = f"algorithm: random_forest\ndataset_id: d\ntarget: t\nevaluation_threshold: 0.5\n{wrong}\n"
    (only,) = messages(body)
    assert "did you mean" in only


def test_a_misspelt_metric_does_not_get_another_metrics_range() -> None:
    body = "algorithm: linear_regression\ndataset_id: d\ntarget: t\nevaluation_threshold: -1\nevaluation_metric: r_2\n"
    (only,) = messages(body)
    assert only.startswith("evaluation_metric must be one of")


def test_a_mapping_that_was_parsed_elsewhere_is_judged_by_the_same_rules() -> None:
    values = {"algorithm": "linear_regression", "dataset_id": "d", "target": "t", "evaluation_threshold": 3}
    config, findings = config_from_mapping(values)
    assert findings == []
    assert config is not None
    assert (config.task_type, config.evaluation_metric) == ("regression", "rmse")
    config, findings = config_from_mapping({**values, "evaluation_threshold": float("nan"), "seed": True})
    assert config is None
    assert [finding.message for finding in findings] == [
        "evaluation_threshold must be a number, got NaN.",
        "seed must be an integer in [0, 2147483647], got true.",
    ]
