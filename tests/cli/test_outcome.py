"""What a run's end looks like on the terminal, and which files it leaves for a person to open."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from cli.commands import render
from cli.outcome import Outcome, copy_report
from contracts.evaluation_report import EvaluationReport
from local.object_store import ObjectStore

METRICS = {
    "balanced_accuracy": 0.95, "accuracy": 0.97, "precision": 0.9, "recall": 0.91, "f1": 0.92, "f1_macro": 0.93,
    "auc_roc": 0.99, "log_loss": 0.1, "brier": 0.05, "average_precision": 0.98,
}  # fmt: skip


def outcome(**more: Any) -> Outcome:
    return Outcome("Succeeded", None, None, "Done.", evaluation=METRICS, **more)


def metrics_line(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("  metrics"))


def test_the_judged_metric_comes_first_with_its_deviation_and_then_five_others() -> None:
    text = render(outcome(evaluation_metric="f1_macro", evaluation_deviations={"f1_macro": 0.0123, "f1": 0.5}))
    assert metrics_line(text) == (
        "  metrics      f1_macro 0.93 ± 0.012  accuracy 0.97  precision 0.9  recall 0.91  f1 0.92  auc_roc 0.99"
    )


def test_without_deviations_the_values_stand_alone() -> None:
    line = metrics_line(render(outcome(evaluation_metric="accuracy")))
    assert line.startswith("  metrics      accuracy 0.97  precision 0.9")


def test_the_json_holds_every_metric_and_its_deviation() -> None:
    document = json.loads(outcome(evaluation_metric="f1", evaluation_deviations={"f1": 0.5}).to_json())
    assert document["evaluation"] == METRICS
    assert document["evaluation_deviations"] == {"f1": 0.5}


def test_the_plots_lie_beside_the_report(tmp_path: Path) -> None:
    report = EvaluationReport("rmse", 10.0, {"rmse": 7.0}, "regression_metrics")
    plots = ["residuals", "learning_curve", "../../escape", "never_drawn"]
    with closing(ObjectStore(tmp_path / "objects")) as store:
        store.create_bucket("bucket")
        store.put_bytes("bucket", "e/evaluation.json", json.dumps(report.to_mapping() | {"plots": plots}).encode())
        for name in ("report.md", "plots/residuals.png", "plots/learning_curve.png", "plots/unlisted.png"):
            store.put_bytes("bucket", f"e/{name}", name.encode())
        found = copy_report(store, "bucket", "e/", tmp_path / "reports" / "one")

    assert found.value == 7.0
    left = sorted(path.relative_to(tmp_path / "reports").as_posix() for path in tmp_path.rglob("reports/**/*.*"))
    assert left == [
        "one/evaluation.json", "one/plots/learning_curve.png", "one/plots/residuals.png", "one/report.md",
    ]  # fmt: skip
