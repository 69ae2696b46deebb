"""The supervised scikit-learn trainers give what the library gives, and say what it refused or warned of."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge

from contracts.algorithms import ALGORITHMS
from contracts.errors import ConfigError
from steps.training.train_sklearn import TRAINERS, fit

from .conftest import Ask

X, Y = make_classification(300, n_features=6, n_informative=4, n_classes=3, weights=[0.8, 0.1, 0.1], random_state=0)
X = X.astype(np.float32)
REGRESSION_X, VALUES = make_regression(200, n_features=8, n_informative=3, noise=5.0, random_state=0)
REGRESSION_X = REGRESSION_X.astype(np.float32)


def test_every_scikit_learn_algorithm_of_the_catalogue_has_a_trainer() -> None:
    rows = {(row.name, task) for row in ALGORITHMS.values() if row.framework == "sklearn" for task in row.task_types}
    assert rows == set(TRAINERS)


def test_forest_is_the_librarys_own_on_the_same_matrix(ask: Ask) -> None:
    fitted = fit(ask("random_forest", "classification", X, Y, n_estimators=20, criterion=None))
    bare = RandomForestClassifier(20, random_state=7).fit(X, Y)
    assert np.array_equal(fitted.estimator.predict_proba(X), bare.predict_proba(X))
    assert not fitted.history


def test_regression_forest_is_the_librarys_own_on_the_same_matrix(ask: Ask) -> None:
    fitted = fit(ask("random_forest", "regression", REGRESSION_X, VALUES, n_estimators=10, max_features=0.5))
    bare = RandomForestRegressor(10, max_features=0.5, random_state=7).fit(REGRESSION_X, VALUES)
    assert np.array_equal(fitted.estimator.predict(REGRESSION_X), bare.predict(REGRESSION_X))


def test_class_weights_raise_the_recall_of_a_rare_class(ask: Ask) -> None:
    settings = {"n_estimators": 30, "max_depth": 3}
    plain = fit(ask("random_forest", "classification", X, Y, **settings))
    weighted = fit(ask("random_forest", "classification", X, Y, weights=(0.4, 3.3, 3.3), **settings))
    recalls = [np.mean(fitted.estimator.predict_proba(X[Y == 1]).argmax(axis=1) == 1) for fitted in (plain, weighted)]
    assert recalls[1] > recalls[0] + 0.1


def test_seed_reproduces_a_forest_and_another_seed_does_not(ask: Ask) -> None:
    answers = [
        fit(ask("random_forest", "classification", X, Y, seed=seed, n_estimators=5)).estimator.predict_proba(X)
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(answers[0], answers[1])
    assert not np.array_equal(answers[0], answers[2])


def test_linear_regression_solves_least_squares_in_double_precision(ask: Ask) -> None:
    fitted = fit(ask("linear_regression", "regression", REGRESSION_X, VALUES))
    bare = LinearRegression().fit(REGRESSION_X.astype(np.float64), VALUES)
    assert np.allclose(fitted.estimator.predict(REGRESSION_X), bare.predict(REGRESSION_X), rtol=1e-10)
    assert fitted.facts == {"penalty": "none", "coefficients_not_zero": 8}


def test_ridge_is_the_librarys_own(ask: Ask) -> None:
    fitted = fit(ask("linear_regression", "regression", REGRESSION_X, VALUES, penalty="ridge", alpha=10.0))
    bare = Ridge(10.0).fit(REGRESSION_X.astype(np.float64), VALUES)
    assert np.allclose(fitted.estimator.predict(REGRESSION_X), bare.predict(REGRESSION_X), rtol=1e-10)


@pytest.mark.parametrize("penalty", ["lasso", "elastic_net"])
def test_penalty_on_absolute_values_leaves_uninformative_features_out(penalty: str, ask: Ask) -> None:
    ratio = {"l1_ratio": 0.99} if penalty == "elastic_net" else {}
    fitted = fit(ask("linear_regression", "regression", REGRESSION_X, VALUES, penalty=penalty, alpha=5.0, **ratio))
    assert fitted.facts["coefficients_not_zero"] < 8


def test_solver_that_does_not_converge_is_reported_and_does_not_fail(
    ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"penalty": "lasso", "alpha": 1e-6, "max_iter": 1, "tol": 1e-12}
    fitted = fit(ask("linear_regression", "regression", REGRESSION_X, VALUES, **settings))
    assert "did not converge" in fitted.facts["warnings"][0]
    assert "warning: linear_regression: Objective did not converge" in capsys.readouterr().out


def test_what_the_library_refuses_is_an_error_for_the_issue(ask: Ask) -> None:
    with pytest.raises(ConfigError, match=r"random_forest refused the training: .*Poisson"):
        fit(ask("random_forest", "regression", REGRESSION_X, -np.abs(VALUES), criterion="poisson"))


def test_unknown_trainer_names_those_there_are(ask: Ask) -> None:
    with pytest.raises(ConfigError, match=r"No trainer for kmeans \(regression\); there are random_forest"):
        fit(ask("kmeans", "regression", X, Y))
