"""Metrics equal scikit-learn's; their spread equals what repeated sampling shows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from steps.classification_metrics import (
    auc_roc,
    confusion_matrix,
    confusion_metrics,
    precision_recall_curve,
    roc_curve,
)
from steps.evaluation.scoring import score_classification, score_regression
from steps.regression_metrics import regression_metrics


def scores(classes: int, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Class indices and probabilities with many ties."""
    generator = np.random.default_rng(seed)
    actual = generator.integers(0, classes, rows)
    raw = np.round(generator.random((rows, classes)) + np.eye(classes)[actual] * 0.4, 1) + 0.01
    return actual, raw / raw.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [2, 3, 6])
def test_classification_metrics_equal_scikit_learns(classes: int, seed: int) -> None:
    actual, probabilities = scores(classes, 120, seed)
    predicted = probabilities.argmax(axis=1)
    mine = confusion_metrics(confusion_matrix(actual, predicted, classes))
    average = "binary" if classes == 2 else "macro"
    assert mine["accuracy"] == pytest.approx(reference.accuracy_score(actual, predicted))
    assert mine["precision"] == pytest.approx(reference.precision_score(actual, predicted, average=average))
    assert mine["recall"] == pytest.approx(reference.recall_score(actual, predicted, average=average))
    assert mine["f1"] == pytest.approx(reference.f1_score(actual, predicted, average=average))
    expected = (
        reference.roc_auc_score(actual, probabilities[:, 1])
        if classes == 2
        else reference.roc_auc_score(actual, probabilities, multi_class="ovr")
    )
    assert auc_roc(actual, probabilities)[0] == pytest.approx(expected)


def test_weighted_area_equals_the_area_of_repeated_rows() -> None:
    actual, probabilities = scores(2, 60, 1)
    times = np.random.default_rng(2).integers(0, 4, 60)
    repeated = reference.roc_auc_score(np.repeat(actual, times), np.repeat(probabilities[:, 1], times))
    assert auc_roc(actual, probabilities, times[None, :].astype(float))[0] == pytest.approx(repeated)


def test_curves_equal_scikit_learns() -> None:
    actual, probabilities = scores(2, 80, 3)
    false_rate, true_rate = roc_curve(actual == 1, probabilities[:, 1])
    expected = reference.roc_curve(actual, probabilities[:, 1], drop_intermediate=False)
    assert np.allclose(false_rate, expected[0])
    assert np.allclose(true_rate, expected[1])
    precision, recall = precision_recall_curve(actual == 1, probabilities[:, 1])
    expected_precision, expected_recall, _ = reference.precision_recall_curve(actual, probabilities[:, 1])
    assert np.allclose(precision[::-1], expected_precision[:-1])
    assert np.allclose(recall[::-1], expected_recall[:-1])


def test_area_is_undefined_where_a_class_is_absent() -> None:
    assert np.isnan(auc_roc(np.zeros(4, dtype=np.int64), np.full((4, 2), 0.5))[0])


def test_regression_metrics_equal_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    actual = 1e6 + generator.normal(size=200)
    predicted = actual + generator.normal(scale=0.3, size=200)
    mine = regression_metrics(actual, predicted)
    assert mine["rmse"][0] == pytest.approx(reference.root_mean_squared_error(actual, predicted))
    assert mine["mae"][0] == pytest.approx(reference.mean_absolute_error(actual, predicted))
    assert mine["mape"][0] == pytest.approx(reference.mean_absolute_percentage_error(actual, predicted))
    assert mine["r2"][0] == pytest.approx(reference.r2_score(actual, predicted), rel=1e-6)
    assert np.isnan(regression_metrics(np.ones(5), np.zeros(5))["r2"][0])


def test_spread_of_accuracy_is_the_binomial_one() -> None:
    actual, probabilities = scores(3, 400, 4)
    predicted = probabilities.argmax(axis=1)
    measured = score_classification(actual, predicted, probabilities, 0).metrics["accuracy"]
    binomial = np.sqrt(measured.value * (1 - measured.value) / 400)
    assert measured.deviation == pytest.approx(binomial, rel=0.2)


def test_spread_of_the_mean_absolute_error_is_the_standard_error() -> None:
    generator = np.random.default_rng(5)
    actual, error = generator.normal(size=500), generator.normal(size=500)
    measured = score_regression(actual, actual + error, 0)["mae"]
    assert measured.deviation == pytest.approx(np.abs(error).std() / np.sqrt(500), rel=0.2)
