"""Issues that ask for groups or for fewer dimensions: no target needed, the metric fits the method."""

from __future__ import annotations

import pytest

from contracts.issue_text import parse_issue
from contracts.training_config import TrainingConfig


def config_of(text: str) -> TrainingConfig:
    parsed = parse_issue(text)
    assert parsed.findings == ()
    assert parsed.config is not None
    return parsed.config


def messages(text: str) -> list[str]:
    return [finding.message for finding in parse_issue(text).findings]


def test_a_clustering_needs_no_target() -> None:
    config = config_of("algorithm: kmeans\ndataset_id: penguins\nevaluation_threshold: 0.3\nhyperparameters: {k: 3}\n")
    assert (config.learning_type, config.task_type, config.target) == ("unsupervised", "clustering", None)
    assert config.evaluation_metric == "silhouette"
    assert config.hyperparameters == {"n_clusters": 3}
    assert config.data_config()["target"] is None


def test_the_metric_tells_what_an_autoencoder_is_for() -> None:
    body = "algorithm: autoencoder\ndataset_id: penguins\nevaluation_threshold: 0.3\nevaluation_metric: {}\n"
    assert config_of(body.format("silhouette")).task_type == "clustering"
    assert config_of(body.format("reconstruction_error")).task_type == "dimensionality_reduction"


def test_without_task_or_metric_an_autoencoder_is_asked_for_one() -> None:
    body = "algorithm: autoencoder\ndataset_id: penguins\nevaluation_threshold: 0.3\n"
    assert messages(body) == [
        "evaluation_metric is missing, and the task is not known yet; set task_type or evaluation_metric."
    ]


@pytest.mark.parametrize(
    ("algorithm", "metric", "wrong"),
    [
        ("dbscan", "inertia", "cannot be measured for dbscan; use one of silhouette, davies_bouldin"),
        ("tsne", "explained_variance", "cannot be measured for tsne; use one of trustworthiness (line 3)"),
        ("kmeans", "ari", "compares with known labels; name their column in target (line 3)"),
        ("pca", "accuracy", "does not judge dimensionality_reduction"),
    ],
)
def test_a_metric_that_cannot_be_measured_is_refused(algorithm: str, metric: str, wrong: str) -> None:
    body = f"algorithm: {algorithm}\ndataset_id: d\nevaluation_metric: {metric}\nevaluation_threshold: 0.5\n"
    assert any(wrong in message for message in messages(body))


def test_known_labels_are_named_as_the_target() -> None:
    body = "algorithm: dbscan\ndataset_id: d\nevaluation_metric: ari\nevaluation_threshold: 0.5\ntarget: label\n"
    assert config_of(body).target == "label"


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ("class_weights: balanced", "class_weights needs a target"),
        ("target_transform: log1p", "target_transform needs a target"),
        ("encoding: target", "encoding target needs a target"),
        ("cross_validation_folds: 5", "cross_validation_folds needs a target"),
        ("split: stratified", "split stratified needs a target"),
    ],
)
def test_what_needs_a_target_is_refused_without_one(setting: str, wrong: str) -> None:
    body = f"algorithm: kmeans\ndataset_id: d\nevaluation_threshold: 0.5\npreprocessing_config:\n  {setting}\n"
    (message,) = messages(body)
    assert wrong in message
    assert message.endswith("(line 5).")
