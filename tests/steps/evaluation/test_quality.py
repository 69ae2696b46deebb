"""What stands beside the metrics: the dummy, curves and matrices of bounded size, sentences."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor

from contracts.errors import DataError
from steps.evaluation.answers import ClassAnswers, ValueAnswers
from steps.evaluation.baseline import dummy_class_answers, dummy_value_answers, dummy_values
from steps.evaluation.evaluation import Measured
from steps.evaluation.quality import CURVE_POINTS, classification_details, measured, other_metrics
from steps.evaluation.verdict import sentence


def test_the_dummy_of_a_classification_is_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    train, test = generator.choice(3, 100, p=[0.5, 0.3, 0.2]), generator.integers(0, 3, 50)
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((100, 1)), train)
    (answers,) = dummy_class_answers(test, {"class_counts": np.bincount(train).tolist()}, ["a", "b", "c"])
    assert isinstance(answers, ClassAnswers)
    assert np.array_equal(answers.predicted, dummy.predict(np.zeros((50, 1))))
    assert answers.probabilities == pytest.approx(dummy.predict_proba(np.zeros((50, 1))))
    values = dummy_values([answers])
    assert values["auc_roc"] == 0.5
    assert values["balanced_accuracy"] == pytest.approx(1 / 3)


def test_the_dummy_of_a_regression_is_scikit_learns() -> None:
    train, test = np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0])
    (answers,) = dummy_value_answers(test, {"mean": float(train.mean())})
    assert isinstance(answers, ValueAnswers)
    assert np.array_equal(answers.predicted, DummyRegressor().fit(np.zeros((3, 1)), train).predict(np.zeros((2, 1))))
    values = dummy_values([answers])
    assert values["mae"] == 1.0
    assert "r2" not in values


@pytest.mark.parametrize("stated", [{}, {"class_counts": [1]}, {"class_counts": [0, 0]}, {"mean": None}])
def test_a_dummy_needs_to_know_the_training_part(stated: dict[str, object]) -> None:
    with pytest.raises(DataError, match="prepare the data again"):
        dummy_class_answers(np.array([0]), stated, ["a", "b"])
    with pytest.raises(DataError, match="prepare the data again"):
        dummy_value_answers(np.array([0.0]), stated)


def test_curves_are_thinned_and_run_from_end_to_end() -> None:
    generator = np.random.default_rng(1)
    actual, score = generator.integers(0, 2, 5_000), generator.random(5_000)
    details = classification_details(actual, np.column_stack([1 - score, score]), np.eye(2), ["no", "yes"])
    curve = details["receiver_operating_characteristic_curve"]
    assert len(curve["true_positive_rates"]) == CURVE_POINTS
    assert (curve["false_positive_rates"][0], curve["false_positive_rates"][-1]) == (0.0, 1.0)
    assert details["precision_recall_curve"]["recalls"][-1] == 1.0


def test_one_class_has_no_curves() -> None:
    details = classification_details(np.zeros(3, dtype=np.int64), np.full((3, 2), 0.5), np.eye(2), ["no", "yes"])
    assert set(details) == {"confusion_matrix"}


def test_a_matrix_of_many_classes_is_written_without_its_zeros() -> None:
    names = [f"c{index}" for index in range(60)]
    details = classification_details(np.zeros(1, dtype=np.int64), np.full((1, 60), 1 / 60), np.eye(60), names)
    assert details["confusion_matrix"]["c7"] == {"c7": 1}
    few = classification_details(np.zeros(1, dtype=np.int64), np.full((1, 3), 1 / 3), np.eye(3), names[:3])
    assert few["confusion_matrix"]["c1"] == {"c0": 0, "c1": 1, "c2": 0}


def test_undefined_numbers_are_written_as_sagemaker_writes_them() -> None:
    assert measured(Measured(float("nan"), float("inf"))) == {"value": "NaN", "standard_deviation": "NaN"}
    assert other_metrics({"mse": Measured(2.0, 1.0), "rmse": Measured(1.4, 0.4)}) == {
        "mse": {"value": 2.0, "standard_deviation": 1.0}
    }


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (Measured(0.04, 0.01), "Better than m@1: f1 is 0.95 against 0.91 (better by 0.04 ± 0.01)."),
        (Measured(-0.04, 0.01), "Worse than m@1: f1 is 0.95 against 0.91 (worse by 0.04 ± 0.01)."),
        (
            Measured(0.04, 0.03),
            "No difference from m@1 beyond the noise: f1 is 0.95 against 0.91 "
            "(better by 0.04 ± 0.03; below 2 standard deviations).",
        ),
        (Measured(0.0, 0.0), "No difference from m@1 beyond the noise: f1 is 0.95 against 0.91."),
        (
            Measured(0.04, float("nan")),
            "Whether it differs from m@1 cannot be told from so few rows: f1 is 0.95 against 0.91 (better by 0.04).",
        ),
    ],
)
def test_a_difference_is_told_in_a_sentence(difference: Measured, expected: str) -> None:
    assert sentence("m@1", "f1", (0.95, 0.91), difference) == expected


def test_large_numbers_are_told_without_an_exponent() -> None:
    text = sentence("m@1", "rmse", (49190.5, 113947.0), Measured(64756.5, 1413.98))
    assert text == "Better than m@1: rmse is 49,190 against 113,947 (better by 64,756 ± 1,414)."
