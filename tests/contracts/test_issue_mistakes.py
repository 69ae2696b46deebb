"""Every mistake that an issue may hold: its message, whole, and the line it stands in."""

from __future__ import annotations

import pytest

from contracts.algorithms import ALGORITHMS, Algorithm
from contracts.hyperparameters import Hyperparameter, canonical_json, validate_hyperparameters
from contracts.issue_text import MAX_BODY_BYTES, MAX_FINDINGS, ParsedIssue, parse_issue

VALID = """learning_type: supervised
algorithm: random_forest
dataset_id: penguins
target: species
evaluation_metric: accuracy
evaluation_threshold: 0.9
"""  # six lines: whatever a test appends stands on line 7
ALGORITHM_NAMES = ", ".join(ALGORITHMS)
FOREST_NAMES = ", ".join(row.name for row in ALGORITHMS["random_forest"].hyperparameters)


def replaced(field: str, text: str) -> str:
    """The valid issue with one line written anew."""
    return "\n".join(text if line.startswith(f"{field}:") else line for line in VALID.splitlines()) + "\n"


def without(field: str) -> str:
    """The valid issue without one line."""
    return "\n".join(line for line in VALID.splitlines() if not line.startswith(f"{field}:")) + "\n"


def messages(body: str) -> list[str]:
    """All messages about a refused issue."""
    parsed = parse_issue(body)
    assert parsed.config is None
    assert parsed.findings
    for finding in parsed.findings:
        assert finding.severity == "error"
        assert finding.line is None or f"(line {finding.line})" in finding.message
    return [finding.message for finding in parsed.findings]


def refusal(body: str) -> str:
    """The message about an issue with exactly one mistake."""
    (only,) = messages(body)
    return only


def test_the_valid_issue_of_these_tests_is_valid() -> None:
    assert parse_issue(VALID).findings == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            VALID + "max_retries: 2\n",
            "max_retries is not a known field; did you mean 'max_retry' (line 7)?",
            id="unknown field, with the nearest known one",
        ),
        pytest.param(
            VALID + "preprocessing_config:\n  test_sise: 0.2\n",
            "preprocessing_config.test_sise is not a known field; did you mean 'test_size' (line 8)?",
            id="unknown preprocessing field",
        ),
        pytest.param(
            VALID + "hyperparameters:\n  n_estimator: 5\n",
            "hyperparameters.n_estimator is unknown for random_forest; did you mean 'n_estimators'? "
            f"Known names: {FOREST_NAMES} (line 8).",
            id="unknown hyperparameter",
        ),
        pytest.param(
            VALID + "max_retry: often\n",
            "max_retry must be an integer in [0, 10], got 'often' (line 7).",
            id="wrong type",
        ),
        pytest.param(
            VALID + "max_retry: true\n",
            "max_retry must be an integer in [0, 10], got true (line 7).",
            id="a boolean is no integer",
        ),
        pytest.param(
            VALID + "max_retry: 2.0\n",
            "max_retry must be an integer in [0, 10], got 2.0 (line 7).",
            id="a fraction is no integer",
        ),
        pytest.param(
            VALID + "max_retry: 11\n",
            "max_retry must be an integer in [0, 10], got 11 (line 7).",
            id="out of range",
        ),
        pytest.param(
            VALID + "instance_count: 0\n",
            "instance_count must be an integer in [1, 100], got 0 (line 7).",
            id="below the range",
        ),
        pytest.param(
            VALID + "seed: -1\n",
            "seed must be an integer in [0, 2147483647], got -1 (line 7).",
            id="negative seed",
        ),
        pytest.param(
            VALID + "hyperparameters: [1, 2]\n",
            "hyperparameters must be a mapping of names to values, got [1, 2] (line 7).",
            id="hyperparameters as a list",
        ),
        pytest.param(
            VALID + "hyperparameters:\n  max_depth: deep\n",
            "hyperparameters.max_depth must be an integer in [1, 1000] or null, got 'deep' (line 8).",
            id="hyperparameter of the wrong type",
        ),
        pytest.param(
            VALID + "hyperparameters:\n  n_estimators: true\n",
            "hyperparameters.n_estimators must be an integer in [1, 5000], got true (line 8).",
            id="boolean hyperparameter where an integer is due",
        ),
        pytest.param(
            VALID + "hyperparameters:\n  n_estimators: 5001\n",
            "hyperparameters.n_estimators must be an integer in [1, 5000], got 5001 (line 8).",
            id="hyperparameter out of range",
        ),
        pytest.param(
            VALID + "hyperparameters:\n  max_features: 0\n",
            "hyperparameters.max_features must be a number in (0, 1] or one of sqrt, log2 or null, got 0 (line 8).",
            id="hyperparameter at an excluded bound",
        ),
        pytest.param(
            VALID + "hyperparameters:\n  n_estimators: {a: 1}\n",
            "hyperparameters.n_estimators must be an integer in [1, 5000], got {\"a\": 1} (line 8).",
            id="mapping where a hyperparameter's value is due",
        ),
        pytest.param(
            VALID + "hyperparameters: {bootstrap: false, max_samples: 0.5}\n",
            "hyperparameters.max_samples needs bootstrap; remove max_samples, or set bootstrap to true (line 7).",
            id="hyperparameters that exclude each other",
        ),
        pytest.param(
            replaced("algorithm", "algorithm: random_forrest"),
            f"algorithm must be one of {ALGORITHM_NAMES}, got 'random_forrest'; "
            "did you mean 'random_forest' (line 2)?",
            id="unknown algorithm, with the list",
        ),
        pytest.param(
            replaced("algorithm", "algorithm: svm"),
            f"algorithm must be one of {ALGORITHM_NAMES}, got 'svm' (line 2).",
            id="unknown algorithm that resembles none",
        ),
        pytest.param(
            replaced("algorithm", "algorithm: null"),
            f"algorithm must be one of {ALGORITHM_NAMES}, got null (line 2).",
            id="algorithm left empty",
        ),
        pytest.param(
            without("algorithm"),
            f"algorithm is missing; expected one of {ALGORITHM_NAMES}.",
            id="algorithm missing",
        ),
        pytest.param(
            without("target"),
            "target is missing; expected the name of a column, text of at most 256 characters. "
            "The data set's dataset.yaml may state it, too.",
            id="target missing",
        ),
        pytest.param(
            replaced("evaluation_threshold", "evaluation_threshold: 1.5"),
            "evaluation_threshold must be in [0, 1] for accuracy, got 1.5 (line 6).",
            id="threshold outside the metric's range",
        ),
        pytest.param(
            replaced("evaluation_metric", "evaluation_metric: rmse").replace("0.9", "-2"),
            "evaluation_threshold must be 0 or more for rmse, got -2 (line 6).",
            id="negative error as a threshold",
        ),
        pytest.param(
            replaced("evaluation_metric", "evaluation_metric: r2").replace("0.9", "1.01"),
            "evaluation_threshold must be 1 or less for r2, got 1.01 (line 6).",
            id="more than perfect",
        ),
        pytest.param(
            replaced("evaluation_threshold", "evaluation_threshold: .nan"),
            "evaluation_threshold must be a number, got '.nan' (line 6).",
            id="NaN as a threshold",
        ),
        pytest.param(
            replaced("evaluation_threshold", "evaluation_threshold: .inf"),
            "evaluation_threshold must be a number, got '.inf' (line 6).",
            id="infinity as a threshold",
        ),
        pytest.param(
            replaced("evaluation_threshold", "evaluation_threshold: 1e999"),
            "evaluation_threshold must be a number, got '1e999' (line 6).",
            id="a number too large for a float",
        ),
        pytest.param(
            replaced("evaluation_threshold", "evaluation_threshold: true"),
            "evaluation_threshold must be a number, got true (line 6).",
            id="boolean as a threshold",
        ),
        pytest.param(
            replaced("learning_type", "learning_type: unsupervised"),
            "algorithm random_forest is supervised, not unsupervised; change one of the two (line 2).",
            id="algorithm does not fit the learning type",
        ),
        pytest.param(
            "algorithm: linear_regression\ntask_type: classification\ndataset_id: d\ntarget: t\n"
            "evaluation_threshold: 1\n",
            "algorithm linear_regression does regression, not classification; change one of the two (line 2).",
            id="algorithm does not fit the task",
        ),
        pytest.param(
            VALID.replace("random_forest", "linear_regression"),
            "evaluation_metric accuracy does not judge regression; "
            "use one of rmse, mae, r2, mape, median_absolute_error (line 5).",
            id="metric does not fit the algorithm",
        ),
        pytest.param(
            VALID + "task_type: regression\n",
            "evaluation_metric accuracy does not judge regression; "
            "use one of rmse, mae, r2, mape, median_absolute_error (line 5).",
            id="metric does not fit the task",
        ),
        pytest.param(
            VALID + "task_type: classification\nhyperparameters:\n  criterion: poisson\n",
            "hyperparameters.criterion must be one of gini, entropy, log_loss or null, got 'poisson' (line 9).",
            id="hyperparameter value of another task",
        ),
        pytest.param(
            replaced("evaluation_metric", "task_type: regression").replace("0.9", "9")
            + "hyperparameters:\n  class_weight: balanced\n",
            "hyperparameters.class_weight is for classification only; the task is regression. Remove it (line 8).",
            id="hyperparameter of another task",
        ),
        pytest.param(
            without("evaluation_metric"),
            "evaluation_metric is missing, and the task is not known yet; set task_type or evaluation_metric.",
            id="neither task nor metric",
        ),
        pytest.param(
            VALID + "algorithm: random_forest\n",
            "algorithm is given twice; keep one (line 7).",
            id="duplicate field",
        ),
        pytest.param(
            VALID + "hyperparameters: {max_depth: 3, max_depth: 4}\n",
            "hyperparameters.max_depth is given twice; keep one (line 7).",
            id="duplicate hyperparameter",
        ),
        pytest.param(
            replaced("dataset_id", "dataset_id: ../secrets"),
            "dataset_id must be letters, digits, '.', '_' or '-', at most 100 characters, got '../secrets' (line 3).",
            id="dataset_id that climbs",
        ),
        pytest.param(
            replaced("dataset_id", "dataset_id: a..b"),
            "dataset_id must be letters, digits, '.', '_' or '-', at most 100 characters, got 'a..b' (line 3).",
            id="dataset_id with two dots",
        ),
        pytest.param(
            VALID + "model_name: penguin_species\n",
            "model_name must be letters, digits and '-', at most 63 characters, got 'penguin_species' (line 7).",
            id="model_name with an underscore",
        ),
        pytest.param(
            VALID + f"model_name: a{'-' * 70}b\n",
            f"model_name must be letters, digits and '-', at most 63 characters, got 'a{'-' * 57}… (line 7).",
            id="model_name too long",
        ),
        pytest.param(
            VALID + "instance_type: m5.xlarge\n",
            "instance_type must be a SageMaker instance type such as ml.m5.xlarge, got 'm5.xlarge' (line 7).",
            id="instance_type without ml",
        ),
        pytest.param(
            VALID + "instance_type: ml.m5.xlarge; rm -rf /\n",
            "instance_type must be a SageMaker instance type such as ml.m5.xlarge, got 'ml.m5.xlarge; rm -rf /' "
            "(line 7).",
            id="instance_type with a command behind it",
        ),
        pytest.param(
            VALID + "preprocessing_config: {drop_duplicates: 1}\n",
            "preprocessing_config.drop_duplicates must be true or false, got 1 (line 7).",
            id="number where a boolean is due",
        ),
        pytest.param(
            VALID + "preprocessing_config:\n  test_size: 0.9\n",
            "preprocessing_config.test_size must be a number in [0.05, 0.5], got 0.9 (line 8).",
            id="preprocessing out of range",
        ),
        pytest.param(
            VALID + "preprocessing_config:\n  drop_columns: [island, species]\n",
            "preprocessing_config.drop_columns holds the target 'species'; remove it there (line 8).",
            id="the target among the dropped columns",
        ),
        pytest.param(
            VALID + "preprocessing_config: {drop_columns: [1]}\n",
            "preprocessing_config.drop_columns must be a list of at most 1,000 column names, got [1] (line 7).",
            id="dropped columns that are no text",
        ),
        pytest.param(
            replaced("target", "target: 2024"),
            "target must be the name of a column, text of at most 256 characters, got 2024; "
            "write it in quotes (line 4).",
            id="number where text is due",
        ),
        pytest.param(
            VALID + "seed: '4'\n",
            "seed must be an integer in [0, 2147483647], got '4'; remove the quotes (line 7).",
            id="text where a number is due",
        ),
        pytest.param(
            VALID + "? [a]\n: 1\n",
            "a field's name must be plain text (line 7).",
            id="a list as a field's name",
        ),
    ],
)  # fmt: skip
def test_a_mistake_gets_its_message(body: str, expected: str) -> None:
    assert refusal(body) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed: !!python/object/apply:os.system ['true']", "tags (!) are not allowed; write a plain value (line 7)."),
        ("seed: !!int '4'", "tags (!) are not allowed; write a plain value (line 7)."),
        ("hyperparameters: &a {}", "anchors and aliases (& and *) are not allowed; write the value out (line 7)."),
        ("hyperparameters: *a", "anchors and aliases (& and *) are not allowed; write the value out (line 7)."),
        ("hyperparameters: " + "[" * 13 + "]" * 13, "values must be nested at most 12 deep (line 7)."),
        ("hyperparameters: " + "{a: " * 500 + "1" + "}" * 500, "values must be nested at most 12 deep (line 7)."),
        ("drop: [" + "1, " * 2500 + "1]", "the configuration must have at most 2000 values (line 7)."),
        ("drop: [" + "1, " * 9000 + "1]", "the configuration must have at most 2000 values (line 7)."),
        ("seed: 4\x00", "control character U+0000 is not allowed; remove it (line 7)."),
        ("\nseed: 4\x1b[31m", "control character U+001B is not allowed; remove it (line 8)."),
        ("seed: 4\ud800", "control character U+D800 is not allowed; remove it (line 7)."),
        ("seed: 4\u2028", "control character U+2028 is not allowed; remove it (line 7)."),
        ("---\nseed: 4", "the configuration must be one YAML document; remove the second '---' (line 7)."),
        (
            "seed: [1",
            "the configuration is not valid YAML: expected ',' or ']', but got '<stream end>' (line 8).",
        ),
        ("seed: a: b", "the configuration is not valid YAML: mapping values are not allowed here (line 7)."),
        ("%YAML 1.1", "directives (%) are not allowed; remove the line (line 7)."),
    ],
)
def test_yaml_beyond_plain_values_is_refused(text: str, expected: str) -> None:
    body = VALID + text + "\n"
    if text.startswith("%"):
        body = "\n" * 6 + text + "\n---\n" + VALID
    assert refusal(body) == expected


def test_an_oversized_body_is_refused_by_its_size_in_bytes() -> None:
    body = VALID + "# " + "é" * (MAX_BODY_BYTES // 2)
    size = len(body.encode())
    assert refusal(body) == f"the issue must be at most {MAX_BODY_BYTES} bytes, got {size}; shorten it."


def test_more_than_a_hundred_hyperparameters_are_refused() -> None:
    many = "\n".join(f"  p{i}: 1" for i in range(101))
    assert refusal(f"{VALID}hyperparameters:\n{many}\n") == "hyperparameters must be at most 100, got 101 (line 7)."


def test_hyperparameters_longer_than_a_pipeline_parameter_are_refused() -> None:
    wide = Algorithm(
        name="wide",
        learning_type="supervised",
        task_types=("regression",),
        framework="sklearn",
        title="Wide",
        hyperparameters=tuple(Hyperparameter(f"a_rather_long_name_{i}", "integer") for i in range(60)),
    )
    values = {row.name: 1 for row in wide.hyperparameters}
    _, findings = validate_hyperparameters(wide, values)
    assert [finding.message for finding in findings] == [
        "hyperparameters must be at most 1024 characters as JSON, got 1551."
    ]


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=lambda row: row.name)
def test_the_longest_valid_hyperparameters_of_an_algorithm_fit_a_pipeline_parameter(algorithm: Algorithm) -> None:
    rows = algorithm.hyperparameters
    longest = {row.name: max((0.12345678901234567, *row.choices), key=lambda v: len(str(v))) for row in rows}
    assert len(canonical_json(longest)) <= 1024


@pytest.mark.parametrize(
    "body",
    ["", "\n\n", "We would like a model, please.", "Hello: this is: no YAML", "- a\n- b\n", "**bold** *it*",
     "@you, look", "```python\nprint(1)\n```"],
)  # fmt: skip
def test_a_body_without_a_configuration_says_how_to_write_one(body: str) -> None:
    assert refusal(body) == (
        "the issue holds no configuration; write fields such as 'algorithm: random_forest', "
        "in a ```yaml block or as plain YAML."
    )


def test_two_configurations_are_refused_with_their_lines() -> None:
    body = f'First\n\n```yaml\n{VALID}```\n\nor\n\n```json\n{{"target": "x", "algorithm": "random_forest"}}\n```\n'
    assert refusal(body) == "the issue has 2 configurations (lines 4, 15); keep one."


def test_a_form_and_a_fenced_configuration_are_two_configurations() -> None:
    body = f"### Algorithm\n\nrandom_forest\n\n### Context\n\n```yaml\n{VALID}```\n"
    assert refusal(body) == "the issue has 2 configurations (lines 1, 8); keep one."


def test_several_mistakes_come_in_one_reply_in_the_order_of_the_text() -> None:
    body = (
        "learning_type: supervized\n"
        "algorithm: random_forest\n"
        "dataset_id: peng uins\n"
        "evaluation_metric: accuracy\n"
        "evaluation_threshold: 95\n"
        "max_retrys: 3\n"
        "hyperparameters:\n"
        "  max_depth: deep\n"
    )
    found = parse_issue(body).findings
    assert [(finding.field, finding.line) for finding in found] == [
        ("learning_type", 1),
        ("dataset_id", 3),
        ("evaluation_threshold", 5),
        ("max_retrys", 6),
        ("hyperparameters.max_depth", 8),
        ("target", None),
    ]


def test_lines_count_from_the_top_of_the_body_also_inside_a_fence() -> None:
    body = f"Hello\n\n```yaml\n{VALID}max_retry: 99\n```\n"
    assert refusal(body) == "max_retry must be an integer in [0, 10], got 99 (line 10)."


def test_lines_count_the_same_with_windows_line_ends() -> None:
    body = (VALID + "max_retry: 99\n").replace("\n", "\r\n")
    assert refusal(body) == "max_retry must be an integer in [0, 10], got 99 (line 7)."


def test_a_flood_of_unknown_fields_gets_a_bounded_reply() -> None:
    body = VALID + "".join(f"unknown_{i}: 1\n" for i in range(1500))
    found = messages(body)
    assert len(found) == 21
    assert found[-1] == "1480 more fields are unknown; remove them."


def test_a_flood_of_other_mistakes_gets_a_bounded_reply() -> None:
    found = messages(VALID + "seed: 1\n" * 900)
    assert len(found) == MAX_FINDINGS + 1
    assert found[-1] == f"{899 - MAX_FINDINGS} more mistakes are not shown; correct these first."


def test_names_and_values_are_quoted_on_one_line_and_shortened() -> None:
    name, value = "x" * 900, "y" * 5000
    parsed: ParsedIssue = parse_issue(f'{VALID}{name}: 1\n"a\\n/accept": 1\nmodel_name: {value}\n')
    assert parsed.config is None
    assert all(len(f.message) < 500 and "\n" not in f.message for f in parsed.findings)
    assert "a\\n/accept is not a known field" in parsed.findings[1].message
