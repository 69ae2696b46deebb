"""Issue forms for GitHub, generated from the catalogue: what people fill in, `contracts.issue_text` reads.

Place in the flow: `issueops github init` writes them into a repository; `python -m contracts.issue_forms` writes this
repository's own. A new row in the algorithm or metric catalogue appears in the dropdowns. One cost: a form cannot
depend on the chosen algorithm, so every form lists the metrics and hyperparameters of all of its algorithms.

Source: GitHub documentation, syntax for GitHub's form schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from contracts.algorithms import ALGORITHMS, LEARNING_TYPES, SUPERVISED, UNSUPERVISED, Algorithm
from contracts.errors import ConfigError
from contracts.metrics import METRICS
from contracts.names import LABEL_TRAIN
from contracts.texts.forms import TEXTS

FOLDER = ".github/ISSUE_TEMPLATE"
REINFORCEMENT = LEARNING_TYPES[2]
LANGUAGES = ("en", "ja")
_HEAD = (
    "# Generated from the catalogue of algorithms: by `issueops github init`, or `python -m contracts.issue_forms`.\n"
)

Element = dict[str, object]


@dataclass(frozen=True, slots=True)
class Form:
    """One form.

    Attributes:
        announced: algorithms to show while the catalogue has none of this learning type.
    """

    name: str
    learning_type: str
    dataset_help: str
    target_help: str
    dataset_example: str
    announced: tuple[str, ...] = ()

    @property
    def algorithms(self) -> tuple[Algorithm, ...]:
        return tuple(row for row in ALGORITHMS.values() if row.learning_type == self.learning_type)


FORMS = (
    Form("train", SUPERVISED, "dataset_id_help", "target_help", "penguins"),
    Form("cluster", UNSUPERVISED, "dataset_id_help", "yardstick_help", "penguins"),
    Form("reinforcement", REINFORCEMENT, "environment_help", "", "CartPole-v1", announced=("ppo", "dqn", "a3c")),
)


def issue_forms(language: str = "en") -> Mapping[str, str]:
    """Path in the repository -> text, for every form and the template chooser.

    Raises:
        ConfigError: there are no texts in this language.
    """
    if language not in LANGUAGES:
        raise ConfigError(f"language must be one of {', '.join(LANGUAGES)}, got '{language}'.")
    files = {f"{FOLDER}/{form.name}.yml": _text(_form(form, language)) for form in FORMS}
    return files | {f"{FOLDER}/config.yml": _text({"blank_issues_enabled": True})}


def _form(form: Form, language: str) -> Element:
    def say(key: str, **values: str) -> str:
        return TEXTS[key][language].format(**values)

    def question(kind: str, field: str, *, needed: bool = False, about: str = "", **attributes: object) -> Element:
        shown = {"label": say(f"{field}_label"), "description": about or say(f"{field}_help"), **attributes}
        element: Element = {"type": kind, "id": field, "attributes": shown}
        return element | {"validations": {"required": True}} if needed else element

    algorithms = form.algorithms
    choices = [row.name for row in algorithms] or list(form.announced)
    titles = ", ".join(f"`{row.name}` ({row.title})" for row in algorithms) or ", ".join(f"`{n}`" for n in choices)
    tasks = {task for row in algorithms for task in row.task_types}
    metrics = [row.name for row in METRICS.values() if tasks & set(row.task_types)]
    intro = [say("train_intro", label=LABEL_TRAIN)] if algorithms else [say("not_yet")]
    if algorithms:
        intro.append(_hyperparameter_names(algorithms, say("hyperparameter_names")))
    body: list[Element] = [{"type": "markdown", "attributes": {"value": "\n\n".join(intro)}}]
    if not algorithms:
        body.append(question("dropdown", "learning_type", needed=True, options=[form.learning_type], default=0))
    body += [
        question("dropdown", "algorithm", needed=True, about=say("algorithm_help", choices=titles), options=choices),
        question("input", "dataset_id", needed=True, about=say(form.dataset_help), placeholder=form.dataset_example),
    ]
    if form.target_help:
        body.append(question("input", "target", about=say(form.target_help)))
    example = _example(algorithms[0]) if algorithms else "learning_rate: 0.001"
    body.append(question("textarea", "hyperparameters", render="yaml", placeholder=example))
    if metrics:
        body.append(question("dropdown", "evaluation_metric", needed=True, options=metrics))
    body += [
        question("input", "evaluation_threshold", needed=True, placeholder="0.9" if metrics else "475"),
        question("input", "max_retry", placeholder="3"),
    ]
    if form.target_help:
        placeholder = "drop_columns: [id]\nscaling: standard"
        body.append(question("textarea", "preprocessing_config", render="yaml", placeholder=placeholder))
    body += [
        question("input", "model_name"),
        question("input", "instance_type", placeholder="ml.m5.xlarge"),
        question("input", "instance_count", placeholder="1"),
        question("input", "seed", placeholder="42"),
        question("textarea", "purpose"),
        {
            "type": "checkboxes",
            "id": "before",
            "attributes": {
                "label": say("before_label"),
                "options": [{"label": say("allowed"), "required": True}],
            },
        },
    ]
    return {
        "name": say(f"{form.name}_name"),
        "description": say(f"{form.name}_about"),
        "labels": [LABEL_TRAIN],
        "body": body,
    }


def _hyperparameter_names(algorithms: tuple[Algorithm, ...], title: str) -> str:
    lines = [f"- `{row.name}`: {', '.join(f'`{each.name}`' for each in row.hyperparameters)}" for row in algorithms]
    return "\n".join(["<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>"])


def _example(algorithm: Algorithm) -> str:
    """The first two hyperparameters that have a default, with it."""
    rows = [row for row in algorithm.hyperparameters if row.default is not None][:2]
    return "\n".join(f"{row.name}: {json.dumps(row.default)}" for row in rows)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are, so that a person can read the form."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _lines(dumper: _Dumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _lines)


def _text(form: Element) -> str:
    return _HEAD + yaml.dump(form, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


def main() -> None:
    """Write this repository's own forms, in English."""
    for path, text in issue_forms().items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
