"""Projection metrics equal scikit-learn's, and are NaN where they say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from steps.metrics.projection import reconstruction_metrics, trustworthiness_rows


@given(rows=st.integers(12, 60), features=st.integers(2, 6), seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=50)
def test_trustworthiness_equals_scikit_learns(rows: int, features: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(rows, features))
    coordinates = matrix[:, :1] + generator.normal(scale=0.5, size=(rows, 2))
    values = trustworthiness_rows(matrix, coordinates)
    assert values.mean() == pytest.approx(trustworthiness(matrix, coordinates, n_neighbors=5))


@pytest.mark.parametrize("rows", [3, 4, 7, 10])
def test_few_rows_have_fewer_neighbours(rows: int) -> None:
    generator = np.random.default_rng(rows)
    matrix, coordinates = generator.normal(size=(rows, 3)), generator.normal(size=(rows, 2))
    values = trustworthiness_rows(matrix, coordinates)
    assert values.mean() == pytest.approx(trustworthiness(matrix, coordinates, n_neighbors=(rows - 1) // 2))


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_trustworthiness_of_two_rows_is_undefined(rows: int) -> None:
    assert np.isnan(trustworthiness_rows(np.zeros((rows, 3)), np.zeros((rows, 2)))).all()


def test_explained_variance_of_the_training_rows_is_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(100, 5)) * [5, 3, 1, 1, 0.5] + 100
    pca = PCA(2).fit(matrix)
    again = pca.inverse_transform(pca.transform(matrix))
    values = reconstruction_metrics(matrix, again)
    assert values["explained_variance"][0] == pytest.approx(pca.explained_variance_ratio_.sum())
    assert values["reconstruction_error"][0] == pytest.approx(np.mean((matrix - again) ** 2))


def test_weights_count_rows_several_times() -> None:
    generator = np.random.default_rng(1)
    matrix, again = generator.normal(size=(20, 3)), generator.normal(size=(20, 3)) * 0.1
    times = generator.integers(0, 4, 20)
    weighted = reconstruction_metrics(matrix, again, times[None, :].astype(float))
    repeated = reconstruction_metrics(np.repeat(matrix, times, axis=0), np.repeat(again, times, axis=0))
    assert all(weighted[name][0] == pytest.approx(repeated[name][0]) for name in repeated)


def test_variance_of_rows_that_do_not_vary_cannot_be_explained() -> None:
    values = reconstruction_metrics(np.ones((4, 2)), np.zeros((4, 2)))
    assert np.isnan(values["explained_variance"][0])
    assert values["reconstruction_error"][0] == 1.0
    assert np.isnan(reconstruction_metrics(np.zeros((0, 2)), np.zeros((0, 2)))["reconstruction_error"][0])
