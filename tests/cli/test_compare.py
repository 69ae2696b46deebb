"""`issueops models compare`: the evaluations of registered versions side by side."""

from __future__ import annotations

import pytest

from tests.cli.test_predict import register_again


@pytest.fixture
def compare(issueops, home):
    """The command on a home where penguin-species has two versions with the same evaluation."""
    register_again(home, "penguin-species")
    return lambda *arguments: issueops("models", "compare", *arguments)


def test_versions_are_ranked_with_every_metric_that_they_have(compare):
    answer = compare("penguin-species@1", "penguin-species@2")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0].startswith("penguin-species@1 has the best accuracy")
    assert lines[2].split() == ["penguin-species@1", "penguin-species@2"]
    assert lines[3].split() == ["rank", "1", "2"]
    assert lines[4].startswith("accuracy")
    assert "within the noise" in lines[5]
    assert [line.split()[0] for line in lines[6:]] == ["f1", "log_loss"]


def test_json_is_one_object_with_the_direction_of_the_metric(compare):
    found = compare("penguin-species@1", "penguin-species", "--metric", "log_loss", "--json").json
    assert (found["metric"], found["direction"]) == ("log_loss", "minimize")
    assert [model["model"] for model in found["models"]] == ["penguin-species@1", "penguin-species@2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["penguin-species@1"], "needs two different versions"),
        (["penguin-species@2", "penguin-species"], "needs two different versions"),
        (["penguin-species@1", "penguin-species@9"], "has no version 9; versions: 2, 1"),
        (["penguin-species@1", "penguin-body-mass"], "Only models of one task can be compared"),
        (["penguin-species@1", "penguin-species@2", "--metric", "rmse"], "rmse was not measured"),
    ],
)
def test_what_cannot_be_compared_is_invalid_input(compare, arguments, said):
    answer = compare(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
