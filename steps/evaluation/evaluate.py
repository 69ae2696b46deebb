"""Step EvaluateModel: the packed model predicts the raw test rows; scores, margin and reports come out.

load model.tar.gz -> predict raw rows (the path that callers take) -> score -> margin against the threshold ->
evaluation.json, report.md, report.html. Whether the model passes is decided by the pipeline, from the margin.
Cost: the model is loaded as a caller would load it, which imports scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from contracts.errors import ConfigError, DataError
from contracts.evaluation_report import EvaluationReport, group_of
from contracts.metrics import METRICS
from steps.classification_metrics import class_metrics
from steps.evaluation.baseline import dummy_classification, dummy_regression
from steps.evaluation.drawing import predicted_against_actual, roc_drawing
from steps.evaluation.quality import classification_details, other_metrics
from steps.evaluation.report import Report
from steps.evaluation.report_html import html_report
from steps.evaluation.report_markdown import markdown_report
from steps.evaluation.scoring import Measured, score_classification, score_regression
from steps.model_artifact import Model, load_model
from steps.runtime import Runtime
from steps.tables import TARGET_COLUMN, read_parts


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """What both tasks hand to the reports."""

    metrics: dict[str, Measured]
    details: dict[str, Any]
    baseline: dict[str, float]
    confusion: list[list[int]] | None
    classes: list[dict[str, Any]] | None
    drawing: str


def main(arguments: Sequence[str], runtime: Runtime) -> None:
    """Run the step on the job's folders."""
    parser = argparse.ArgumentParser(prog="evaluate")
    parser.add_argument("--metric", required=True)
    parser.add_argument("--threshold", type=float, required=True)
    options = parser.parse_args(arguments)
    metadata = json.loads((runtime.processing_input("metadata") / "metadata.json").read_text(encoding="utf-8"))
    task_type = str(metadata["task_type"])
    _check_metric(options.metric, task_type)
    model = load_model(runtime.processing_input("model"))
    if model.card["task_type"] != task_type or model.card["classes"] != metadata["classes"]:
        raise DataError("The model was trained on other data than this test part: task or classes differ.")
    rows = read_parts(runtime.processing_input("test"))
    seed = int(metadata["seed"])
    evaluation = _classification(model, rows, seed) if model.classes else _regression(model, rows, seed)

    judged = _report(options.metric, options.threshold, model, metadata, evaluation)
    report = Report(
        model=model.card,
        metadata=metadata,
        metrics=evaluation.metrics,
        baseline=evaluation.baseline,
        judge=judged.to_mapping()["judge"],
        confusion=evaluation.confusion,
        classes=evaluation.classes,
        drawing=evaluation.drawing,
        importances=_importances(model),
    )
    output = runtime.processing_output("evaluation")
    document = _document(judged, model, metadata, evaluation)
    (output / "evaluation.json").write_text(document, encoding="utf-8")
    (output / "report.md").write_text(markdown_report(report), encoding="utf-8")
    (output / "report.html").write_text(html_report(report), encoding="utf-8")
    for name, item in evaluation.metrics.items():
        if math.isfinite(item.value):
            print(f"metric test_{name}={item.value:.6g};")
    print(f"{options.metric} {judged.value:.4g} against threshold {options.threshold:g}: margin {judged.margin:+.4g}.")


def _check_metric(metric: str, task_type: str) -> None:
    fitting = [name for name, row in METRICS.items() if task_type in row.task_types]
    if metric not in fitting:
        raise ConfigError(f"Metric '{metric}' does not measure a {task_type}; use one of {', '.join(fitting)}.")


def _classification(model: Model, rows: pl.DataFrame, seed: int) -> _Evaluation:
    names = list(model.classes or ())
    actual = rows.get_column(TARGET_COLUMN).to_numpy().astype(np.int64)
    probabilities = model.predict_proba(rows)
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    scores = score_classification(actual, predicted, probabilities, seed)
    return _Evaluation(
        metrics=dict(scores.metrics),
        details=classification_details(scores, names),
        baseline=dummy_classification(actual, model.card["training_target"]),
        confusion=scores.confusion.astype(int).tolist(),
        classes=[{"class": name, **row} for name, row in zip(names, class_metrics(scores.confusion), strict=True)],
        drawing=roc_drawing(scores.curves) if scores.curves else "",
    )


def _regression(model: Model, rows: pl.DataFrame, seed: int) -> _Evaluation:
    actual = rows.get_column(TARGET_COLUMN).to_numpy().astype(np.float64)
    predicted = np.asarray(model.predict_values(rows), dtype=np.float64)
    metrics = score_regression(actual, predicted, seed)
    return _Evaluation(
        metrics=metrics,
        details=other_metrics(metrics),
        baseline=dummy_regression(actual, model.card["training_target"]),
        confusion=None,
        classes=None,
        drawing=predicted_against_actual(actual, predicted),
    )


def _report(
    metric: str, threshold: float, model: Model, metadata: dict[str, Any], evaluation: _Evaluation
) -> EvaluationReport:
    if not math.isfinite(evaluation.metrics[metric].value):
        raise DataError(
            f"{metric} is not defined on this test part (it may hold one class or one value only); "
            "choose another metric or a larger test_size."
        )
    known = {
        name: evaluation.metrics[name]
        for name in METRICS
        if name in evaluation.metrics and math.isfinite(evaluation.metrics[name].value)
    }
    card = model.card
    described = ("algorithm", "task_type", "hyperparameters", "seed", "features", "versions")
    return EvaluationReport(
        metric=metric,
        threshold=threshold,
        metrics={name: item.value for name, item in known.items()},
        group=group_of(card["task_type"], len(model.classes or ())),
        deviations={name: item.deviation for name, item in known.items()},
        details=evaluation.details,
        baseline={
            "dummy": {name: evaluation.baseline[name] for name in known if math.isfinite(evaluation.baseline[name])}
        },
        dataset={name: metadata[name] for name in ("dataset_id", "fingerprint", "target", "rows")},
        model={name: card[name] for name in described},
    )


def _document(report: EvaluationReport, model: Model, metadata: dict[str, Any], evaluation: _Evaluation) -> str:
    classes = model.classes
    content = report.to_mapping() | {
        "classes": evaluation.classes,
        "positive_class": classes[1] if classes and len(classes) == 2 else None,
        "findings": metadata["findings"],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _importances(model: Model) -> list[tuple[str, float]]:
    """The ten features the model leans on most: impurity importances, or sizes of coefficients."""
    values = getattr(model.estimator, "feature_importances_", None)
    if values is None:
        values = np.abs(np.asarray(getattr(model.estimator, "coef_", [])).ravel())
    pairs = zip(model.preprocessor.features, (float(value) for value in values), strict=False)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:10]
