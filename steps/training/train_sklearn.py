"""Fits the scikit-learn algorithms of the catalogue: this module the supervised ones, its neighbours the others.

Called by train with a FitRequest. A new scikit-learn algorithm is a row in TRAINERS, its types in
steps.estimators.skops_file with a row in sklearn_checks, and a row in the catalogue.
Cost: importing scikit-learn takes about a second, so it happens inside the functions.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from contracts.errors import ConfigError
from contracts.metrics import CLASSIFICATION, CLUSTERING, DIMENSIONALITY_REDUCTION, REGRESSION
from steps.estimators.sklearn_model import SklearnModel
from steps.training.fitting import FitRequest, Fitted
from steps.training.train_dbscan import fit_dbscan
from steps.training.train_kmeans import fit_kmeans
from steps.training.train_projection import fit_pca, fit_tsne


def fit(request: FitRequest) -> Fitted:
    """A fitted estimator; what scikit-learn warned of stands in facts["warnings"].

    Raises:
        ConfigError: no such trainer, or scikit-learn refused the hyperparameters for this data.
    """
    algorithm, task = request.algorithm, request.data.task_type
    try:
        train = TRAINERS[algorithm, task]
    except KeyError as error:
        known = ", ".join(f"{name} ({task})" for name, task in TRAINERS)
        raise ConfigError(f"No trainer for {algorithm} ({task}); there are {known}.") from error
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            fitted = train(request)
    except (ValueError, TypeError) as error:  # scikit-learn's own validation, in words for the issue
        raise ConfigError(f"{algorithm} refused the training: {error}") from error
    messages = sorted({" ".join(str(item.message).split()) for item in caught})
    for message in messages:
        print(f"warning: {algorithm}: {message}", flush=True)
    return replace(fitted, facts={**fitted.facts, "warnings": messages}) if messages else fitted


def _fit_forest_classifier(request: FitRequest) -> Fitted:
    from sklearn.ensemble import RandomForestClassifier

    x, y = request.data.train.matrix(), request.data.train.target()
    forest = RandomForestClassifier(random_state=request.seed, n_jobs=-1, **_given(request))
    forest.fit(x, y, sample_weight=request.data.row_weights(y))
    return Fitted(SklearnModel(forest, request.data.classes))


def _fit_forest_regressor(request: FitRequest) -> Fitted:
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(random_state=request.seed, n_jobs=-1, **_given(request))
    forest.fit(request.data.train.matrix(), request.data.train.target())
    return Fitted(SklearnModel(forest))


def _given(request: FitRequest) -> dict[str, Any]:
    # A null criterion means the library's own; for every other name null is a value that it knows.
    return {name: value for name, value in request.hyperparameters.items() if (name, value) != ("criterion", None)}


def _fit_linear(request: FitRequest) -> Fitted:
    given = dict(request.hyperparameters)
    penalty = given.pop("penalty", "none")
    for name in _LINEAR_UNUSED[penalty]:
        given.pop(name, None)
    model = _linear_model(penalty, given, request.seed)
    model.fit(request.data.train.matrix().astype(np.float64), request.data.train.target())
    used = int(np.count_nonzero(model.coef_))
    return Fitted(SklearnModel(model), facts={"penalty": penalty, "coefficients_not_zero": used})


def _linear_model(penalty: str, given: dict[str, Any], seed: int) -> Any:
    from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

    if penalty == "none":
        return LinearRegression(**given)
    if penalty == "ridge":
        return Ridge(random_state=seed, **given)
    return (Lasso if penalty == "lasso" else ElasticNet)(random_state=seed, **given)


_LINEAR_UNUSED: Mapping[str, tuple[str, ...]] = {
    "none": ("alpha", "l1_ratio", "max_iter", "tol"),
    "ridge": ("l1_ratio",),
    "lasso": ("l1_ratio",),
    "elastic_net": (),
}

TRAINERS: Mapping[tuple[str, str], Callable[[FitRequest], Fitted]] = {
    ("random_forest", CLASSIFICATION): _fit_forest_classifier,
    ("random_forest", REGRESSION): _fit_forest_regressor,
    ("linear_regression", REGRESSION): _fit_linear,
    ("kmeans", CLUSTERING): fit_kmeans,
    ("dbscan", CLUSTERING): fit_dbscan,
    ("pca", DIMENSIONALITY_REDUCTION): fit_pca,
    ("tsne", DIMENSIONALITY_REDUCTION): fit_tsne,
}
