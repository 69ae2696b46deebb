"""The model in place is scored on the same rows, or the reason is given; never does it stop the run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from steps.estimators.loading import FORMATS
from steps.evaluation.champion import compare_with_champion
from steps.evaluation.evaluation import Champion, Evaluation
from steps.evaluation.held_out import HeldOut
from steps.evaluation.supervised import evaluate_classification, evaluate_regression
from steps.evaluation.unsupervised import evaluate_clustering, evaluate_projection
from steps.model_artifact import Model

from .models import ROWS, components, forest, held_out, line, means, packed, setting, table


@pytest.fixture
def rows(tmp_path: Path) -> HeldOut:
    return held_out(tmp_path / "test", table(200))


def champion_of(evaluation: Evaluation) -> Champion:
    assert evaluation.champion is not None
    return evaluation.champion


def against(new: Model, old: Model, rows: HeldOut, folder: Path, metric: str = "accuracy") -> Champion:
    return champion_of(evaluate_classification(setting(new, rows, metric, packed(old, folder))))


def test_a_better_model_is_called_better(rows: HeldOut, tmp_path: Path) -> None:
    found = against(forest("a", "b"), forest("noise"), rows, tmp_path)
    assert found.outcome == "better"
    assert found.reference == "standing@1"
    assert found.verdict.startswith("Better than standing@1: accuracy is 0.")
    assert found.difference is not None
    assert found.difference.value > 2 * found.difference.deviation > 0
    assert found.metrics["accuracy"].value < 0.7
    assert set(found.metrics) >= {"accuracy", "auc_roc", "log_loss"}
    assert found.remarks == ()


def test_a_worse_model_is_called_worse_in_either_direction(rows: HeldOut, tmp_path: Path) -> None:
    assert against(forest("noise"), forest("a", "b"), rows, tmp_path / "1").outcome == "worse"
    found = against(forest("noise"), forest("a", "b"), rows, tmp_path / "2", "log_loss")
    assert found.outcome == "worse"
    assert found.difference is not None
    assert found.difference.value < 0


def test_the_same_model_does_not_differ(rows: HeldOut, tmp_path: Path) -> None:
    found = against(forest("a"), forest("a"), rows, tmp_path)
    assert found.outcome == "same"
    assert found.verdict.startswith("No difference from standing@1 beyond the noise: accuracy is 0.")
    assert found.difference is not None
    assert found.difference.value == 0.0


def test_classes_in_another_order_are_matched_by_name(rows: HeldOut, tmp_path: Path) -> None:
    flipped = table(240, seed=9).with_columns((1 - pl.col("kind")).alias("kind"))
    old = forest("a", "b", rows=flipped, classes=["yes", "no"])
    found = against(forest("a", "b"), old, rows, tmp_path)
    assert found.metrics["accuracy"].value > 0.8


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"classes": ["no", "maybe"]}, "it knows other classes (only one of the two has 'maybe', 'yes')."),
        ({"target": "other"}, "it predicts 'other', the new model 'kind'."),
    ],
)
def test_a_model_that_answers_another_question_is_not_compared(
    rows: HeldOut, tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    found = against(forest("a"), forest("a", **changes), rows, tmp_path)
    assert found.verdict == f"standing@1 could not be compared: {reason}"
    assert (found.outcome, found.difference, dict(found.metrics)) == ("unknown", None, {})


def test_a_model_of_another_task_is_not_compared(rows: HeldOut, tmp_path: Path) -> None:
    found = against(forest("a"), line("a"), rows, tmp_path)
    assert "it does regression, the new model classification" in found.verdict


def test_a_model_that_needs_columns_that_are_gone_is_not_compared(rows: HeldOut, tmp_path: Path) -> None:
    bigger = table(240, seed=9).with_columns(pl.col("a").alias("gone"))
    found = against(forest("a"), forest("a", "gone", rows=bigger), rows, tmp_path)
    assert "could not be compared" in found.verdict
    assert "'gone'" in found.verdict


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_a_damaged_model_is_not_compared(rows: HeldOut, tmp_path: Path, content: bytes | None) -> None:
    folder = tmp_path / "champion"
    folder.mkdir()
    if content is not None:
        (folder / "model.tar.gz").write_bytes(content)
    else:
        (folder / "other.txt").write_text("no model here")
    found = champion_of(evaluate_classification(setting(forest("a"), rows, "accuracy", folder)))
    assert found.verdict.startswith("standing@1 could not be compared: ")
    assert found.outcome == "unknown"


def test_a_model_whose_library_is_not_here_is_not_compared(
    rows: HeldOut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = packed(forest("a", estimator="network"), tmp_path)
    monkeypatch.setitem(FORMATS, "network", "no_such_library")
    monkeypatch.setattr("steps.estimators.loading.ensure_dependencies", lambda *_: None)
    found = champion_of(evaluate_classification(setting(forest("a"), rows, "accuracy", folder)))
    assert "No module named 'no_such_library'" in found.verdict


def test_without_a_champion_there_is_no_comparison(rows: HeldOut, tmp_path: Path) -> None:
    empty, stated = tmp_path / "empty", tmp_path / "none"
    empty.mkdir()
    stated.mkdir()
    (stated / "none.json").write_text("{}")
    for folder in (None, empty, stated, tmp_path / "absent"):
        assert compare_with_champion(setting(forest("a"), rows, "accuracy", folder), [], lambda _: ([], [])) is None


@pytest.mark.parametrize(
    ("content", "reference"),
    [
        ({"reference": "penguins@7"}, "penguins@7"),
        ({"reference": 7}, "the model in place"),
        ([], "the model in place"),
        (None, "the model in place"),
    ],
)
def test_its_name_may_stand_beside_it(rows: HeldOut, tmp_path: Path, content: Any, reference: str) -> None:
    folder = packed(forest("a"), tmp_path)
    if content is not None:
        (folder / "champion.json").write_text(json.dumps(content))
    unnamed = replace(setting(forest("a"), rows, "accuracy", folder), reference="")
    assert champion_of(evaluate_classification(unnamed)).reference == reference


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 4}, "another seed"),
        ({"dataset": {"fingerprint": "older", "rows": ROWS}}, "another state of the data"),
        ({"dataset": {"fingerprint": "abc", "rows": ROWS | {"test": 1}}}, "another split"),
        ({"dataset": {"fingerprint": "abc", "rows": ROWS, "split": {"kind": "time"}}}, "another split"),
        ({"dataset": {}, "seed": 4}, "another state of the data and another seed"),
    ],
)
def test_a_champion_that_may_have_seen_the_rows_is_remarked_on(
    rows: HeldOut, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    found = against(forest("a"), forest("a", **changes), rows, tmp_path)
    assert len(found.remarks) == 1
    assert f"was trained on {words}, so it may have seen some of these test rows" in found.remarks[0]


def test_regressions_are_compared(rows: HeldOut, tmp_path: Path) -> None:
    found = champion_of(evaluate_regression(setting(line("a", "b"), rows, "rmse", packed(line("noise"), tmp_path))))
    assert found.outcome == "better"


def test_clusterings_are_compared_in_the_new_models_features(rows: HeldOut, tmp_path: Path) -> None:
    same = champion_of(
        evaluate_clustering(
            setting(means("a", "b"), rows, "silhouette", packed(means("a", "b", clusters=6), tmp_path / "1"))
        )
    )
    assert same.outcome == "better"
    assert set(same.metrics) == {"silhouette", "davies_bouldin", "calinski_harabasz", "inertia"}
    other = champion_of(
        evaluate_clustering(setting(means("a", "b"), rows, "silhouette", packed(means("noise"), tmp_path / "2")))
    )
    assert other.outcome == "better"
    assert other.metrics["silhouette"].value == pytest.approx(0, abs=0.1)
    assert "inertia" not in other.metrics
    assert "features differ" in other.remarks[0]


def test_projections_of_other_features_are_compared_by_their_neighbours(rows: HeldOut, tmp_path: Path) -> None:
    def compared(metric: str, old: Model, folder: str) -> Champion:
        champion = packed(old, tmp_path / folder)
        return champion_of(evaluate_projection(setting(components("a", "b", "noise"), rows, metric, champion)))

    same = compared("explained_variance", components("a", "b", "noise", count=1), "1")
    assert same.outcome == "better"
    other = compared("trustworthiness", components("a", "b", count=1), "2")
    assert other.outcome == "better"
    assert set(other.metrics) == {"trustworthiness"}
    unknown = compared("reconstruction_error", components("a", "b"), "3")
    assert "reconstruction_error is not defined for it on these rows" in unknown.verdict
    assert np.isfinite(unknown.metrics["trustworthiness"].value)
