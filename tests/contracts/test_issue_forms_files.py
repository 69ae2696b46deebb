"""Issue forms: GitHub takes them, people's answers are read, and the files are what the catalogue says."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from contracts import issue_forms
from contracts.algorithm import Algorithm
from contracts.algorithms import ALGORITHMS, SUPERVISED
from contracts.errors import ConfigError
from contracts.fields import FIELDS
from contracts.hyperparameters import Hyperparameter
from contracts.issue_text import parse_issue
from contracts.messages import LANGUAGES
from contracts.metrics import METRICS
from contracts.names import LABEL_TRAIN
from contracts.texts.forms import TEXTS

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"markdown", "dropdown", "input", "textarea", "checkboxes"}
BLANK = "_No response_"


def forms(language: str = "en") -> dict[str, dict[str, Any]]:
    """Each form, by its name, as GitHub reads it."""
    files = issue_forms.issue_forms(language)
    return {Path(path).stem: yaml.safe_load(text) for path, text in files.items() if not path.endswith("/config.yml")}


def questions(form: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [element for element in form["body"] if element["type"] != "markdown"]


def options(form: Mapping[str, Any], field: str) -> list[str]:
    found: list[str] = next(each["attributes"]["options"] for each in questions(form) if each["id"] == field)
    return found


def rendered(form: Mapping[str, Any], answers: Mapping[str, str], *, empty_render: str = BLANK) -> str:
    """The issue's body that GitHub makes of the answers."""
    sections = []
    for element in questions(form):
        shown = element["attributes"]
        if element["type"] == "checkboxes":
            text = "\n".join(f"- [x] {option['label']}" for option in shown["options"])
        elif "render" in shown:
            answer = answers.get(element["id"])
            text = f"```{shown['render']}\n{answer}\n```" if answer else empty_render
        else:
            text = answers.get(element["id"], BLANK)
        sections.append(f"### {shown['label']}\n\n{text}")
    return "\n\n".join(sections)


def answers_for(algorithm: Algorithm) -> dict[str, str]:
    metric = next(
        row for row in METRICS.values()
        if set(row.task_types) & set(algorithm.task_types)
        and row.name not in algorithm.unmeasured
        and not row.needs_reference
    )  # fmt: skip
    threshold = {"algorithm": algorithm.name, "dataset_id": "penguins", "evaluation_threshold": "0.5"}
    return threshold | {"evaluation_metric": metric.name, "target": "species"}


def test_the_files_are_what_the_generator_writes() -> None:
    for path, text in issue_forms.issue_forms().items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, "run: python -m contracts.issue_forms"


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_obey_githubs_schema(language: str) -> None:
    for form in forms(language).values():
        assert set(form) == {"name", "description", "labels", "body"}
        assert form["name"]
        assert form["description"]
        assert form["labels"] == [LABEL_TRAIN]
        assert {element["type"] for element in form["body"]} <= KINDS
        ids = [element["id"] for element in questions(form)]
        labels = [element["attributes"]["label"] for element in questions(form)]
        assert len(set(ids)) == len(ids) > 0
        assert len(set(labels)) == len(labels)
        assert all(re.fullmatch(r"[A-Za-z0-9_-]+", each) for each in ids)
        for element in questions(form):
            if element["type"] == "dropdown":
                choices = element["attributes"]["options"]
                assert len(set(choices)) == len(choices) > 0
                assert all(isinstance(choice, str) and choice.lower() != "none" for choice in choices)


def test_every_algorithm_and_metric_can_be_chosen() -> None:
    chosen = {name: options(form, "algorithm") for name, form in forms().items()}
    assert [*chosen["train"], *chosen["cluster"]] == list(ALGORITHMS)
    offered = [*options(forms()["train"], "evaluation_metric"), *options(forms()["cluster"], "evaluation_metric")]
    assert offered == list(METRICS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_filled_form_is_read_as_it_was_meant(name: str, language: str) -> None:
    algorithm = ALGORITHMS[name]
    form = forms(language)["train" if algorithm.learning_type == SUPERVISED else "cluster"]
    given = answers_for(algorithm)
    parsed = parse_issue(rendered(form, given))
    assert parsed.findings == ()
    assert parsed.config is not None
    assert (parsed.config.algorithm, parsed.config.dataset_id) == (name, "penguins")
    assert (parsed.config.evaluation_metric, parsed.config.target) == (given["evaluation_metric"], "species")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_reaches_the_configuration(language: str) -> None:
    given = {
        "algorithm": "random_forest",
        "dataset_id": "penguins",
        "target": "species",
        "hyperparameters": "n_estimators: 300\nmax_depth: 8",
        "evaluation_metric": "f1_macro",
        "evaluation_threshold": "0.95",
        "max_retry": "2",
        "preprocessing_config": "drop_columns: [year]\nscaling: standard",
        "model_name": "penguin-species",
        "instance_type": "ml.m5.large",
        "instance_count": "2",
        "seed": "7",
        "purpose": "To tell them apart: we need it, by autumn.",
    }
    parsed = parse_issue(rendered(forms(language)["train"], given))
    assert parsed.findings == ()
    config = parsed.config
    assert config is not None
    assert (config.hyperparameters["n_estimators"], config.hyperparameters["max_depth"]) == (300, 8)
    assert (config.evaluation_metric, config.evaluation_threshold, config.max_retry) == ("f1_macro", 0.95, 2)
    assert config.preprocessing_config["drop_columns"] == ["year"]
    assert (config.model_name, config.seed) == ("penguin-species", 7)
    assert (config.instance_type, config.instance_count) == ("ml.m5.large", 2)


def test_a_form_asks_for_every_field_that_does_not_follow_from_another() -> None:
    for name in ("train", "cluster"):
        asked = {element["id"] for element in questions(forms()[name])}
        assert {row.name for row in FIELDS} - asked == {"learning_type", "task_type"}


@pytest.mark.parametrize("empty", [BLANK, "```yaml\n\n```", "```yaml\n```", ""])
def test_empty_text_areas_count_as_nothing_however_github_renders_them(empty: str) -> None:
    parsed = parse_issue(rendered(forms()["train"], answers_for(ALGORITHMS["random_forest"]), empty_render=empty))
    assert parsed.findings == ()
    assert parsed.config is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_agents_are_refused_by_name_while_the_catalogue_has_none(language: str) -> None:
    form = forms(language)["reinforcement"]
    given = {"learning_type": "reinforcement", "algorithm": "ppo", "dataset_id": "CartPole-v1"}
    parsed = parse_issue(rendered(form, given | {"evaluation_threshold": "475"}))
    assert parsed.config is None
    assert parsed.findings[0].field == "algorithm"
    assert "must be one of random_forest" in parsed.findings[0].message
    assert TEXTS["not_yet"][language] in form["body"][0]["attributes"]["value"]


def test_an_algorithm_added_to_the_catalogue_appears_in_its_form(monkeypatch: pytest.MonkeyPatch) -> None:
    added = Algorithm(
        name="ppo",
        learning_type="reinforcement",
        task_types=("control",),
        framework="torch",
        title="Proximal policy optimisation",
        hyperparameters=(Hyperparameter("clip", "number", 0, 1, default=0.2),),
    )
    monkeypatch.setattr(issue_forms, "ALGORITHMS", MappingProxyType({**ALGORITHMS, "ppo": added}))
    form = forms()["reinforcement"]
    assert options(form, "algorithm") == ["ppo"]
    intro = form["body"][0]["attributes"]["value"]
    assert "`ppo`: `clip`" in intro
    assert "cannot train agents yet" not in intro


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_exists_in_both_languages(key: str) -> None:
    japanese = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    assert tuple(TEXTS[key]) == LANGUAGES
    assert japanese.search(TEXTS[key]["ja"])
    assert not japanese.search(TEXTS[key]["en"])


def test_a_language_without_texts_is_refused() -> None:
    with pytest.raises(ConfigError, match="language must be one of en, ja, got 'fr'"):
        issue_forms.issue_forms("fr")


def test_blank_issues_stay_possible_for_configurations_in_yaml() -> None:
    chooser = yaml.safe_load(issue_forms.issue_forms()[f"{issue_forms.FOLDER}/config.yml"])
    assert chooser == {"blank_issues_enabled": True}
