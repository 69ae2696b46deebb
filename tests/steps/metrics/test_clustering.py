"""Clustering metrics equal scikit-learn's on random inputs, and are NaN where it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from steps.metrics.agreement import agreement
from steps.metrics.clustering import sampled, separation, silhouette, silhouette_rows, squared_distances

Case = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Rows (some equal), labels, and how often each row counts."""
    rows, features = draw(st.integers(1, 40)), draw(st.integers(1, 4))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    matrix = generator.normal(size=(rows, features)) + draw(st.sampled_from([0.0, 1e4]))
    if draw(st.booleans()):
        matrix = np.round(matrix)
    labels = generator.integers(0, draw(st.integers(1, rows)), rows) * 3 + 2
    return matrix, labels, generator.integers(0, 3, rows)


@given(case=cases())
@settings(deadline=None, max_examples=200)
def test_silhouettes_equal_scikit_learns(case: Case) -> None:
    matrix, labels, _ = case
    values = silhouette_rows(matrix, labels)
    if 2 <= len(np.unique(labels)) < len(labels):
        centred = matrix - matrix.mean(axis=0)  # scikit-learn's own distances lose digits far from the origin
        assert values == pytest.approx(reference.silhouette_samples(centred, labels), abs=1e-6)
    else:
        assert np.isnan(values).all()


@given(case=cases())
@settings(deadline=None, max_examples=200)
def test_separation_equals_scikit_learns_on_repeated_rows(case: Case) -> None:
    matrix, labels, times = case
    values = separation(matrix, labels, times[None, :].astype(float))
    x, y = np.repeat(matrix - round(matrix.mean()), times, axis=0), np.repeat(labels, times)
    if 2 <= len(np.unique(y)) < len(y):
        expected = reference.davies_bouldin_score(x, y), reference.calinski_harabasz_score(x, y)
        if expected[0] < 1e5:  # beyond, centres that coincide were parted by rounding
            assert values["davies_bouldin"][0] == pytest.approx(expected[0], rel=1e-4, abs=1e-6)
        if expected[1] < 1e12:  # beyond, the rows of a cluster differ by rounding only
            assert values["calinski_harabasz"][0] == pytest.approx(expected[1], rel=1e-4)
    else:
        assert np.isnan(values["davies_bouldin"][0])
        assert np.isnan(values["calinski_harabasz"][0])


@given(case=cases(), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=200)
def test_agreement_equals_scikit_learns_on_repeated_rows(case: Case, seed: int) -> None:
    _, labels, times = case
    labels = labels - 3  # the first cluster becomes noise: a cluster like any other
    known = np.random.default_rng(seed).integers(0, 4, len(labels)) if seed % 4 else labels * 2
    times[0] += 1
    values = agreement(known, labels, times[None, :].astype(float))
    first, second = np.repeat(known, times), np.repeat(labels, times)
    assert values["ari"][0] == pytest.approx(reference.adjusted_rand_score(first, second), abs=1e-9)
    assert values["nmi"][0] == pytest.approx(reference.normalized_mutual_info_score(first, second), abs=1e-9)


def test_noise_is_left_out_of_the_silhouette() -> None:
    generator = np.random.default_rng(0)
    matrix = np.r_[generator.normal(size=(40, 2)), generator.normal(size=(40, 2)) + 8, generator.normal(size=(5, 2))]
    labels = np.repeat([0, 1, -1], [40, 40, 5])
    assert silhouette(matrix, labels) == pytest.approx(reference.silhouette_score(matrix[:80], labels[:80]))
    assert np.isnan(silhouette(matrix, np.full(85, -1)))


def test_silhouette_of_a_sample_is_close_and_the_same_for_the_same_seed() -> None:
    generator = np.random.default_rng(1)
    matrix = np.r_[generator.normal(size=(2000, 3)), generator.normal(size=(2000, 3)) + 4]
    labels = np.repeat([0, 1], 2000)
    part = silhouette(matrix, labels, seed=3, limit=800)
    assert part == silhouette(matrix, labels, seed=3, limit=800)
    assert part == pytest.approx(silhouette(matrix, labels), abs=0.02)


def test_separation_of_a_sample_stands_for_all_rows() -> None:
    generator = np.random.default_rng(2)
    labels = generator.integers(0, 3, 20_000)
    matrix = generator.normal(size=(20_000, 2)) + labels[:, None] * 3.0
    chosen = sampled(20_000, 4_000, 0)
    part = separation(matrix[chosen], labels[chosen], population=20_000)
    whole = separation(matrix, labels)
    assert part["calinski_harabasz"][0] == pytest.approx(whole["calinski_harabasz"][0], rel=0.05)
    assert part["davies_bouldin"][0] == pytest.approx(whole["davies_bouldin"][0], rel=0.05)


def test_inertia_is_the_distance_to_given_centres_or_to_the_means() -> None:
    matrix = np.array([[0.0, 0.0], [2.0, 0.0], [10.0, 0.0]])
    labels = np.array([0, 0, 1])
    assert squared_distances(matrix, labels).tolist() == [1.0, 1.0, 0.0]
    centres = np.array([[0.0, 0.0], [10.0, 3.0]])
    assert squared_distances(matrix, labels, centres).tolist() == [0.0, 4.0, 9.0]


def test_nothing_is_defined_without_rows() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert np.isnan(silhouette(np.zeros((0, 2)), none))
    assert all(np.isnan(value[0]) for value in separation(np.zeros((0, 2)), none).values())
    assert all(np.isnan(value[0]) for value in agreement(none, none).values())
    assert squared_distances(np.zeros((0, 2)), none).shape == (0,)


def test_a_sample_is_ascending_without_repeats_and_never_larger_than_asked() -> None:
    chosen = sampled(1000, 50, 7)
    assert len(chosen) == len(set(chosen.tolist())) == 50
    assert (np.diff(chosen) > 0).all()
    assert sampled(5, 50, 7).tolist() == [0, 1, 2, 3, 4]
