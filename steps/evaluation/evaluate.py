"""Step EvaluateModel: the packed model predicts the raw test rows; scores, margin, plots and reports come out.

load model.tar.gz -> predict raw rows (the path that callers take) -> score, beside a dummy and the model in place ->
margin against the threshold -> evaluation.json, plots, report.md, report.html. Whether the model passes is decided by
the pipeline, from the margin.
Cost: the model is loaded as a caller would load it, which imports its library; plots import matplotlib.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.errors import ConfigError, DataError
from contracts.metric_plugins import metric_names
from contracts.metrics import CLASSIFICATION, CLUSTERING, DIMENSIONALITY_REDUCTION, REGRESSION
from steps.evaluation.document import document, judged_report
from steps.evaluation.evaluation import Evaluation
from steps.evaluation.held_out import HeldOut
from steps.evaluation.plots import draw_all
from steps.evaluation.report import Report
from steps.evaluation.report_html import html_report
from steps.evaluation.report_markdown import markdown_report
from steps.evaluation.setting import Setting
from steps.evaluation.supervised import evaluate_classification, evaluate_regression
from steps.evaluation.unsupervised import evaluate_clustering, evaluate_projection
from steps.model_artifact import Model, load_model
from steps.runtime import Runtime

TASKS: Mapping[str, Callable[[Setting], Evaluation]] = {
    CLASSIFICATION: evaluate_classification,
    REGRESSION: evaluate_regression,
    CLUSTERING: evaluate_clustering,
    DIMENSIONALITY_REDUCTION: evaluate_projection,
}


def main(arguments: Sequence[str], runtime: Runtime) -> None:
    """Run the step on the job's folders."""
    parser = argparse.ArgumentParser(prog="evaluate")
    parser.add_argument("--metric", required=True)
    parser.add_argument("--threshold", type=float, required=True)
    parser.add_argument("--champion", default="")
    options = parser.parse_args(arguments)
    metadata = json.loads((runtime.processing_input("metadata") / "metadata.json").read_text(encoding="utf-8"))
    task_type = str(metadata["task_type"])
    _check_metric(options.metric, task_type, metadata)
    model = load_model(runtime.processing_input("model"))
    _check_model(model, metadata)
    setting = Setting(
        model=model,
        held_out=HeldOut.open(runtime.processing_input("test")),
        metadata=metadata,
        metric=options.metric,
        champion=_champion_folder(runtime),
        reference=options.champion,
    )
    evaluation = TASKS[task_type](setting)
    judged = judged_report(evaluation, options.metric, options.threshold, model.card, metadata)
    plots = draw_all(evaluation, model.card, metadata)
    report = Report(
        evaluation=evaluation,
        model=model.card,
        metadata=metadata,
        judge=judged.to_mapping()["judge"],
        plots=plots,
    )
    output = runtime.processing_output("evaluation")
    (output / "plots").mkdir(exist_ok=True)
    for plot in plots:
        (output / "plots" / f"{plot.name}.png").write_bytes(plot.png)
    text = document(judged, evaluation, model.card, metadata, [plot.name for plot in plots])
    (output / "evaluation.json").write_text(text, encoding="utf-8")
    (output / "report.md").write_text(markdown_report(report), encoding="utf-8")
    (output / "report.html").write_text(html_report(report), encoding="utf-8")
    for name, item in evaluation.metrics.items():
        if math.isfinite(item.value):
            print(f"metric test_{name}={item.value:.6g};")
    if evaluation.champion is not None:
        print(evaluation.champion.verdict)
    print(f"{options.metric} {judged.value:.6g} against threshold {options.threshold:g}: margin {judged.margin:+.6g}.")


def _check_metric(metric: str, task_type: str, metadata: Mapping[str, Any]) -> None:
    fitting = metric_names(task_type)
    if metric not in fitting:
        raise ConfigError(f"Metric '{metric}' does not measure a {task_type}; use one of {', '.join(fitting)}.")
    if metric in ("ari", "nmi") and not metadata.get("reference"):
        raise ConfigError(
            f"Metric '{metric}' compares clusters with known labels, and this data set has none; name their column as "
            f"target, or use one of {', '.join(name for name in fitting if name not in ('ari', 'nmi'))}."
        )


def _check_model(model: Model, metadata: Mapping[str, Any]) -> None:
    if model.task_type != metadata["task_type"] or model.card["classes"] != metadata["classes"]:
        raise DataError("The model was trained on other data than this test part: task or classes differ.")


def _champion_folder(runtime: Runtime) -> Path | None:
    """Definitions from before the comparison have no such input."""
    try:
        return runtime.processing_input("champion")
    except DataError:
        return None
