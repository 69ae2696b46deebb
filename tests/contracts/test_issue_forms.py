"""The three shapes of an issue's body, and what a valid one becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import names
from contracts.hyperparameters import canonical_json
from contracts.issue_text import parse_issue
from contracts.training_config import TrainingConfig

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples" / "issues").glob("*.md"))
PLAIN = """learning_type: supervised
algorithm: random_forest
dataset_id: penguins
target: species
hyperparameters:
  n_estimators: 200
  max_depth: null
evaluation_metric: accuracy
evaluation_threshold: 0.95
max_retry: 2
"""
JSON = """{
  "learning_type": "supervised", "algorithm": "random_forest", "dataset_id": "penguins", "target": "species",
  "hyperparameters": {"n_estimators": 200, "max_depth": null},
  "evaluation_metric": "accuracy", "evaluation_threshold": 0.95, "max_retry": 2
}
"""
FORM = """### Learning type

supervised

### Algorithm

random_forest

### Dataset ID

penguins

### Target

species

### Task type

_No response_

### Hyperparameters

```yaml
n_estimators: 200
max_depth: null
```

### Preprocessing config

_No response_

### Evaluation metric

accuracy

### Threshold

0.95

### Max retry

2

### Before you submit

- [X] I have read the guide
- [ ] algorithm: something else
"""


def config_of(body: str) -> TrainingConfig:
    """The configuration of a valid issue."""
    parsed = parse_issue(body)
    assert parsed.findings == ()
    assert parsed.config is not None
    return parsed.config


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_issue_is_valid(path: Path) -> None:
    assert config_of(path.read_text(encoding="utf-8")).dataset_id == "penguins"


def test_there_are_example_issues() -> None:
    assert len(EXAMPLES) >= 3


BODIES = {
    "plain YAML below a title": f"# A model, please\n\n{PLAIN}",
    "plain YAML between document marks": f"---\n{PLAIN}...\n",
    "plain JSON": JSON,
    "yaml fence inside prose": f"Dear team: please.\n\n```yaml\n{PLAIN}```\n\nThanks: a lot.",
    "yml fence": f"Hi\n\n```yml\n{PLAIN}```\n",
    "fence with more than a language": f"Hi\n\n```yaml title=config\n{PLAIN}```\n",
    "tilde fence": f"Hi\n\n~~~yaml\n{PLAIN}~~~\n",
    "long fence": f"Hi\n\n`````YAML\n{PLAIN}`````\n",
    "fence without a language": f"Hi\n\n```\n{PLAIN}```\n",
    "fence that nobody closes": f"Hi\n\n```yaml\n{PLAIN}",
    "json fence": f"Hi\n\n```json\n{JSON}```\n",
    "other fences beside it": f"```python title=x\nalgorithm: svm\n```\n\n```yaml\n{PLAIN}```\n\n```text\nseed: 1\n```",
    "other yaml beside it": f"```yaml\nname: ci\n```\n\n```yaml\n{PLAIN}```\n",
    "a heading called like a field": f"### Algorithm\n\nA forest, I think.\n\n```yaml\n{PLAIN}```\n".replace(
        "### Algorithm\n\nA forest", "### Target\n\nSpecies"
    ),
    "issue form": FORM,
    "issue form with plain mappings": FORM.replace("```yaml\n", "").replace("```\n", ""),
    "issue form whose text area renders code": FORM.replace("penguins\n", "```text\npenguins\n```\n"),
    "issue form with a JSON mapping": FORM.replace(
        "```yaml\nn_estimators: 200\nmax_depth: null\n```", '```json\n{"n_estimators": 200, "max_depth": null}\n```'
    ),
    "issue form with field names as labels": FORM.replace("### Dataset ID", "### dataset_id"),
    "issue form with a heading inside a fence": FORM.replace("n_estimators: 200\n", "n_estimators: 200\n### Seed\n"),
}  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_the_same_configuration_in_every_shape(body: str, newline: str) -> None:
    assert config_of(body.replace("\n", newline)) == config_of(PLAIN)


def test_a_byte_order_mark_is_ignored() -> None:
    assert config_of("\ufeff" + PLAIN) == config_of(PLAIN)


def test_a_form_without_a_response_falls_back_to_the_defaults() -> None:
    config = config_of(FORM.replace("### Max retry\n\n2", "### Max retry\n\n_No response_"))
    assert (config.max_retry, config.seed, config.instance_type, config.instance_count) == (3, 42, "ml.m5.xlarge", 1)


def test_mistakes_in_a_form_name_the_line_of_the_value() -> None:
    body = FORM.replace("0.95", "95 %").replace("n_estimators: 200", "n_estimators: many")
    assert [(f.field, f.line) for f in parse_issue(body).findings] == [
        ("hyperparameters.n_estimators", body.split("\n").index("n_estimators: many") + 1),
        ("evaluation_threshold", body.split("\n").index("95 %") + 1),
    ]


def test_a_misspelt_form_label_is_an_unknown_field() -> None:
    (finding,) = parse_issue(FORM.replace("### Max retry", "### Max retrys")).findings
    assert "max_retrys is not a known field; did you mean 'max_retry'" in finding.message


def test_a_form_field_given_twice_is_refused() -> None:
    (finding,) = parse_issue(FORM + "\n### Algorithm\n\nlinear_regression\n").findings
    assert finding.message == f"algorithm is given twice; keep one (line {finding.line})."


def test_a_control_character_in_a_form_is_refused_where_it_stands() -> None:
    body = FORM.replace("\nspecies\n", "\nspe\x08cies\n")
    found = parse_issue(body).findings
    assert found[0].message == "target holds the control character U+0008; remove it (line 15)."


def test_text_of_a_form_field_is_never_read_as_yaml_structure() -> None:
    parsed = parse_issue(FORM.replace("\npenguins\n", "\n!!python/object/apply:os.system [ls]\n"))
    assert parsed.config is None
    assert "dataset_id must be letters" in parsed.findings[0].message


@pytest.mark.parametrize(
    ("algorithm", "metric", "task_type"),
    [
        ("random_forest", "f1", "classification"),
        ("random_forest", "mae", "regression"),
        ("linear_regression", "r2", "regression"),
    ],
)
def test_the_task_follows_from_the_algorithm_or_the_metric(algorithm: str, metric: str, task_type: str) -> None:
    body = f"algorithm: {algorithm}\ndataset_id: d\ntarget: t\nevaluation_metric: {metric}\nevaluation_threshold: 0.5\n"
    assert config_of(body).task_type == task_type


@pytest.mark.parametrize(("task_type", "metric"), [("classification", "accuracy"), ("regression", "rmse")])
def test_the_metric_follows_from_the_task(task_type: str, metric: str) -> None:
    body = f"algorithm: random_forest\ntask_type: {task_type}\ndataset_id: d\ntarget: t\nevaluation_threshold: 0.5\n"
    assert config_of(body).evaluation_metric == metric


def test_a_model_gets_a_name_the_registry_accepts() -> None:
    long = "Data_set.v1-" * 8
    assert config_of(PLAIN).model_name == "penguins-random-forest"
    name = config_of(PLAIN.replace("penguins", long[:96])).model_name
    assert len(name) <= 63
    assert parse_issue(f"{PLAIN}model_name: {name}\n").findings == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 0.001), ("1E2", 100.0), (".5", 0.5), ("'0.5'", None), ("1_000", 1000.0), ("0", 0.0), ("-1", None)],
)
def test_numbers_as_people_write_them(text: str, value: float | None) -> None:
    parsed = parse_issue(PLAIN.replace("accuracy", "rmse").replace("0.95", text))
    assert (parsed.config.evaluation_threshold if parsed.config else None) == value


@pytest.mark.parametrize("word", ["yes", "on", "no", "2024-01-01", "1:30", "~x", "0x1F"])
def test_words_that_yaml_would_turn_into_other_things_stay_text(word: str) -> None:
    assert config_of(PLAIN.replace("species", word)).target == word


def test_a_number_as_a_fraction_is_always_a_float() -> None:
    config = config_of(PLAIN.replace("n_estimators: 200", "max_features: 1"))
    assert canonical_json(config.hyperparameters) == '{"max_depth":null,"max_features":1.0}'


def test_parameters_are_text_and_known_to_the_pipeline() -> None:
    parameters = config_of(PLAIN).to_parameters(
        repository="o/r", issue_number=7, requested_by="ada", dataset_uri="s3://b/d/", dataset_fingerprint="f",
        data_config_uri="s3://b/c/", code_uri="s3://b/k/", image_uri="i", processing_image_uri="p",
        champion="m@1", champion_uri="s3://b/m/model.tar.gz",
    )  # fmt: skip
    assert all(isinstance(value, str) for value in parameters.values())
    assert parameters[names.HYPERPARAMETERS] == '{"max_depth":null,"n_estimators":200}'
    assert parameters[names.EVALUATION_THRESHOLD] == "0.95"
    assert parameters[names.CURRENT_RETRY] == "0"


def test_settings_of_data_preparation_do_not_change_with_hyperparameters() -> None:
    other = config_of(PLAIN.replace("200", "300"))
    assert other.data_config() == config_of(PLAIN).data_config()
