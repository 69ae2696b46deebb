"""EvaluateModel on small real models: what it writes for each task, and what it refuses."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as reference

from contracts.errors import ConfigError, DataError
from contracts.evaluation_report import EvaluationReport
from contracts.metric_plugins import custom_metrics
from contracts.metrics import METRICS
from steps.evaluation import evaluate
from steps.model_artifact import Model
from steps.runtime import Runtime

from .models import components, forest, held_out, line, means, metadata, packed, table, written

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Evaluates a model on 200 rows of ``table``; returns evaluation.json, and the folder under "folder"."""

    def evaluated(
        model: Model, metric: str, *, rows: pl.DataFrame | None = None, target: str | None = "kind",
        champion: Model | None = None, threshold: float = 0.5, **changes: Any,
    ) -> dict[str, Any]:  # fmt: skip
        inputs = tmp_path / "processing" / "input"
        inputs.mkdir(parents=True)
        (inputs / "metadata").mkdir()
        (inputs / "metadata" / "metadata.json").write_text(json.dumps(metadata(model.task_type, **changes)))
        held_out(inputs / "test", table(200) if rows is None else rows, target=target)
        packed(model, tmp_path / "new").rename(inputs / "model")
        arguments = ["--metric", metric, "--threshold", str(threshold)]
        if champion is not None:
            packed(champion, tmp_path / "old").rename(inputs / "champion")
            arguments += ["--champion", "standing@1"]
        evaluate.main(arguments, Runtime(tmp_path))
        folder = tmp_path / "processing" / "evaluation"
        text = (folder / "evaluation.json").read_text(encoding="utf-8")
        assert EvaluationReport.from_json(text).metric == metric
        return {**written(text), "folder": folder, "printed": capsys.readouterr().out}

    return evaluated


def test_a_classification_is_measured_beside_dummy_and_champion(run: Run) -> None:
    found = run(forest("a", "b", "noise"), "accuracy", champion=forest("noise"))
    rows = table(200)
    model = forest("a", "b", "noise")
    probabilities = model.predict_proba(rows)
    actual, predicted = rows["kind"].to_numpy(), probabilities.argmax(axis=1)
    assert found["metrics"]["accuracy"] == pytest.approx(reference.accuracy_score(actual, predicted))
    assert found["metrics"]["log_loss"] == pytest.approx(reference.log_loss(actual, probabilities))
    group = found["binary_classification_metrics"]
    assert group["auc"]["value"] == pytest.approx(reference.roc_auc_score(actual, probabilities[:, 1]))
    assert all(math.isfinite(group[METRICS[name].group_key]["standard_deviation"]) for name in found["metrics"])
    matrix = reference.confusion_matrix(actual, predicted)
    assert group["confusion_matrix"] == {str(i): {str(j): matrix[i, j] for j in (0, 1)} for i in (0, 1)}
    assert len(group["receiver_operating_characteristic_curve"]["true_positive_rates"]) > 10
    assert [row["class"] for row in found["classes"]] == ["no", "yes"]
    assert found["positive_class"] == "yes"
    assert found["baseline"]["dummy"]["accuracy"] == pytest.approx((actual == 0).mean())
    assert found["baseline"]["dummy"]["auc_roc"] == 0.5
    assert found["baseline"]["dummy"]["log_loss"] == pytest.approx(
        reference.log_loss(actual, np.tile([130 / 240, 110 / 240], (200, 1)))
    )
    assert found["baseline_comparison"]["verdict"].startswith("Better than a dummy that ignores every feature: ")
    assert found["champion"]["outcome"] == "better"
    assert found["champion"]["difference"]["value"] > 0
    assert found["champion"]["verdict"] in found["printed"]
    assert [item["column"] for item in found["importances"]][-1] == "noise"
    assert found["slices"][0] == {
        "column": "place",
        "level": "south",
        "rows": int((rows["place"] == "south").sum()),
        "metric": "accuracy",
        **{name: found["slices"][0][name] for name in ("value", "standard_deviation", "gap")},
    }
    assert found["slices"][0]["gap"] < 0
    assert "metric test_accuracy=0." in found["printed"]
    assert "margin +0." in found["printed"]


def test_reports_and_plots_stand_beside_the_numbers(run: Run) -> None:
    found = run(forest("a", "b"), "accuracy")
    folder: Path = found["folder"]
    assert "confusion_matrix" in found["plots"]
    for name in found["plots"]:
        assert (folder / "plots" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "accuracy" in (folder / "report.md").read_text(encoding="utf-8").lower()
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_regression_is_measured_beside_dummy(run: Run) -> None:
    found = run(line("a", "b"), "rmse")
    rows = table(200)
    actual, predicted = rows["kind"].to_numpy(), line("a", "b").predict_values(rows)
    assert found["metrics"]["rmse"] == pytest.approx(reference.root_mean_squared_error(actual, predicted))
    assert found["metrics"]["median_absolute_error"] == pytest.approx(
        reference.median_absolute_error(actual, predicted)
    )
    assert found["regression_metrics"]["mse"]["value"] == pytest.approx(found["metrics"]["rmse"] ** 2)
    assert found["baseline"]["dummy"]["rmse"] == pytest.approx(np.sqrt(np.mean((actual - 0.5) ** 2)))
    assert found["judge"]["margin"] == pytest.approx(0.5 - found["metrics"]["rmse"])
    assert found["champion"] is None
    assert {item["column"] for item in found["importances"]} == {"a", "b"}


def test_a_model_that_learned_nothing_is_said_to_be_no_better_than_the_dummy(run: Run) -> None:
    found = run(line("noise"), "rmse")
    assert found["remarks"] == [found["baseline_comparison"]["verdict"]]
    assert "No difference from a dummy that ignores every feature beyond the noise" in found["remarks"][0]


def test_a_clustering_is_measured_and_compared_with_known_labels(run: Run) -> None:
    reference_labels = {"name": "kind", "classes": ["no", "yes"]}
    found = run(means("a", "b"), "ari", reference=reference_labels, threshold=0.1)
    model, rows = means("a", "b"), table(200)
    matrix, labels = model.matrix(rows), model.labels(rows)
    kind = rows["kind"].to_numpy()
    assert found["metrics"]["ari"] == pytest.approx(reference.adjusted_rand_score(kind, labels))
    assert found["metrics"]["nmi"] == pytest.approx(reference.normalized_mutual_info_score(kind, labels))
    assert found["metrics"]["silhouette"] == pytest.approx(reference.silhouette_score(matrix, labels), abs=1e-5)
    assert found["metrics"]["davies_bouldin"] == pytest.approx(reference.davies_bouldin_score(matrix, labels))
    assert found["metrics"]["calinski_harabasz"] == pytest.approx(reference.calinski_harabasz_score(matrix, labels))
    distances = np.square(matrix - model.estimator.estimator.cluster_centers_[labels]).sum(axis=1)
    assert found["metrics"]["inertia"] == pytest.approx(distances.mean())
    assert found["clustering_metrics"]["clusters"] == 2
    assert sum(found["clusters"].values()) == 200
    assert found["baseline"] == {}
    assert set(found["plots"]) >= {"cluster_map", "silhouette"}


def test_a_clustering_without_known_labels_has_internal_indices_only(run: Run) -> None:
    found = run(means("a", "b"), "silhouette", target=None, threshold=0.1)
    assert set(found["metrics"]) == {"silhouette", "davies_bouldin", "calinski_harabasz", "inertia"}


def test_a_projection_is_measured(run: Run) -> None:
    found = run(components("a", "b", "noise"), "explained_variance", target=None)
    model, rows = components("a", "b", "noise"), table(200)
    matrix = model.matrix(rows)
    again = model.estimator.inverse_transform(model.project(rows))
    assert again is not None
    lost = np.square(matrix - again).sum() / np.square(matrix - matrix.mean(axis=0)).sum()
    assert found["metrics"]["explained_variance"] == pytest.approx(1 - lost, rel=1e-5)
    assert found["metrics"]["reconstruction_error"] == pytest.approx(np.square(matrix - again).mean(), rel=1e-5)
    assert 0.9 < found["metrics"]["trustworthiness"] <= 1
    assert found["projection_metrics"]["components"] == 2
    assert len(found["projection_metrics"]["reconstruction_errors"]) == 200
    assert "projection" in found["plots"]


def test_a_metric_that_is_not_defined_ends_the_run_with_the_reason(run: Run) -> None:
    one_class = table(200).filter(pl.col("kind") == 1)
    with pytest.raises(DataError, match="auc_roc is not defined on this test part: it may hold one class"):
        run(forest("a"), "auc_roc", rows=one_class)


def test_one_cluster_cannot_be_judged_by_its_silhouette(run: Run) -> None:
    with pytest.raises(DataError, match="silhouette is not defined on this test part: the clusters it compares"):
        run(means("a", clusters=1), "silhouette", target=None)


def test_but_one_cluster_can_be_judged_by_its_inertia_with_a_remark(run: Run) -> None:
    found = run(means("a", clusters=1), "inertia", target=None)
    assert found["remarks"] == [
        "The model finds 1 cluster in the test rows, so indices that compare clusters are not defined."
    ]
    assert set(found["metrics"]) == {"inertia"}


def test_a_metric_of_another_task_is_refused(run: Run) -> None:
    with pytest.raises(ConfigError, match="'rmse' does not measure a classification; use one of accuracy"):
        run(forest("a"), "rmse")


def test_agreement_without_known_labels_is_refused_before_anything_runs(run: Run) -> None:
    with pytest.raises(ConfigError, match="'ari' compares clusters with known labels, and this data set has none"):
        run(means("a"), "ari", target=None)


def test_a_model_of_other_classes_than_the_test_part_is_refused(run: Run) -> None:
    with pytest.raises(DataError, match="task or classes differ"):
        run(forest("a"), "accuracy", classes=["no", "yes", "maybe"])


def test_classes_that_the_model_does_not_know_are_refused(run: Run) -> None:
    rows = table(200).with_columns(pl.lit(7, dtype=pl.Int32).alias("kind"))
    with pytest.raises(DataError, match="names class 7, the model knows 2"):
        run(forest("a"), "accuracy", rows=rows)


def test_missing_targets_are_refused(run: Run) -> None:
    rows = table(200).with_columns(pl.when(pl.col("a") > 0).then(pl.col("kind")).alias("kind"))
    with pytest.raises(DataError, match="lacks the target of some rows"):
        run(forest("a"), "accuracy", rows=rows)


def test_predictions_that_are_no_numbers_are_refused(run: Run) -> None:
    model = line("a")
    model.estimator.estimator.coef_ = np.array([1e308])
    model.estimator.estimator.intercept_ = 1e308
    with pytest.raises(DataError, match="no finite numbers; its training did not converge"), np.errstate(over="ignore"):
        run(model, "rmse")


PLUG_IN = """
import math

import numpy as np

from contracts.metric_plugins import CustomMetric
from contracts.metrics import Metric


def cost(actual, predicted, probabilities):
    assert set(probabilities) == {"no", "yes"}
    return float(np.mean(np.where(actual == predicted, 0.0, np.where(actual == "yes", 5.0, 1.0))))


def broken(actual, predicted, probabilities):
    raise ZeroDivisionError


COST = CustomMetric(Metric("cost", ("classification",), "minimize", 0.0, math.inf, "cost", "Cost of mistakes"), cost)
BROKEN = CustomMetric(Metric("broken", ("classification",), "minimize", 0.0, math.inf, "broken", "Broken"), broken)
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package with two metrics, one of which fails: a missed "yes" costs five times a false alarm."""
    folder = tmp_path / "site" / "our_costs-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: our-costs\nVersion: 1.0\n")
    entries = "cost = our_costs:COST\nbroken = our_costs:BROKEN\n"
    (folder / "entry_points.txt").write_text(f"[sagemaker_issueops.metrics]\n{entries}")
    (folder.parent / "our_costs.py").write_text(PLUG_IN)
    monkeypatch.syspath_prepend(str(folder.parent))
    custom_metrics.cache_clear()
    yield
    custom_metrics.cache_clear()
    sys.modules.pop("our_costs", None)


@pytest.mark.usefixtures("plugins")
def test_a_metric_from_a_plug_in_judges_like_a_built_in_one(run: Run) -> None:
    found = run(forest("a", "b"), "cost", champion=forest("noise"), threshold=1.0)
    rows = table(200)
    actual, predicted = rows["kind"].to_numpy(), forest("a", "b").predict_proba(rows).argmax(axis=1)
    expected = np.mean(np.where(actual == predicted, 0.0, np.where(actual == 1, 5.0, 1.0)))
    assert found["metrics"]["cost"] == pytest.approx(expected)
    assert found["judge"]["margin"] == pytest.approx(1.0 - expected)
    assert 0 < found["binary_classification_metrics"]["cost"]["standard_deviation"] < expected
    assert found["champion"]["outcome"] == "better"
    assert found["baseline"]["dummy"]["cost"] == pytest.approx(5 * (actual == 1).mean())
    assert found["importances"][0]["value"] > 0
    assert "broken" not in found["metrics"]


@pytest.mark.usefixtures("plugins")
def test_a_plug_in_that_fails_cannot_judge(run: Run) -> None:
    with pytest.raises(DataError, match="broken is not defined on this test part"):
        run(forest("a"), "broken")
