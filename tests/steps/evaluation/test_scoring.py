"""Spreads equal what repeated sampling shows; differences of two models are judged on the rows they share."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import ConfigError
from steps.evaluation.answers import Answers, ClassAnswers, RowMeans, ValueAnswers
from steps.evaluation.bootstrap import DRAWS, Resampling
from steps.evaluation.evaluation import Measured
from steps.evaluation.scoring import advantage, outcome, scored, value_of
from steps.evaluation.unsupervised_answers import (
    PartitionAnswers,
    ReconstructionAnswers,
    cluster_answers,
    projection_answers,
)
from steps.metrics import classification, regression


def classifier(rows: int, seed: int, *, classes: int = 3, skill: float = 0.4) -> ClassAnswers:
    generator = np.random.default_rng(seed)
    actual = generator.integers(0, classes, rows)
    raw = generator.random((rows, classes)) + np.eye(classes)[actual] * skill
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    return ClassAnswers(actual, probabilities.argmax(axis=1), probabilities)


def test_every_metric_of_a_classifier_has_a_spread() -> None:
    metrics = scored([classifier(300, 0)], 0)
    assert set(metrics) == set(classification.NAMES)
    assert all(item.deviation > 0 for item in metrics.values())


def test_spread_of_accuracy_is_the_binomial_one() -> None:
    measured = scored([classifier(400, 4)], 0)["accuracy"]
    binomial = np.sqrt(measured.value * (1 - measured.value) / 400)
    assert measured.deviation == pytest.approx(binomial, rel=0.2)


@pytest.mark.parametrize("metric", ["auc_roc", "average_precision", "log_loss", "f1"])
def test_spread_is_that_of_fresh_samples(metric: str) -> None:
    fresh = [value_of([classifier(400, seed, classes=2)], metric) for seed in range(100, 300)]
    measured = scored([classifier(400, 1, classes=2)], 0, (metric,))[metric]
    assert measured.deviation == pytest.approx(np.std(fresh), rel=0.3)


def test_spread_of_the_mean_absolute_error_is_the_standard_error() -> None:
    generator = np.random.default_rng(5)
    actual, error = generator.normal(size=500), generator.normal(size=500)
    metrics = scored([ValueAnswers(actual, actual + error)], 0)
    assert set(metrics) == set(regression.NAMES)
    assert metrics["mae"].deviation == pytest.approx(np.abs(error).std() / np.sqrt(500), rel=0.2)


def test_spread_of_a_large_test_part_comes_from_a_sample_of_it() -> None:
    generator = np.random.default_rng(6)
    error = generator.normal(size=60_000)
    measured = scored([ValueAnswers(np.zeros(60_000), error)], 0, ("mae",))["mae"]
    assert measured.value == pytest.approx(np.abs(error).mean())
    assert measured.deviation == pytest.approx(np.abs(error).std() / np.sqrt(60_000), rel=0.2)


def test_a_single_row_has_values_and_no_spread() -> None:
    metrics = scored([ValueAnswers(np.array([1.0]), np.array([3.0]))], 0)
    assert metrics["mae"].value == 2.0
    assert all(np.isnan(item.deviation) for item in metrics.values())


def test_replicas_of_one_seed_are_the_same_and_of_another_are_not() -> None:
    rows = RowMeans({"mae": np.arange(50.0)})
    first, again, other = (Resampling(50, seed).replicate(lambda w: rows.measure(w, ("mae",))) for seed in (1, 1, 2))
    assert len(first["mae"]) == DRAWS
    assert np.array_equal(first["mae"], again["mae"])
    assert not np.array_equal(first["mae"], other["mae"])


def test_rows_without_a_value_do_not_count() -> None:
    rows = RowMeans({"silhouette": np.array([1.0, np.nan, 3.0])})
    assert value_of([rows], "silhouette") == 2.0
    assert np.isnan(value_of([RowMeans({"silhouette": np.array([np.nan, np.nan])})], "silhouette"))
    assert np.isnan(value_of([rows], "inertia"))


def test_a_difference_on_shared_rows_is_surer_than_either_value() -> None:
    generator = np.random.default_rng(7)
    actual = generator.normal(size=300)
    error = generator.normal(size=300)
    ours, theirs = ValueAnswers(actual, actual + error), ValueAnswers(actual, actual + 1.1 * error)
    difference = advantage([ours], [theirs], "rmse", 0)
    assert difference is not None
    assert difference.value == pytest.approx(value_of([theirs], "rmse") - value_of([ours], "rmse"))
    assert difference.value > 0
    assert difference.deviation < scored([ours], 0, ("rmse",))["rmse"].deviation / 3
    assert outcome(difference) == "better"
    reverse = advantage([theirs], [ours], "rmse", 0)
    assert reverse is not None
    assert outcome(reverse) == "worse"


def test_two_equal_models_do_not_differ() -> None:
    answers = [classifier(100, 2)]
    assert outcome(advantage(answers, answers, "accuracy", 0)) == "same"


def test_models_of_equal_skill_seldom_differ() -> None:
    outcomes = []
    for seed in range(20):
        ours, theirs = classifier(200, seed), classifier(200, seed + 1000)
        shared = ClassAnswers(ours.actual, theirs.predicted, theirs.probabilities)
        luck = np.random.default_rng(seed).permutation(200)
        outcomes.append(outcome(advantage([shared], [shared.take(luck)], "accuracy", seed)))
    assert outcomes.count("same") >= 17


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (None, "unknown"),
        (Measured(0.1, float("nan")), "unknown"),
        (Measured(0.0, 0.0), "same"),
        (Measured(0.02, 0.01), "same"),
        (Measured(0.021, 0.01), "better"),
        (Measured(-0.021, 0.01), "worse"),
    ],
)
def test_a_difference_counts_beyond_two_deviations(difference: Measured | None, expected: str) -> None:
    assert outcome(difference) == expected


def test_a_metric_that_one_side_lacks_cannot_be_compared() -> None:
    one: list[Answers] = [RowMeans({"silhouette": np.ones(5)})]
    other: list[Answers] = [RowMeans({"silhouette": np.full(5, np.nan)})]
    assert advantage(one, other, "silhouette", 0) is None
    assert advantage(one, [], "silhouette", 0) is None
    with pytest.raises(ConfigError, match="'luck' is not known"):
        advantage([RowMeans({"luck": np.ones(5)})], [RowMeans({"luck": np.ones(5)})], "luck", 0)


def blobs(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, rows)
    centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    return (centres[labels] + generator.normal(size=(rows, 2))).astype(np.float32), labels


@pytest.mark.parametrize("metric", ["silhouette", "davies_bouldin", "calinski_harabasz", "inertia", "ari", "nmi"])
def test_spread_of_a_clustering_is_that_of_fresh_samples(metric: str) -> None:
    def answers(seed: int) -> list[Answers]:
        matrix, labels = blobs(300, seed)
        centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
        found = np.square(matrix[:, None] - centres).sum(axis=2).argmin(axis=1)
        inside = cluster_answers(matrix, found, population=300, centres=centres, seed=0)
        return [*inside, PartitionAnswers(labels, found)]

    fresh = [value_of(answers(seed), metric) for seed in range(100, 200)]
    measured = scored(answers(1), 0, (metric,))[metric]
    assert measured.value == pytest.approx(np.mean(fresh), abs=4 * np.std(fresh))
    assert measured.deviation == pytest.approx(np.std(fresh), rel=0.4)


def test_spread_of_trustworthiness_is_that_of_fresh_samples() -> None:
    def answers(seed: int) -> tuple[Answers, ...]:
        matrix = np.random.default_rng(seed).normal(size=(200, 4)).astype(np.float32) * np.float32([3, 2, 1, 1])
        return projection_answers(matrix, matrix[:, :2] * 1.0, None, seed=0)

    fresh = [value_of(answers(seed), "trustworthiness") for seed in range(100, 160)]
    measured = scored(answers(1), 0)["trustworthiness"]
    assert measured.deviation == pytest.approx(np.std(fresh), rel=0.4)


def test_spread_of_a_sampled_silhouette_is_that_of_the_rows_it_was_measured_on() -> None:
    deviations = {}
    for rows in (1_000, 4_000):
        matrix, labels = blobs(rows, 0)
        answers = cluster_answers(matrix, labels, population=rows, centres=None, seed=0)
        deviations[rows] = scored(answers, 0, ("silhouette",))["silhouette"].deviation
    assert deviations[4_000] == pytest.approx(deviations[1_000] / 2, rel=0.3)


def test_noise_is_no_cluster_but_for_agreement() -> None:
    matrix, labels = blobs(90, 0)
    noisy = np.where(np.arange(90) % 10 == 0, -1, labels)
    kept = noisy != -1
    inside = cluster_answers(matrix, noisy, population=90, centres=None, seed=0)
    clean = cluster_answers(matrix[kept], labels[kept], population=int(kept.sum()), centres=None, seed=0)
    for metric in ("silhouette", "davies_bouldin", "calinski_harabasz", "inertia"):
        assert value_of(inside, metric) == pytest.approx(value_of(clean, metric)), metric
    assert value_of([PartitionAnswers(labels, labels)], "ari") == 1.0
    assert value_of([PartitionAnswers(labels, noisy)], "ari") < 1.0


def test_rows_without_a_reference_do_not_count_for_agreement() -> None:
    reference = np.array([0, 0, 1, 1, -1, -1])
    assert value_of([PartitionAnswers(reference, np.array([5, 5, 6, 6, 5, 7]))], "ari") == 1.0


def test_one_cluster_leaves_internal_indices_undefined() -> None:
    matrix, _ = blobs(30, 0)
    for labels in (np.zeros(30, dtype=np.int64), np.full(30, -1)):
        answers = cluster_answers(matrix, labels, population=30, centres=None, seed=0)
        assert all(np.isnan(value_of(answers, name)) for name in ("silhouette", "davies_bouldin"))


def test_a_projection_without_a_way_back_has_trustworthiness_only() -> None:
    matrix, _ = blobs(60, 0)
    assert set(scored(projection_answers(matrix, matrix[:, :1] * 1.0, None, seed=0), 0)) == {"trustworthiness"}
    whole = scored(projection_answers(matrix, matrix * 1.0, matrix * 0.9, seed=0), 0)
    assert set(whole) == {"trustworthiness", "explained_variance", "reconstruction_error"}
    assert whole["trustworthiness"].value == 1.0
    assert all(np.isfinite(item.deviation) for item in whole.values())


def test_spread_of_the_explained_variance_is_that_of_fresh_samples() -> None:
    def answers(seed: int) -> list[Answers]:
        matrix = np.random.default_rng(seed).normal(size=(200, 3)).astype(np.float32) * np.float32([3, 1, 0.5])
        again = matrix.copy()
        again[:, 2] = 0
        return [ReconstructionAnswers(matrix, again)]

    fresh = [value_of(answers(seed), "explained_variance") for seed in range(100, 200)]
    measured = scored(answers(1), 0)["explained_variance"]
    assert measured.deviation == pytest.approx(np.std(fresh), rel=0.4)
