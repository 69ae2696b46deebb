"""What a report tells beside its metrics: read leniently where it is absent, strictly where it is wrong."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from contracts.errors import ConfigError
from contracts.evaluation_context import MAX_ITEMS, MAX_PLOTS, MAX_SENTENCE, Context, Measurement
from contracts.evaluation_report import MAX_HEADLINES, EvaluationReport, headlines
from contracts.metrics import CLASSIFICATION, CLUSTERING, METRICS, TASK_TYPES

REPORT = EvaluationReport("accuracy", 0.9, {"accuracy": 0.95}, "multiclass_classification_metrics")
CHAMPION = {
    "reference": "penguins@3",
    "outcome": "better",
    "verdict": "Better than penguins@3.",
    "difference": {"value": 0.02, "standard_deviation": 0.01},
    "metrics": {"accuracy": {"value": 0.93, "standard_deviation": "NaN"}},
    "remarks": ["It may have seen these rows."],
}


def read(**members: Any) -> Context:
    return EvaluationReport.from_json(json.dumps(REPORT.to_mapping() | members)).context


def test_a_document_without_these_members_has_an_empty_context() -> None:
    assert read() == Context()
    assert read(champion=None, plots=None, findings=None, slices=None, importances=None) == Context()


def test_everything_the_evaluation_wrote_is_read() -> None:
    context = read(
        champion=CHAMPION,
        plots=["roc_curve"],
        findings=[{"id": "x", "severity": "warning", "message": "One level.", "remedy": "Drop it.", "column": "a"}],
        slices=[
            {"column": "island", "level": "Dream", "rows": 12, "metric": "accuracy", "value": 0.8,
             "standard_deviation": 0.1, "gap": -0.15}
        ],
        importances=[{"column": "mass", "value": 0.2, "standard_deviation": 0.02}],
    )  # fmt: skip
    assert context.champion is not None
    assert context.champion.difference == Measurement(0.02, 0.01)
    assert context.champion.metrics == {"accuracy": Measurement(0.93)}
    assert context.champion.remarks == ("It may have seen these rows.",)
    assert context.plots == ("roc_curve",)
    assert [(item.severity, item.message, item.remedy) for item in context.findings] == [
        ("warning", "One level.", "Drop it.")
    ]
    assert [(item.level, item.rows, item.gap) for item in context.slices] == [("Dream", 12, -0.15)]
    assert context.importances[0].drop == Measurement(0.2, 0.02)


def test_it_is_not_written_by_the_report_itself() -> None:
    report = EvaluationReport.from_json(json.dumps(REPORT.to_mapping() | {"champion": CHAMPION, "plots": ["a"]}))
    assert report.context.champion is not None
    assert report.to_mapping() == REPORT.to_mapping()


def test_names_of_plots_that_could_be_paths_are_left_out_and_the_rest_is_bounded() -> None:
    assert read(plots=["../up", "a/b", "Å", "", "x" * 61, "ROC", "roc_curve", "a\n"]).plots == ("roc_curve",)
    assert len(read(plots=[f"p{n}" for n in range(99)]).plots) == MAX_PLOTS


def test_lists_and_sentences_are_bounded() -> None:
    finding = {"severity": "warning", "message": "x" * 99_999}
    findings = read(findings=[finding] * (MAX_ITEMS + 5)).findings
    assert len(findings) == MAX_ITEMS
    assert len(findings[0].message) == MAX_SENTENCE


@pytest.mark.parametrize(
    ("member", "value", "named"),
    [
        ("champion", [], "champion must be an object, got list"),
        ("champion", CHAMPION | {"outcome": "great"}, "champion.outcome must be one of better, .*'great'"),
        ("champion", CHAMPION | {"reference": None}, "champion.reference must be text"),
        ("champion", CHAMPION | {"metrics": {"accuracy": 1}}, "champion.metrics must be an object"),
        ("champion", CHAMPION | {"difference": {"value": True}}, "champion.difference.value must be a number"),
        ("champion", CHAMPION | {"remarks": "x"}, "remarks must be a list"),
        ("plots", "roc_curve", "plots must be a list, got str"),
        ("plots", [1], "plots must be text, got int"),
        ("findings", ["x"], "findings must be an object, got str"),
        ("findings", [{"severity": "warning"}], "findings.message must be text, got NoneType"),
        ("slices", [{"column": "a", "level": "b", "rows": "3"}], "slices.rows must be an integer"),
        ("importances", [{"column": "a"}], "importances.value must be a number or 'NaN', got NoneType"),
        ("baseline", {"dummy": 3}, "AttributeError"),
        ("baseline", {"dummy": {"accuracy": None}}, "TypeError"),
    ],
)
def test_a_member_of_the_wrong_kind_is_named(member: str, value: object, named: str) -> None:
    with pytest.raises(ConfigError, match=rf"evaluation.json is not an evaluation report: .*{named}"):
        read(**{member: value})


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (Measurement(0.985507, 0.0144), "0.9855 ± 0.014"),
        (Measurement(0.5), "0.5"),
        (Measurement(math.nan, 0.1), "–"),
        (Measurement(math.inf), "–"),
    ],
)
def test_a_measurement_is_shown_with_what_is_known_of_it(measured: Measurement, expected: str) -> None:
    assert measured.text() == expected


@pytest.mark.parametrize("task", TASK_TYPES)
def test_headlines_begin_with_the_judged_metric_and_are_few(task: str) -> None:
    metrics = [row.name for row in METRICS.values() if task in row.task_types]
    for judged in metrics:
        shown = headlines(metrics, judged)
        assert shown[0] == judged
        assert len(shown) == len(set(shown)) <= MAX_HEADLINES


def test_headlines_are_what_training_reports_and_everything_of_a_clustering() -> None:
    classification = [row.name for row in METRICS.values() if CLASSIFICATION in row.task_types]
    assert headlines(classification, "brier") == [
        "brier", "accuracy", "precision", "recall", "f1", "auc_roc", "log_loss",
    ]  # fmt: skip
    clustering = [row.name for row in METRICS.values() if CLUSTERING in row.task_types]
    assert set(headlines(clustering, "ari")) == set(clustering)
    assert headlines(["accuracy"], "absent") == ["accuracy"]
