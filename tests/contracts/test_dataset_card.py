"""dataset.yaml: what it may say, how the issue overrides it, and what is wrong with it."""

from __future__ import annotations

import pytest

from contracts.dataset_card import DatasetCard, read_dataset_card
from contracts.findings import Finding
from contracts.issue_text import parse_issue

ISSUE = "algorithm: random_forest\ndataset_id: penguins\nevaluation_metric: accuracy\nevaluation_threshold: 0.9\n"
CARD = """title: Penguins
target: species
id_columns: [study]
column_types: {island: categorical, year: numeric}
column_names: [species, island, year, study]
separator: tab
licence: CC0-1.0
"""


def card_of(text: str) -> DatasetCard:
    card, findings = read_dataset_card(text)
    assert findings == []
    assert card is not None
    return card


def test_an_issue_need_not_repeat_what_the_data_set_says() -> None:
    config = parse_issue(ISSUE, lambda _: (card_of(CARD), [])).config
    assert config is not None
    assert config.target == "species"
    assert config.preprocessing_config == {
        "column_names": ["species", "island", "year", "study"],
        "separator": "tab",
        "column_types": {"island": "categorical", "year": "numeric"},
        "drop_columns": ["study"],
    }


def test_the_issue_overrides_the_data_set() -> None:
    own = "target: island\npreprocessing_config:\n  keep_columns: [study]\n  column_types: {year: categorical}\n"
    config = parse_issue(ISSUE + own, lambda _: (card_of(CARD), [])).config
    assert config is not None
    assert config.target == "island"
    assert config.preprocessing_config["column_types"] == {"island": "categorical", "year": "categorical"}
    assert "drop_columns" not in config.preprocessing_config


def test_an_unsupervised_issue_may_leave_the_known_labels_out() -> None:
    issue = "algorithm: kmeans\ndataset_id: penguins\nevaluation_threshold: 0.3\n"
    dropping = issue + "preprocessing_config: {drop_columns: [species]}\n"
    for text, target in ((issue, "species"), (dropping, None)):
        config = parse_issue(text, lambda _: (card_of(CARD), [])).config
        assert config is not None
        assert config.target == target


def test_a_card_that_is_wrong_is_reported_with_the_issues_own_mistakes() -> None:
    body = ISSUE.replace("0.9", "2")
    asked: list[str] = []

    def card_of(dataset_id: str) -> tuple[None, list[Finding]]:
        asked.append(dataset_id)
        return None, read_dataset_card("targte: x\n")[1]

    found = [finding.message for finding in parse_issue(body, card_of).findings]
    assert asked == ["penguins"]
    assert any("dataset.yaml, line 1: no field 'targte'; did you mean 'target'?" in message for message in found)
    assert any("evaluation_threshold must be in [0, 1]" in message for message in found)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("- a\n", "must be a mapping of fields"),
        ("target: [a]\n", "line 1: target must be the name of a column"),
        ("title: x\ntask_type: sorting\n", "line 2: task_type must be one of classification"),
        ("column_types: {a: integer}\n", "column_types must be a mapping of columns"),
        ("a: &x 1\n", "anchors and aliases"),
        ("x" * 70_000, "at most 65536 characters"),
    ],
)
def test_a_mistake_names_the_line(text: str, wrong: str) -> None:
    card, findings = read_dataset_card(text)
    assert card is None
    assert any(wrong in finding.message for finding in findings)


def test_an_empty_card_says_nothing() -> None:
    assert card_of("") == DatasetCard()
