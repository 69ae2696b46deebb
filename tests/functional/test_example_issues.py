"""Every example issue goes the whole way, as a user would start it; the champion is met again in the next run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.algorithms import ALGORITHMS
from contracts.issue_text import parse_issue
from tests.functional.conftest import ROOT, Command

ISSUES = sorted(
    path for path in (ROOT / "examples" / "issues").glob("*.md") if path.stem != "penguins_retrain"
)  # that one is meant to wait


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """One home for all, as a team's would be."""
    return Command(tmp_path_factory.mktemp("examples") / "home")


def evaluation(out: dict[str, object]) -> dict[str, object]:
    content: dict[str, object] = json.loads(Path(str(out["report_path"])).with_name("evaluation.json").read_text())
    return content


def test_every_algorithm_has_an_example() -> None:
    shown = {config.algorithm for path in ISSUES if (config := parse_issue(path.read_text(encoding="utf-8")).config)}
    assert shown == set(ALGORITHMS)


@pytest.mark.parametrize("issue", ISSUES, ids=lambda path: path.stem)
def test_an_example_ends_in_a_registered_model(home: Command, issue: Path) -> None:
    result = home("run", str(issue))

    assert result.code == 0, result.stderr
    out = result.json
    assert (out["status"], out["decision"]) == ("Succeeded", "registered")
    report = Path(out["report_path"])
    assert report.stat().st_size > 10_000
    assert list((report.parent / "plots").glob("*.png"))
    names = parse_issue(issue.read_text(encoding="utf-8")).config
    assert names is not None
    assert names.evaluation_metric in out["evaluation"]


def test_a_new_model_is_compared_with_the_one_in_place(home: Command, tmp_path: Path) -> None:
    issue = (ROOT / "examples" / "issues" / "penguins.md").read_text(encoding="utf-8")
    home("models", "approve", "penguin-species@1", "--reason", "good enough")
    weaker = tmp_path / "weaker.md"
    weaker.write_text(issue.replace("n_estimators: 200", "n_estimators: 3").replace("max_depth: 8", "max_depth: 1"))

    result = home("run", str(weaker), "--reply", "/accept for the test")

    assert result.code == 0, result.stderr
    champion = evaluation(result.json)["champion"]
    assert isinstance(champion, dict)
    assert champion["reference"] == "penguin-species@1"
    assert champion["outcome"] == "worse"
    assert champion["metrics"]["accuracy"]["value"] > 0.95


def test_a_registered_model_predicts_raw_rows(home: Command, tmp_path: Path) -> None:
    rows = ROOT / "examples" / "data" / "penguins" / "penguins.csv"
    answers = tmp_path / "answers.csv"

    result = home("predict", "penguin-species@1", str(rows), "-o", str(answers))

    assert result.code == 0, result.stderr
    lines = answers.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 345
    assert lines[0].split(",")[0] == "prediction"
    species = [line.split(",")[0] for line in rows.read_text(encoding="utf-8").splitlines()[1:]]
    right = sum(line.split(",")[0] == name for line, name in zip(lines[1:], species, strict=True))
    assert right / len(species) > 0.97


def test_versions_are_compared(home: Command) -> None:
    result = home("models", "compare", "penguin-species@1", "penguin-species@2", "--metric", "accuracy")

    assert result.code == 0, result.stderr
    assert "penguin-species@1" in result.stdout
