"""What must hold for every algorithm and task: it learns, it does not cheat, and it serves what was evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as reference

from contracts.algorithms import ALGORITHMS
from steps.serving import input_fn, output_fn, predict_fn

from .conftest import PENGUINS
from .in_process import Trained, run_steps


@dataclass(frozen=True)
class Case:
    """An algorithm on the penguins, and what it must reach there."""

    algorithm: str
    task_type: str
    metric: str
    threshold: float
    target: str | None
    hyperparameters: dict[str, Any] = field(default_factory=dict)

    @property
    def learning_type(self) -> str:
        return ALGORITHMS[self.algorithm].learning_type

    def run(self, base: Path, data: pl.DataFrame, **further: Any) -> Trained:
        config = {"target": self.target, "task_type": self.task_type, "learning_type": self.learning_type}
        return run_steps(
            base, data, algorithm=self.algorithm, metric=self.metric, threshold=self.threshold,
            hyperparameters=self.hyperparameters, **config, **further,
        )  # fmt: skip


SMALL = {"epochs": 60}
CASES = [
    Case("random_forest", "classification", "accuracy", 0.95, "species"),
    Case("xgboost", "classification", "accuracy", 0.95, "species"),
    Case("neural_network", "classification", "accuracy", 0.95, "species", SMALL),
    Case("random_forest", "regression", "r2", 0.75, "body_mass_g"),
    Case("linear_regression", "regression", "r2", 0.8, "body_mass_g"),
    Case("xgboost", "regression", "r2", 0.75, "body_mass_g"),
    Case("neural_network", "regression", "r2", 0.75, "body_mass_g", SMALL),
    Case("kmeans", "clustering", "ari", 0.5, "species", {"k": 3}),
    Case("dbscan", "clustering", "silhouette", 0.1, "species"),
    Case("autoencoder", "clustering", "silhouette", 0.1, "species", {"k": 3, **SMALL}),
    Case("pca", "dimensionality_reduction", "explained_variance", 0.9, "species"),
    Case("tsne", "dimensionality_reduction", "trustworthiness", 0.8, "species", {"max_iter": 300}),
    Case("autoencoder", "dimensionality_reduction", "trustworthiness", 0.8, "species", SMALL),
]
SUPERVISED = [case for case in CASES if case.learning_type == "supervised"]


def ident(case: Case) -> str:
    return f"{case.algorithm}-{case.task_type}"


def penguins() -> pl.DataFrame:
    return pl.read_csv(PENGUINS / "penguins.csv", null_values="NA")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trained]:
    return {}


@pytest.fixture
def run(trained: dict[str, Trained], tmp_path_factory: pytest.TempPathFactory, case: Case) -> Trained:
    """The case's three steps, run once a session."""
    if ident(case) not in trained:
        trained[ident(case)] = case.run(tmp_path_factory.mktemp(ident(case)), penguins())
    return trained[ident(case)]


def test_every_algorithm_and_task_is_a_case() -> None:
    assert {(case.algorithm, case.task_type) for case in CASES} == {
        (row.name, task) for row in ALGORITHMS.values() for task in row.task_types
    }


@pytest.mark.parametrize("case", CASES, ids=ident)
def test_it_reaches_what_the_data_allow(case: Case, run: Trained) -> None:
    judge = run.report["judge"]
    assert judge["metric"] == case.metric
    assert judge["value"] >= case.threshold
    assert judge["passed"] is True
    folder = run.base / "evaluate/processing/evaluation"
    assert (folder / "report.html").stat().st_size > 5_000
    assert list((folder / "plots").glob("*.png"))


@pytest.mark.parametrize("case", CASES, ids=ident)
@pytest.mark.parametrize("content_type", ["text/csv", "application/json", "application/x-parquet"])
def test_what_is_served_is_what_was_evaluated(case: Case, run: Trained, content_type: str) -> None:
    """Raw test rows through the container's functions; the served answers give the report's own score."""
    rows, model = run.test_rows, run.model
    raw = rows.drop("__target__")
    if content_type == "application/x-parquet":
        raw.write_parquet(run.base / "rows.parquet")
        body: bytes | str = (run.base / "rows.parquet").read_bytes()
    else:
        body = raw.write_csv() if content_type == "text/csv" else raw.write_json()
    served = predict_fn(input_fn(body, content_type), model)
    answer, _ = output_fn(served, "application/json")
    assert len(answer) > 100
    assert served.height == rows.height
    direct = model.predict(raw)
    if case.task_type == "classification":
        assert served.get_column("prediction").to_list() == list(direct)
        names = np.asarray(model.classes)
        score = reference.accuracy_score(
            names[rows.get_column("__target__").to_numpy()], served["prediction"].to_numpy()
        )
        assert run.report["metrics"]["accuracy"] == pytest.approx(score)
    elif case.task_type == "regression":
        assert served.get_column("prediction").to_numpy() == pytest.approx(direct, rel=1e-5)
        score = reference.r2_score(rows.get_column("__target__"), served.get_column("prediction"))
        assert run.report["metrics"]["r2"] == pytest.approx(score, abs=1e-4)
    elif case.task_type == "clustering":
        assert served.get_column("cluster").to_list() == list(direct)
        score = reference.adjusted_rand_score(rows.get_column("__target__"), served.get_column("cluster"))
        assert run.report["metrics"]["ari"] == pytest.approx(score)
    else:
        assert served.to_numpy() == pytest.approx(direct, abs=1e-3)


@pytest.mark.parametrize("case", SUPERVISED, ids=ident)
def test_from_a_shuffled_target_nothing_is_learned(case: Case, tmp_path: Path) -> None:
    data = penguins()
    shuffled = data.with_columns(data.get_column(str(case.target)).shuffle(seed=5))
    report = case.run(tmp_path, shuffled).report
    score, dummy = report["metrics"][case.metric], report["baseline"]["dummy"][case.metric]
    group = next(value for key, value in report.items() if key.endswith("_metrics"))
    spread = group[case.metric]["standard_deviation"]
    assert score <= dummy + 2.5 * spread
    assert report["judge"]["passed"] is False


@pytest.mark.parametrize("case", CASES, ids=ident)
def test_the_same_seed_gives_the_same_model(case: Case, run: Trained, tmp_path: Path) -> None:
    again = case.run(tmp_path, penguins())
    assert again.report["metrics"] == run.report["metrics"]
    first, second = (item.model.predict(run.test_rows) for item in (run, again))
    assert (np.asarray(first) == np.asarray(second)).all()
