"""Regression metrics equal scikit-learn's on random inputs, for rows that count several times, too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as reference

from steps.metrics.regression import NAMES, regression_metrics, weighted_median

VALUES = st.one_of(st.integers(-5, 5).map(float), st.floats(-1e6, 1e6, width=32))


@given(data=st.data(), rows=st.integers(1, 30))
@settings(deadline=None, max_examples=200)
def test_regression_metrics_equal_scikit_learns_on_repeated_rows(data: st.DataObject, rows: int) -> None:
    actual = data.draw(arrays.arrays(np.float64, rows, elements=VALUES))
    predicted = data.draw(arrays.arrays(np.float64, rows, elements=VALUES))
    times = data.draw(arrays.arrays(np.int64, rows, elements=st.integers(0, 3)))
    times[0] += 1
    mine = {name: value[0] for name, value in regression_metrics(actual, predicted, times[None, :] * 1.0).items()}
    y, p = np.repeat(actual, times), np.repeat(predicted, times)
    assert set(mine) == set(NAMES)
    assert mine["mse"] == pytest.approx(reference.mean_squared_error(y, p))
    assert mine["rmse"] == pytest.approx(reference.root_mean_squared_error(y, p))
    assert mine["mae"] == pytest.approx(reference.mean_absolute_error(y, p))
    assert mine["mape"] == pytest.approx(reference.mean_absolute_percentage_error(y, p))
    assert mine["median_absolute_error"] == pytest.approx(reference.median_absolute_error(y, p))
    if y.std() > 1e-4 * np.abs(actual).max():  # replicas are summed around the mean of all rows
        assert mine["r2"] == pytest.approx(reference.r2_score(y, p), rel=1e-6, abs=1e-6)


def test_r2_keeps_its_digits_far_from_zero() -> None:
    generator = np.random.default_rng(0)
    actual = 1e6 + generator.normal(size=200)
    predicted = actual + generator.normal(scale=0.3, size=200)
    assert regression_metrics(actual, predicted)["r2"][0] == pytest.approx(reference.r2_score(actual, predicted))


def test_r2_of_a_target_that_does_not_vary_is_undefined() -> None:
    assert np.isnan(regression_metrics(np.ones(5), np.zeros(5))["r2"][0])
    assert np.isnan(regression_metrics(np.ones(1), np.zeros(1))["r2"][0])


def test_nothing_is_defined_without_rows() -> None:
    assert all(np.isnan(value[0]) for value in regression_metrics(np.zeros(0), np.zeros(0)).values())


def test_errors_beyond_floating_point_are_infinite_and_raise_nothing() -> None:
    values = regression_metrics(np.array([1e300, -1e300]), np.array([-1e300, 1e300]))
    assert values["rmse"][0] == np.inf
    assert values["mae"][0] == 2e300


@given(data=st.data(), rows=st.integers(1, 20))
@settings(deadline=None)
def test_weighted_median_is_the_median_of_repeated_rows(data: st.DataObject, rows: int) -> None:
    values = data.draw(arrays.arrays(np.float64, rows, elements=VALUES))
    times = data.draw(arrays.arrays(np.int64, (3, rows), elements=st.integers(0, 4)))
    times[:, -1] += 1
    for index, row in enumerate(times):
        medians = weighted_median(values, times.astype(np.float64))
        assert medians[index] == pytest.approx(np.median(np.repeat(values, row)))
