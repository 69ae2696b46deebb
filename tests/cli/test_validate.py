"""`issueops validate`: the mistakes of an issue, with what the data set says of itself taken into account."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main

ISSUE = "algorithm: random_forest\ndataset_id: birds\nevaluation_metric: accuracy\nevaluation_threshold: 0.9\n"


@pytest.fixture
def issue(tmp_path: Path) -> Path:
    path = tmp_path / "issue.md"
    path.write_text(ISSUE, encoding="utf-8")
    (tmp_path / "data" / "birds").mkdir(parents=True)
    return path


def run(issue: Path) -> int:
    return main(["validate", str(issue), "--data", str(issue.parent / "data")])


def test_what_the_data_set_says_fills_the_gap(issue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(issue) == 2
    assert "target is missing" in capsys.readouterr().err
    (issue.parent / "data" / "birds" / "dataset.yaml").write_text("target: species\n", encoding="utf-8")
    assert run(issue) == 0
    assert "is valid" in capsys.readouterr().out


@pytest.mark.parametrize(("card", "wrong"), [(b"targte: x\n", "no field 'targte'"), (b"\xff\xfe\x00", "must be UTF-8")])
def test_a_data_set_that_describes_itself_wrongly_is_told(
    issue: Path, capsys: pytest.CaptureFixture[str], card: bytes, wrong: str
) -> None:
    (issue.parent / "data" / "birds" / "dataset.yaml").write_bytes(card)
    assert run(issue) == 2
    assert wrong in capsys.readouterr().err


def test_a_data_set_outside_the_folder_is_not_looked_for(issue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (issue.parent / "dataset.yaml").write_text("target: species\n", encoding="utf-8")
    issue.write_text(ISSUE.replace("birds", "../.."), encoding="utf-8")
    assert run(issue) == 2
    assert "dataset_id must be" in capsys.readouterr().err
