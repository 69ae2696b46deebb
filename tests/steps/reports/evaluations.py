"""Evaluations of every task with numbers drawn from a formula, ordinary and degenerate ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from steps.evaluation.evaluation import Champion, Evaluation, Importance, Measured, Predictions, SliceScore
from steps.metrics.ranking import auc_roc

HOSTILE = (
    "<script>alert(1)</script>",
    "$x^2$ \\frac{1}{0} $",
    "a|b`c @someone #1 https://evil.example/x",
    "![x](http://evil.example/y) **bold**",
    "line\nbreak\ttab\u202eevil\u0000",
    "",
    "very long name " * 40,
)
JAPANESE = ("アデリー", "ヒゲペンギン", "種類①")
NAN = float("nan")


def classification(
    classes: tuple[str, ...] = ("Adelie", "Chinstrap", "Gentoo"),
    rows: int = 120,
    present: int | None = None,
    seed: int = 0,
) -> Evaluation:
    """A classifier that is right most of the time; ``present`` classes have test rows."""
    generator = np.random.default_rng(seed)
    k = len(classes)
    actual = generator.integers(0, present or k, rows)
    raw = generator.random((rows, k)) + 0.6 * np.eye(k)[actual]
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((k, k))
    np.add.at(confusion, (actual, predicted), 1)
    support = confusion.sum(axis=1)
    metrics = {
        "accuracy": Measured(float(np.trace(confusion) / rows), 0.02),
        "f1": Measured(0.87, 0.03),
        "auc_roc": Measured(float(auc_roc(actual, probabilities)[0]), 0.01),
        "log_loss": Measured(0.4, NAN),
    }
    return Evaluation(
        task_type="classification",
        metrics=metrics,
        predictions=Predictions(actual, predicted, probabilities),
        baseline={"accuracy": 0.4, "auc_roc": 0.5},
        champion=champion(),
        classes=classes,
        class_rows=[
            {"class": name, "precision": 0.9, "recall": 0.8, "f1": 0.85, "support": int(support[index])}
            for index, name in enumerate(classes)
        ],
        confusion=confusion,
        slices=(SliceScore("island", "Dream", 30, Measured(0.81, 0.05), -0.12),),
        importances=importances(("bill_length_mm", "island", "sex")),
    )


def regression(rows: int = 200, seed: int = 0, whole: bool = False) -> Evaluation:
    """A regression that follows its target; ``whole``: a target of whole numbers."""
    generator = np.random.default_rng(seed)
    actual = generator.integers(0, 20, rows).astype(np.float64) if whole else generator.normal(10, 3, rows)
    predicted = actual + generator.normal(0, 1, rows)
    return Evaluation(
        task_type="regression",
        metrics={"rmse": Measured(1.0, 0.05), "mae": Measured(0.8, 0.04), "r2": Measured(0.9, 0.01)},
        predictions=Predictions(actual, predicted),
        baseline={"rmse": 3.0, "mae": 2.4, "r2": 0.0},
        importances=importances(("weight", "height")),
    )


def clustering(labels: np.ndarray | None = None, rows: int = 150, reference: bool = True, seed: int = 0) -> Evaluation:
    """Three heaps in four dimensions."""
    generator = np.random.default_rng(seed)
    heap = generator.integers(0, 3, rows)
    matrix = (generator.normal(size=(rows, 4)) + 5 * np.eye(4)[heap]).astype(np.float32)
    predicted = heap if labels is None else labels
    ids, counts = np.unique(predicted, return_counts=True)
    return Evaluation(
        task_type="clustering",
        metrics={"silhouette": Measured(0.6, 0.01), "ari": Measured(0.98, 0.01), "inertia": Measured(4.0, 0.1)},
        predictions=Predictions(
            heap if reference else None, predicted, None, matrix, matrix[:, :2].astype(np.float64), np.arange(rows)
        ),
        cluster_sizes={int(key): int(count) for key, count in zip(ids, counts, strict=True)},
    )


def projection(rows: int = 150, dimensions: int = 2, reference: bool = True, seed: int = 0) -> Evaluation:
    """Three heaps, projected."""
    start = clustering(rows=rows, reference=reference, seed=seed)
    matrix = start.predictions.matrix
    assert matrix is not None
    coordinates = matrix[:, :dimensions].astype(np.float64)
    return Evaluation(
        task_type="dimensionality_reduction",
        metrics={"explained_variance": Measured(0.8, 0.01), "trustworthiness": Measured(0.97, 0.005)},
        predictions=replace(start.predictions, predicted=None, coordinates=coordinates),
        details={"reconstruction_errors": np.random.default_rng(seed).gamma(2.0, 0.1, rows).tolist()},
    )


def champion(reference: str = "penguin-species@3") -> Champion:
    """A champion that is a little worse."""
    return Champion(
        reference=reference,
        metrics={"accuracy": Measured(0.9, 0.03), "auc_roc": Measured(0.95, 0.01)},
        difference=Measured(0.02, 0.01),
        verdict="Better: accuracy is 0.02 higher than the champion's, twice the noise.",
        remarks=("It may have seen some of these rows in training.",),
    )


def importances(names: tuple[str, ...]) -> tuple[Importance, ...]:
    """Importances that fall from name to name."""
    return tuple(Importance(name, Measured(0.3 / (index + 1), 0.02)) for index, name in enumerate(names))


def card(task_type: str = "classification", **changes: Any) -> dict[str, Any]:
    """A model card as TrainModel writes it."""
    return {
        "format": 2,
        "estimator": "sklearn",
        "algorithm": "random_forest",
        "task_type": task_type,
        "target": "species",
        "classes": None,
        "features": ["bill_length_mm"],
        "input_columns": ["bill_length_mm", "island", "sex"],
        "hyperparameters": {"n_estimators": 200, "max_depth": None},
        "facts": {"classes_in_training": 3},
        "history": [],
        "cross_validation": {"accuracy": {"mean": 0.97, "std": 0.01, "values": [0.96, 0.97, 0.98]}},
        "seed": 42,
        "dataset": {"dataset_id": "penguins", "fingerprint": "3f9ac0de", "rows": {}},
        "training_seconds": 3.82,
        "training_job_name": "pipelines-1-TrainModel-2",
        "versions": {"python": "3.11.9", "scikit-learn": "1.9.1"},
    } | changes


def metadata(task_type: str = "classification", **changes: Any) -> dict[str, Any]:
    """metadata.json as PrepareData writes it."""
    numeric = {"missing": 2, "levels": None, "mean": 43.9, "std": 5.4, "min": 32.1, "max": 59.6}
    words = {"missing": 0, "levels": 3, "mean": None, "std": None, "min": None, "max": None}
    return {
        "dataset_id": "penguins",
        "fingerprint": "3f9ac0de",
        "files": ["penguins.csv"],
        "learning_type": "supervised",
        "task_type": task_type,
        "target": "species",
        "classes": None,
        "reference": None,
        "rows": {"total": 344, "train": 241, "validation": 34, "test": 69, "dropped_missing_target": 1},
        "columns": [
            {"name": "bill_length_mm", "kind": "numeric", "treatment": "missing cells become the median"} | numeric,
            {"name": "island", "kind": "categorical", "treatment": "one column per level"} | words,
            {"name": "id", "kind": "dropped", "treatment": "", "reason": "different in every row"} | words,
        ],
        "features": ["bill_length_mm", "island=Dream"],
        "seed": 42,
        "split": {"kind": "stratified", "test_size": 0.2, "validation_size": 0.1},
        "class_weights": None,
        "class_counts": [146, 68, 119],
        "target_transform": None,
        "folds": 3,
        "preprocessing": {"scaling": "standard", "numeric_imputation": "median"},
        "findings": [
            {
                "id": "duplicate-rows",
                "severity": "warning",
                "message": "12 rows stand in the data twice.",
                "remedy": "Remove them.",
            }
        ],
    } | changes


def judge(
    metric: str = "accuracy", value: float = 0.93, threshold: float = 0.9, direction: str = "maximize"
) -> dict[str, Any]:
    """The judge's part of evaluation.json."""
    margin = value - threshold if direction == "maximize" else threshold - value
    return {
        "metric": metric,
        "value": value,
        "threshold": threshold,
        "direction": direction,
        "margin": margin,
        "passed": margin >= 0,
    }
