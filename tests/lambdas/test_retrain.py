"""The next execution has one retry more, the new hyperparameters, and everything else as it was."""

import json

import pytest

from contracts import names
from contracts.errors import ConfigError
from lambdas.retrain.handler import handler
from tests.lambdas.world import common

NEW = '{"n_estimators":300}'


def event(started, **more):
    return {**common(*started), "hyperparameters": NEW, "operator": "ada", **more}


def test_the_next_execution_carries_lineage_and_new_hyperparameters(world, started):
    number, parent = started

    answer = handler(event(started), None)

    assert answer["current_retry"] == 1
    assert answer["next_action"] == "retrain"
    before, after = world.sagemaker.parameters(parent), world.sagemaker.parameters(answer["execution_arn"])
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        names.HYPERPARAMETERS,
        names.CURRENT_RETRY,
        names.PARENT_EXECUTION_ARN,
        names.REQUESTED_BY,
    }
    assert json.loads(after[names.HYPERPARAMETERS]) == {"n_estimators": 300}
    assert after[names.PARENT_EXECUTION_ARN] == parent
    assert after[names.REQUESTED_BY] == "ada"
    assert world.sagemaker.executions[-1]["name"] == f"issue-{number}-retry-1"


def test_retraining_twice_starts_one_execution(world, started):
    assert handler(event(started), None) == handler(event(started), None)
    assert len(world.sagemaker.executions) == 2


def test_a_retry_of_a_retry_counts_on(world, started):
    second = handler(event(started), None)["execution_arn"]
    third = handler({**event(started), "execution_arn": second}, None)

    assert third["current_retry"] == 2
    with pytest.raises(ConfigError, match="no retry is left: 2 of 2"):
        handler({**event(started), "execution_arn": third["execution_arn"]}, None)


@pytest.mark.parametrize(
    ("hyperparameters", "expected"),
    [
        ("[]", "must be a JSON object, got list"),
        ("{", "must be a JSON object"),
        ('{"n_estimatorz": 1}', "n_estimators"),
        ('{"max_depth": "deep"}', "max_depth"),
    ],
)
def test_wrong_hyperparameters_start_nothing(world, started, hyperparameters, expected):
    with pytest.raises(ConfigError, match=expected):
        handler(event(started, hyperparameters=hyperparameters), None)
    assert len(world.sagemaker.executions) == 1
