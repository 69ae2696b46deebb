"""The algorithm rows say what scikit-learn says, and names are what the service accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
import xgboost
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import ElasticNet
from sklearn.manifold import TSNE
from sklearn.utils._param_validation import InvalidParameterError

from contracts import names
from contracts.algorithms import ALGORITHMS, LEARNING_TYPES, Algorithm
from contracts.deployment import DEFAULT_TIMEOUT_SECONDS, QUEUES, SCHEDULES, TIMEOUT_SECONDS
from contracts.hyperparameters import Hyperparameter, validate_hyperparameters
from contracts.metrics import TASK_TYPES

# The scikit-learn estimator that has all of an algorithm's hyperparameters.
ESTIMATORS: Mapping[tuple[str, str], type[BaseEstimator]] = {
    ("random_forest", "classification"): RandomForestClassifier,
    ("random_forest", "regression"): RandomForestRegressor,
    ("linear_regression", "regression"): ElasticNet,
    ("kmeans", "clustering"): KMeans,
    ("dbscan", "clustering"): DBSCAN,
    ("pca", "dimensionality_reduction"): PCA,
    ("tsne", "dimensionality_reduction"): TSNE,
}
# Names of our own, which choose between estimators.
OURS = {("linear_regression", "penalty"), ("kmeans", "batch_size")}
# Where one default cannot be right for both tasks, or a null lets the training step choose; the row's help says so.
BY_TASK: Mapping[tuple[str, str], Any] = {
    ("classification", "criterion"): "gini",
    ("regression", "criterion"): "squared_error",
    ("regression", "max_features"): 1.0,
    ("clustering", "n_clusters"): 8,
    ("clustering", "n_init"): "auto",
    ("clustering", "eps"): 0.5,
    ("clustering", "min_samples"): 5,
}
# What a hyperparameter makes no sense without.
COMPANY: Mapping[str, dict[str, Any]] = {"alpha": {"penalty": "lasso"}, "l1_ratio": {"penalty": "elastic_net"}}
ROWS = [
    pytest.param(algorithm.name, task, row, id=f"{algorithm.name}-{task}-{row.name}")
    for algorithm in ALGORITHMS.values()
    for task in algorithm.task_types
    for row in algorithm.hyperparameters
    if (algorithm.name, task) in ESTIMATORS and (algorithm.name, row.name) not in OURS
    if not row.task_types or task in row.task_types
]


def candidates(row: Hyperparameter, task: str) -> list[Any]:
    """Values at the edges of what a row accepts, valid by the row itself."""
    edges: list[Any] = [None, True, False, *row.allowed_choices(task)]
    if row.kind == "integer":
        edges += [int(row.minimum), int(row.maximum)]
    if row.kind == "count_or_fraction":
        edges += [int(row.minimum), int(row.maximum), 0.5]
    if row.kind == "number":
        edges += [1e-9 if row.minimum_excluded else row.minimum, row.maximum]
    return [value for value in edges if row.accepts(value, task)]


def test_every_scikit_learn_algorithm_and_task_has_an_estimator_here() -> None:
    ours = [algorithm for algorithm in ALGORITHMS.values() if algorithm.framework == "sklearn"]
    assert {(algorithm.name, task) for algorithm in ours for task in algorithm.task_types} == set(ESTIMATORS)


def test_xgboost_has_the_names_of_its_scikit_learn_interface() -> None:
    known = xgboost.XGBClassifier().get_params()
    assert {row.name for row in ALGORITHMS["xgboost"].hyperparameters} <= known.keys()


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=lambda algorithm: algorithm.name)
def test_another_librarys_name_means_the_same_row(algorithm: Algorithm) -> None:
    names = [name for row in algorithm.hyperparameters for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))
    for row in algorithm.hyperparameters:
        for alias in row.aliases:
            value = row.default if row.default is not None else max(2, int(row.minimum))
            usable, findings = validate_hyperparameters(algorithm, {alias: value})
            assert (usable, findings) == ({row.name: value}, [])
            _, findings = validate_hyperparameters(algorithm, {alias: value, row.name: value})
            assert "twice" in findings[0].message


@pytest.mark.parametrize(("algorithm", "task", "row"), ROWS)
def test_a_hyperparameter_has_the_librarys_name_and_default(algorithm: str, task: str, row: Hyperparameter) -> None:
    defaults = ESTIMATORS[algorithm, task]().get_params()
    assert row.name in defaults
    assert BY_TASK.get((task, row.name), row.default) == defaults[row.name]
    assert (task, row.name) in BY_TASK or row.accepts(row.default, task)


@pytest.mark.parametrize(("algorithm", "task", "row"), ROWS)
def test_what_a_row_accepts_the_library_accepts(algorithm: str, task: str, row: Hyperparameter) -> None:
    for value in candidates(row, task):
        if value is None and row.name in ("criterion", "n_clusters", "eps", "min_samples"):
            continue  # the training step chooses
        usable, findings = validate_hyperparameters(
            ALGORITHMS[algorithm], COMPANY.get(row.name, {}) | {row.name: value}, task
        )
        usable.pop("penalty", None)
        assert findings == []
        try:
            ESTIMATORS[algorithm, task](**usable)._validate_params()
        except InvalidParameterError as error:
            pytest.fail(f"{row.name}={value!r}: {error}")


@pytest.mark.parametrize(("algorithm", "task", "row"), ROWS)
def test_a_row_refuses_what_is_outside(algorithm: str, task: str, row: Hyperparameter) -> None:
    outside: list[Any] = ["no such word", float("nan"), float("inf"), [], {}]
    outside += [None] if not row.nullable else []
    outside += [True] if row.kind != "boolean" else [0, 1, "true"]
    outside += [row.minimum - 1, row.maximum * 2 + 1] if row.kind in ("integer", "number") else []
    outside += [row.minimum] if row.minimum_excluded else []
    outside += [1.5] if row.kind in ("integer", "count_or_fraction") else []
    for value in outside:
        given = COMPANY.get(row.name, {}) | {row.name: value}
        _, findings = validate_hyperparameters(ALGORITHMS[algorithm], given, task)
        assert [finding.field for finding in findings] == [f"hyperparameters.{row.name}"], value


def test_no_row_offers_what_the_library_deprecates() -> None:
    criterion = ALGORITHMS["random_forest"].hyperparameter("criterion")
    assert criterion is not None
    assert "friedman_mse" not in criterion.choices


def test_rows_are_whole() -> None:
    for name, algorithm in ALGORITHMS.items():
        assert name == algorithm.name
        assert algorithm.learning_type in LEARNING_TYPES
        assert set(algorithm.task_types) <= set(TASK_TYPES)
        assert all(row.help.endswith(".") for row in algorithm.hyperparameters)
        assert len({row.name for row in algorithm.hyperparameters}) == len(algorithm.hyperparameters)
        assert algorithm.hyperparameter("no such") is None


def test_pipeline_parameters_have_names_the_service_accepts() -> None:
    texts = [value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)]
    parameters = [value for value in texts if value in names.PARAMETER_DEFAULTS]
    assert len(parameters) == len(names.PARAMETER_DEFAULTS)
    assert all(re.fullmatch(r"[A-Za-z0-9\-_]{1,64}", name) for name in names.PARAMETER_DEFAULTS)


def test_text_defaults_fit_a_pipeline_parameter() -> None:
    assert all(len(str(value)) <= names.MAX_PARAMETER_CHARACTERS for value in names.PARAMETER_DEFAULTS.values())


def test_functions_and_queues_have_names_the_services_accept() -> None:
    made = [value for name, value in vars(names).items() if name.endswith("_FUNCTION")]
    queues = [value for name, value in vars(names).items() if name.endswith("_QUEUE")]
    assert len(set(made)) == len(made) == 11
    assert {queue.name for queue in QUEUES} == set(queues)
    assert {queue.consumer for queue in QUEUES} | {schedule.function for schedule in SCHEDULES} <= set(made)
    assert all(re.fullmatch(r"[A-Za-z0-9-_]{1,64}", name) for name in made)
    dead = [names.dead_letter_queue(name) for name in queues]
    assert all(re.fullmatch(r"[A-Za-z0-9-_]{1,75}(\.fifo)?", name) for name in (*queues, *dead))
    for queue in QUEUES:
        assert TIMEOUT_SECONDS.get(queue.consumer, DEFAULT_TIMEOUT_SECONDS) < queue.visibility_seconds
    assert names.dead_letter_queue("a.fifo") == "a-dead.fifo"
    assert names.dead_letter_queue("a") == "a-dead"


def test_addresses_are_spelled_as_the_services_spell_them() -> None:
    region, account = names.REGION, names.LOCAL_ACCOUNT
    assert names.function_arn(region, account, "f") == "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert names.callback_queue_url(region, account) == (
        "https://sqs.us-east-1.amazonaws.com/123456789012/issueops-callbacks"
    )
    assert names.execution_arn(account, region, "abc", "My-Pipeline") == (
        "arn:aws:sagemaker:us-east-1:123456789012:pipeline/my-pipeline/execution/abc"
    )
    assert names.execution_display_name(7, 2) == "issue-7-retry-2"
    assert names.dataset_uri("b", "d") == "s3://b/datasets/d/"
    assert names.code_uri("b", "d") == "s3://b/code/d/"
    assert names.data_config_uri("b", "d") == "s3://b/configs/d/"
