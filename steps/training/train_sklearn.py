"""Fits the scikit-learn algorithms of the catalogue.

Called by train with a matrix and validated hyperparameters. A new scikit-learn algorithm is a row in
ESTIMATORS, its types in steps.trusted_model, and a row in the catalogue.
Cost: importing scikit-learn takes about a second, so it happens inside the functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ConfigError

Matrix = NDArray[np.float64]


def fit_sklearn(
    x: Matrix,
    y: NDArray[Any],
    *,
    algorithm: str,
    task_type: str,
    hyperparameters: Mapping[str, Any],
    seed: int,
) -> Any:
    """A fitted estimator.

    Args:
        x: (n, features) matrix without missing values.
        y: (n,) class indices or values.
    """
    try:
        make = ESTIMATORS[algorithm, task_type]
    except KeyError as error:
        known = ", ".join(f"{name} ({task})" for name, task in ESTIMATORS)
        raise ConfigError(f"No trainer for {algorithm} ({task_type}); there are {known}.") from error
    try:
        # A null criterion means the library's own; for every other name null is a value that it knows.
        chosen = {name: value for name, value in hyperparameters.items() if (name, value) != ("criterion", None)}
        return make(chosen, seed).fit(x, y)
    except (
        ValueError,
        TypeError,
    ) as error:  # scikit-learn's own parameter validation, in words for the issue
        raise ConfigError(f"{algorithm} refused the training: {error}") from error


def _random_forest_classifier(hyperparameters: dict[str, Any], seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(random_state=seed, n_jobs=-1, **hyperparameters)


def _random_forest_regressor(hyperparameters: dict[str, Any], seed: int) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(random_state=seed, n_jobs=-1, **hyperparameters)


def _linear_regression(hyperparameters: dict[str, Any], seed: int) -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression(**hyperparameters)


ESTIMATORS: Mapping[tuple[str, str], Callable[[dict[str, Any], int], Any]] = {
    ("random_forest", "classification"): _random_forest_classifier,
    ("random_forest", "regression"): _random_forest_regressor,
    ("linear_regression", "regression"): _linear_regression,
}
