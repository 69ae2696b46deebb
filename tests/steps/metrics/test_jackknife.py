"""The metric without each row, computed for all rows at once, is the metric of the other rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steps.metrics.clustering import silhouette_rows
from steps.metrics.jackknife import pseudo_values, silhouettes_without_each, trustworthiness_without_each
from steps.metrics.projection import trustworthiness_rows


@given(rows=st.integers(1, 25), clusters=st.integers(1, 6), seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=150)
def test_silhouettes_without_each_row_are_those_of_the_others(rows: int, clusters: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, clusters, rows)
    matrix = generator.normal(size=(rows, 2)) + labels[:, None]
    expected = [
        silhouette_rows(np.delete(matrix, index, axis=0), np.delete(labels, index)).mean() if rows > 1 else np.nan
        for index in range(rows)
    ]
    assert silhouettes_without_each(matrix, labels) == pytest.approx(np.array(expected), nan_ok=True)


@given(rows=st.integers(2, 40), seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=100)
def test_trustworthiness_without_each_row_is_that_of_the_others(rows: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(rows, 3))
    coordinates = matrix[:, :1] + generator.normal(scale=0.5, size=(rows, 2))
    found = trustworthiness_without_each(matrix, coordinates)
    if rows < 12:  # with fewer neighbours for all rows, one row less may not allow for them
        neighbours = (rows - 1) // 2
        if neighbours < 1 or neighbours >= (rows - 1) / 2:
            assert np.isnan(found).all()
            return
    expected = [
        trustworthiness_rows(np.delete(matrix, index, axis=0), np.delete(coordinates, index, axis=0)).mean()
        for index in range(rows)
    ]
    assert found == pytest.approx(np.array(expected))


def test_blocks_of_rows_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    matrix, labels = generator.normal(size=(50, 3)), generator.integers(0, 4, 50)
    whole = silhouettes_without_each(matrix, labels), trustworthiness_without_each(matrix, matrix[:, :2])
    monkeypatch.setattr("steps.metrics.distances.BLOCK_CELLS", 350)
    assert silhouettes_without_each(matrix, labels) == pytest.approx(whole[0])
    assert trustworthiness_without_each(matrix, matrix[:, :2]) == pytest.approx(whole[1])


def test_pseudo_values_of_a_mean_are_the_values() -> None:
    values = np.array([1.0, 4.0, 7.0])
    without = np.array([5.5, 4.0, 2.5])
    assert pseudo_values(4.0, without) == pytest.approx(values)
