"""TrainModel on prepared data of every task: what it prints, what the card says, and what it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_iris

from contracts.errors import ConfigError, DataError
from steps.model_artifact import Model, load_model
from steps.processing.prepare_data import main as prepare_data
from steps.runtime import Runtime
from steps.training.train import main

CHANNELS = ("train", "validation", "folds", "preprocessor", "metadata")
PENGUINS = Path(__file__).resolve().parents[3] / "examples" / "data" / "penguins" / "penguins.csv"


class Trained:
    """A finished training: the job's folder, what it printed, its card and its model."""

    def __init__(self, base: Path, output: str) -> None:
        self.base, self.output = base, output
        self.card: dict[str, Any] = json.loads((base / "model" / "model.json").read_text(encoding="utf-8"))
        self.metrics = {name: float(value) for name, value in re.findall(r"^metric (\w+)=(\S+);$", output, re.M)}

    def model(self) -> Model:
        return load_model(self.base / "model")


Train = Callable[..., Trained]


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[..., Path]:
    """prepare(csv, target=..., task_type=..., **preprocessing) -> folder of the job."""

    def run(
        data: str, *, target: str | None, task: str | None = None, learning: str = "supervised", **config: Any
    ) -> Path:
        base = tmp_path / "prepared"
        for name in ("dataset", "config"):
            (base / "processing" / "input" / name).mkdir(parents=True)
        (base / "processing/input/dataset/data.csv").write_text(data, encoding="utf-8")
        document: dict[str, Any] = {"target": target, "task_type": task, "learning_type": learning, "seed": 42}
        document["preprocessing_config"] = config
        (base / "processing/input/config/data_config.json").write_text(json.dumps(document))
        prepare_data(["--dataset-id", "a", "--dataset-fingerprint", "f"], Runtime(base))
        return base

    return run


@pytest.fixture
def train(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Train:
    """train(prepared, algorithm, seed=42, **hyperparameters) in a fresh job folder."""
    jobs: list[Path] = []

    def run(prepared: Path, algorithm: str, /, *, seed: str = "42", task_type: str = "", **given: Any) -> Trained:
        base = tmp_path / f"job-{len(jobs)}"
        jobs.append(base)
        (base / "input" / "data").mkdir(parents=True)
        (base / "input" / "config").mkdir()
        for name in CHANNELS:
            (base / "input" / "data" / name).symlink_to(prepared / "processing" / name)
        values = {"algorithm": algorithm, "hyperparameters": json.dumps(given), "seed": seed, "task_type": task_type}
        (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(values))
        capsys.readouterr()
        main([], Runtime(base))
        return Trained(base, capsys.readouterr().out)

    return run


def iris_csv() -> str:
    frame = pl.DataFrame(load_iris().data, schema=["a", "b", "c", "d"])
    kinds = pl.Series("kind", [("setosa", "versicolor", "virginica")[k] for k in load_iris().target])
    return frame.with_columns(kinds).write_csv()


def prices_csv() -> str:
    """A price that multiplies, so that its logarithm is a straight line."""
    generator = np.random.default_rng(0)
    size, age = generator.uniform(20, 200, 300), generator.uniform(0, 50, 300)
    price = np.exp(9 + 0.012 * size - 0.03 * age + generator.normal(0, 0.02, 300))
    return pl.DataFrame({"size": size, "age": age, "price": price}).write_csv()


def test_classification_prints_metrics_and_describes_itself(prepare: Callable[..., Path], train: Train) -> None:
    prepared = prepare(PENGUINS.read_text(encoding="utf-8"), target="species")
    trained = train(prepared, "random_forest", n_estimators=40)
    assert trained.metrics["train_accuracy"] == 1.0
    assert trained.metrics["validation_accuracy"] > 0.9
    assert {"train_auc_roc", "validation_log_loss"} <= set(trained.metrics)
    card = trained.card
    assert (card["format"], card["estimator"], card["task_type"]) == (2, "sklearn", "classification")
    assert card["hyperparameters"] == {"n_estimators": 40}
    assert card["classes"] == ["Adelie", "Chinstrap", "Gentoo"]
    assert card["cross_validation"] is None
    assert card["training_seconds"] > 0
    assert sum(card["training_target"]["class_counts"]) == card["dataset"]["rows"]["train"]
    rows = [point["rows"] for point in card["facts"]["learning_curve"]]
    assert rows == sorted(rows)
    assert rows[-1] == card["dataset"]["rows"]["train"]
    assert set(card["facts"]["learning_curve"][0]) == {"rows", "train", "validation"}


def test_model_answers_raw_rows_and_serves_its_own_code(prepare: Callable[..., Path], train: Train) -> None:
    prepared = prepare(PENGUINS.read_text(encoding="utf-8"), target="species")
    trained = train(prepared, "random_forest", n_estimators=20)
    raw = pl.read_csv(PENGUINS, infer_schema=False)
    assert np.mean(trained.model().predict(raw) == raw["species"].to_numpy()) > 0.98
    code = trained.base / "model" / "code"
    assert {path.name for path in code.iterdir()} == {"steps.pyz", "inference.py", "requirements.txt"}


def test_folds_are_scored_each_on_its_own(prepare: Callable[..., Path], train: Train) -> None:
    prepared = prepare(iris_csv(), target="kind", cross_validation_folds=3)
    trained = train(prepared, "random_forest", n_estimators=15)
    accuracy = trained.card["cross_validation"]["accuracy"]
    assert len(accuracy["values"]) == 3
    assert accuracy["mean"] == pytest.approx(np.mean(accuracy["values"]))
    assert accuracy["std"] == pytest.approx(np.std(accuracy["values"], ddof=1))
    assert trained.metrics["cv_accuracy"] == pytest.approx(accuracy["mean"], rel=1e-5)
    assert trained.metrics["cv_accuracy"] > 0.85


def test_transformed_target_is_scored_and_predicted_in_its_own_units(
    prepare: Callable[..., Path], train: Train
) -> None:
    trained = train(prepare(prices_csv(), target="price", target_transform="log1p"), "linear_regression")
    raw = pl.read_csv(prices_csv().encode())
    predicted = trained.model().predict(raw)
    assert np.allclose(predicted, raw["price"], rtol=0.12)
    assert trained.metrics["train_r2"] > 0.99
    assert trained.metrics["train_mape"] < 0.03
    assert trained.card["training_target"]["mean"] > 5_000


@pytest.mark.parametrize(
    ("algorithm", "given", "metric"),
    [
        ("kmeans", {}, "silhouette"),
        ("kmeans", {"k": 3, "mini_batch_size": 64}, "inertia"),
        ("dbscan", {}, "silhouette"),
    ],
)
def test_clustering_needs_no_target(
    algorithm: str, given: dict[str, Any], metric: str, prepare: Callable[..., Path], train: Train
) -> None:
    prepared = prepare(iris_csv(), target="kind", task="clustering", learning="unsupervised")
    trained = train(prepared, algorithm, **given)
    assert np.isfinite(trained.metrics[f"train_{metric}"])
    assert np.isfinite(trained.metrics[f"validation_{metric}"])
    assert trained.card["training_target"] is None
    assert trained.card["classes"] is None
    raw = pl.read_csv(iris_csv().encode())
    labels = trained.model().labels(raw)
    assert labels.dtype == np.int64
    assert 2 <= len(set(labels.tolist()) - {-1}) == trained.card["facts"]["n_clusters"]


def test_projection_needs_no_target(prepare: Callable[..., Path], train: Train) -> None:
    prepared = prepare(iris_csv(), target="kind", task="dimensionality_reduction", learning="unsupervised")
    pca = train(prepared, "pca")
    assert pca.metrics["train_explained_variance"] >= 0.95
    tsne = train(prepared, "tsne", n_iter=300)
    assert tsne.metrics["train_trustworthiness"] > 0.95
    assert tsne.card["estimator"] == "neighbours"
    raw = pl.read_csv(iris_csv().encode())
    assert pca.model().project(raw).shape == (150, pca.card["facts"]["n_components"])
    assert tsne.model().project(raw).shape == (150, 2)


def test_same_seed_gives_the_same_model_and_card(prepare: Callable[..., Path], train: Train) -> None:
    prepared = prepare(iris_csv(), target="kind")
    cards, answers = [], []
    for _ in range(2):
        trained = train(prepared, "random_forest", n_estimators=10)
        cards.append({name: value for name, value in trained.card.items() if name != "training_seconds"})
        answers.append(trained.model().predict_proba(pl.read_csv(iris_csv().encode())))
    assert cards[0] == cards[1]
    assert np.array_equal(answers[0], answers[1])


def test_class_weights_of_the_preparation_reach_the_forest(prepare: Callable[..., Path], train: Train) -> None:
    frame = pl.read_csv(iris_csv().encode()).filter((pl.col("kind") != "setosa") & (pl.col("a") > 0))
    rare = pl.concat(
        [frame.filter(pl.col("kind") == "versicolor").head(12), frame.filter(pl.col("kind") != "versicolor")]
    )
    prepared = prepare(rare.write_csv(), target="kind", class_weights="balanced")
    weighted = train(prepared, "random_forest", n_estimators=10, max_depth=1).model()
    chosen = weighted.predict(rare)
    assert (chosen[:12] == "versicolor").mean() > 0.7


@pytest.mark.parametrize(
    ("algorithm", "options", "reason"),
    [
        ("magic", {}, "Unknown algorithm 'magic'"),
        ("linear_regression", {}, "does not do classification, which the target 'kind' asks for; use random_forest"),
        ("random_forest", {"n_estimators": 0, "max_dept": 2}, r"n_estimators must be .*max_dept is unknown"),
        ("random_forest", {"task_type": "regression"}, "prepared for classification"),
        ("random_forest", {"seed": "lucky"}, "seed must be an integer, got 'lucky'"),
        ("random_forest", {"seed": "-1"}, "seed must be an integer in"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_fitted(
    algorithm: str, options: dict[str, Any], reason: str, prepare: Callable[..., Path], train: Train
) -> None:
    prepared = prepare(iris_csv(), target="kind")
    with pytest.raises(ConfigError, match=reason):
        train(prepared, algorithm, **options)


def test_damaged_folds_file_is_named(prepare: Callable[..., Path], train: Train) -> None:
    prepared = prepare(iris_csv(), target="kind")
    (prepared / "processing" / "folds" / "folds.json").write_text("{}")
    with pytest.raises(DataError, match=r"folds\.json must hold"):
        train(prepared, "random_forest", n_estimators=2)


def test_scikit_learn_training_imports_no_other_framework() -> None:
    script = (
        "import sys, steps.training.train, steps.training.train_sklearn, steps.serving\n"
        "print([name for name in ('torch', 'xgboost', 'sklearn', 'matplotlib') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    finished = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"
