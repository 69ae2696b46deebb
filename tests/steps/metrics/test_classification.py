"""Classification metrics equal scikit-learn's on random inputs, for rows that count several times, too."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference
from sklearn.exceptions import UndefinedMetricWarning

from steps.metrics.classification import (
    NAMES,
    brier_score,
    class_metrics,
    classification_metrics,
    confusion_matrix,
    confusion_metrics,
    log_loss,
)
from steps.metrics.ranking import auc_roc, average_precision, precision_recall_curve, roc_curve

Case = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def cases(draw: st.DrawFn, classes: tuple[int, int] = (2, 5)) -> Case:
    """Class indices (some classes absent), tied probabilities, and how often each row counts."""
    k = draw(st.integers(*classes))
    rows = draw(st.integers(1, 40))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    actual = generator.integers(0, draw(st.integers(1, k)), rows)
    raw = np.round(generator.random((rows, k)) + np.eye(k)[actual] * 0.4, 1) + draw(st.sampled_from([0.0, 0.01]))
    raw[raw.sum(axis=1) == 0] = 1.0
    times = generator.integers(0, 4, rows)
    times[generator.integers(rows)] += 1
    return actual, raw / raw.sum(axis=1, keepdims=True), times


def measured(actual: np.ndarray, probabilities: np.ndarray, times: np.ndarray) -> dict[str, float]:
    predicted = probabilities.argmax(axis=1)
    values = classification_metrics(actual, predicted, probabilities, times[None, :].astype(float))
    return {name: float(value[0]) for name, value in values.items()}


def quietly(function: Any, *arguments: Any, **settings: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        warnings.filterwarnings("ignore", message=".*y_pred contains classes not in y_true.*")
        warnings.filterwarnings("ignore", message=".*No positive class found.*")
        warnings.filterwarnings("ignore", message=".*A single label was found.*")
        return float(function(*arguments, **settings))


@given(case=cases())
@settings(deadline=None, max_examples=150)
def test_metrics_of_the_confusion_matrix_equal_scikit_learns_on_repeated_rows(case: Case) -> None:
    actual, probabilities, times = case
    mine = measured(actual, probabilities, times)
    y, p = np.repeat(actual, times), np.repeat(probabilities.argmax(axis=1), times)
    assert mine["accuracy"] == pytest.approx(reference.accuracy_score(y, p))
    assert mine["balanced_accuracy"] == pytest.approx(quietly(reference.balanced_accuracy_score, y, p))
    plain = "binary" if probabilities.shape[1] == 2 else "macro"
    for name, function in (
        ("precision", reference.precision_score),
        ("recall", reference.recall_score),
        ("f1", reference.f1_score),
    ):
        for suffix, average in (("", plain), ("_macro", "macro"), ("_weighted", "weighted")):
            expected = quietly(function, y, p, average=average, zero_division=0)
            assert mine[name + suffix] == pytest.approx(expected), name + suffix


@given(case=cases())
@settings(deadline=None, max_examples=150)
def test_metrics_of_probabilities_equal_scikit_learns_on_repeated_rows(case: Case) -> None:
    actual, probabilities, times = case
    mine = measured(actual, probabilities, times)
    classes = list(range(probabilities.shape[1]))
    y, p = np.repeat(actual, times), np.repeat(probabilities, times, axis=0)
    assert mine["log_loss"] == pytest.approx(reference.log_loss(y, p, labels=classes))
    expected = (
        quietly(reference.brier_score_loss, y, p[:, 1], pos_label=1)
        if len(classes) == 2
        else reference.brier_score_loss(y, p, labels=classes)
    )
    assert mine["brier"] == pytest.approx(expected, abs=1e-12)


@given(case=cases())
@settings(deadline=None, max_examples=150)
def test_areas_are_scikit_learns_averaged_over_the_classes_that_have_rows(case: Case) -> None:
    actual, probabilities, times = case
    mine = measured(actual, probabilities, times)
    y, p = np.repeat(actual, times), np.repeat(probabilities, times, axis=0)
    classes = [1] if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    present = [index for index in classes if (y == index).any()]
    areas = [reference.roc_auc_score(y == index, p[:, index]) for index in present if not (y == index).all()]
    precisions = [reference.average_precision_score(y == index, p[:, index]) for index in present]
    for name, values in (("auc_roc", areas), ("average_precision", precisions)):
        assert mine[name] == pytest.approx(np.mean(values) if values else np.nan, nan_ok=True), name


def test_areas_of_many_classes_equal_scikit_learns_one_against_the_rest() -> None:
    generator = np.random.default_rng(0)
    actual = generator.permutation(np.arange(90) % 3)
    probabilities = generator.dirichlet(np.ones(3), 90)
    expected = reference.roc_auc_score(actual, probabilities, multi_class="ovr", average="macro")
    assert auc_roc(actual, probabilities)[0] == pytest.approx(expected)
    indicator = np.eye(3)[actual]
    assert average_precision(actual, probabilities)[0] == pytest.approx(
        reference.average_precision_score(indicator, probabilities, average="macro")
    )


def test_replicas_are_measured_as_if_each_stood_alone() -> None:
    generator = np.random.default_rng(1)
    actual = generator.integers(0, 3, 50)
    probabilities = generator.dirichlet(np.ones(3), 50)
    predicted = probabilities.argmax(axis=1)
    weights = generator.integers(0, 3, (7, 50)).astype(float)
    together = classification_metrics(actual, predicted, probabilities, weights)
    for index, row in enumerate(weights):
        alone = classification_metrics(actual, predicted, probabilities, row[None, :])
        assert all(together[name][index] == pytest.approx(alone[name][0]) for name in NAMES)


def test_a_certain_mistake_costs_a_finite_log_loss() -> None:
    loss = log_loss(np.array([0]), np.array([[0.0, 1.0]]))[0]
    assert loss == pytest.approx(reference.log_loss([0], [[0.0, 1.0]], labels=[0, 1]))
    assert np.isfinite(loss)


def test_brier_score_of_certain_mistakes_is_one_for_two_classes_and_two_for_more() -> None:
    assert brier_score(np.array([0]), np.array([[0.0, 1.0]]))[0] == 1.0
    assert brier_score(np.array([0]), np.array([[0.0, 1.0, 0.0]]))[0] == 2.0


def test_what_needs_both_sides_is_undefined_with_one() -> None:
    actual, probabilities = np.zeros(4, dtype=np.int64), np.full((4, 2), 0.5)
    assert np.isnan(auc_roc(actual, probabilities)[0])
    assert np.isnan(average_precision(actual, probabilities)[0])


def test_nothing_is_defined_without_rows() -> None:
    none = np.zeros(0, dtype=np.int64)
    values = classification_metrics(none, none, np.zeros((0, 3)))
    assert set(values) == set(NAMES)
    assert all(np.isnan(value[0]) for value in values.values())


def test_only_what_is_wanted_is_measured() -> None:
    actual, probabilities = np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]])
    values = classification_metrics(actual, actual, probabilities, wanted=("auc_roc",))
    assert set(values) == {"auc_roc"}


def test_a_confusion_matrix_gives_the_metrics_of_its_rows() -> None:
    generator = np.random.default_rng(2)
    actual, predicted = generator.integers(0, 4, 60), generator.integers(0, 4, 60)
    confusion = confusion_matrix(actual, predicted, 4)
    assert np.array_equal(confusion, reference.confusion_matrix(actual, predicted))
    assert confusion_metrics(confusion)["f1"] == pytest.approx(reference.f1_score(actual, predicted, average="macro"))
    precision, recall, f1, support = reference.precision_recall_fscore_support(actual, predicted)
    for index, row in enumerate(class_metrics(confusion)):
        expected = {
            "precision": precision[index],
            "recall": recall[index],
            "f1": f1[index],
            "support": support[index],
        }
        assert row == pytest.approx(expected)


@given(case=cases((2, 2)))
@settings(deadline=None, max_examples=50)
def test_curves_equal_scikit_learns(case: Case) -> None:
    actual, probabilities, _ = case
    if len(np.unique(actual)) < 2:
        return
    score = probabilities[:, 1]
    false_rate, true_rate = roc_curve(actual == 1, score)
    expected = reference.roc_curve(actual, score, drop_intermediate=False)
    assert np.allclose(false_rate, expected[0])
    assert np.allclose(true_rate, expected[1])
    precision, recall = precision_recall_curve(actual == 1, score)
    expected_precision, expected_recall, _ = reference.precision_recall_curve(actual, score)
    assert np.allclose(precision[::-1], expected_precision[:-1])
    assert np.allclose(recall[::-1], expected_recall[:-1])
