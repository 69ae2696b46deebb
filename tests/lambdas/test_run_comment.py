"""The short comment on a run, the pieces of its evaluation, and what strangers' texts may not do in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from contracts.evaluation_report import EvaluationReport, headlines
from lambdas.edge import Fields
from lambdas.plots import SHOWN, is_permanent, shown_images, title
from lambdas.report_text import champion_sentence, data_warnings, metrics_table
from lambdas.run_comment import LABELS, run_comment
from lambdas.run_facts import RunFacts
from tests.lambdas.world import WHOLE_REPORT, common, whole_report

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/abc"
FACTS = RunFacts.from_fields(Fields(common(1, ARN)))
SHA = "0123456789abcdef0123456789abcdef01234567"
URL = f"https://github.com/octo/models/blob/{SHA}/training_history/job-1.md"
CHAMPION = WHOLE_REPORT["champion"]
OUTCOME = {"operator": "ada", "reason": "drifts @all <b>", "current_model_version": "2"}


def evaluated(**members: Any) -> EvaluationReport:
    return EvaluationReport.from_json(whole_report(**members))


def comment(language: str = "en", *, kind: str = "training_success", **more: Any) -> str:
    return run_comment(kind, language, FACTS, evaluated(), **more)


def metric_rows(report: EvaluationReport) -> list[list[str]]:
    table = metrics_table(report, headlines(report.metrics, report.metric))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


# The comment


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("kind", LABELS)
def test_every_comment_is_short_and_has_no_table(kind: str, language: str) -> None:
    text = comment(language, kind=kind, outcome=OUTCOME, failed_step="TrainModel", reason="no memory")

    assert text.startswith("### ")
    assert "|---" not in text
    assert len(text) < 1_200
    assert len(text.splitlines()) <= 14


def test_a_success_says_how_far_how_it_compares_which_version_and_what_next() -> None:
    text = comment(model_version="3", history_path="training_history/job-1.md", history_url=URL)

    assert "the threshold is 0.95. Version **3** of `penguin-species` is registered" in text
    assert "Better than the model in place, `penguin-species@\u200b3`, by 0.02 ± 0.005" in text
    assert "**Next:** answer `/approve`" in text
    assert text.endswith(f"[History: `training_history/job-1.md`]({URL})")


@pytest.mark.parametrize("kind", ["training_accepted", "training_rejected"])
def test_who_decided_and_why_is_told_as_text(kind: str) -> None:
    assert "Decided by ada: drifts @\u200ball &lt;b&gt;" in comment(kind=kind, outcome=OUTCOME)
    assert "決定者:ada" in comment("ja", kind=kind, outcome=OUTCOME)
    assert "Decided by ada.\n" in comment(kind=kind, outcome={"operator": "ada"})


@pytest.mark.parametrize("kind", ["training_failed", "training_rejected"])
def test_a_training_that_was_not_taken_says_which_model_stays(kind: str) -> None:
    assert "Version **2** of `penguin-species` stays in place." in comment(kind=kind, outcome=OUTCOME)
    assert "has no earlier model" in comment(kind=kind, outcome={"rollback_status": "no_previous_model"})
    assert "stays in place" not in comment(kind=kind)


def test_a_run_without_a_report_names_no_value() -> None:
    text = run_comment("training_failed", "en", FACTS, None)

    assert "`accuracy` is **–**" in text
    assert "model in place" not in text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://github.com/octo/models/blob/main/training_history/job-1.md",
        URL.replace("https", "javascript"),
        URL + ")](x)",
        URL.replace("job-1", "job 1"),
        URL.replace("job-1", "job-1) ![x](http://evil"),
        URL + "\n",
        "x" + URL,
    ],
)
def test_what_is_no_permanent_address_becomes_no_link(url: str) -> None:
    text = comment(history_path="training_history/job-1.md", history_url=url)

    assert not is_permanent(url)
    assert shown_images(url, ["roc_curve"]) == []
    assert "](" not in text
    assert "evil" not in text
    assert "History: `training_history/job-1.md`" in text


# The pieces


def test_the_judged_metric_comes_first_and_the_table_stays_short() -> None:
    rows = metric_rows(evaluated())

    assert rows[0] == ["metric", "value", "dummy", "champion"]
    assert rows[2] == ["f1_macro", "0.92 ± 0.012", "0.2", "0.9 ± 0.02"]
    assert [row[0] for row in rows[3:]] == ["accuracy", "precision", "recall", "f1", "auc_roc", "log_loss"]
    assert rows[3] == ["accuracy", "0.97 ± 0.01", "0.44", "–"]


@pytest.mark.parametrize(
    ("members", "head"),
    [
        ({"champion": None}, ["metric", "value", "dummy"]),
        ({"baseline": {}}, ["metric", "value", "champion"]),
        ({"champion": None, "baseline": {}}, ["metric", "value"]),
        ({"champion": CHAMPION | {"metrics": {}}, "baseline": {"dummy": {"brier": 0.6}}}, ["metric", "value"]),
    ],
)
def test_a_column_that_nobody_fills_is_left_out(members: dict[str, Any], head: list[str]) -> None:
    assert metric_rows(evaluated(**members))[0] == head


@pytest.mark.parametrize(
    ("outcome", "english", "japanese"),
    [
        ("better", "Better than the model in place", "改善しました"),
        ("worse", "Worse than the model in place", "悪化しました"),
        ("same", "No difference from the model in place", "誤差の範囲内"),
        ("unknown", "Not comparable with the model in place", "比較できませんでした"),
    ],
)
def test_how_it_compares_with_the_model_in_place_is_one_sentence_in_either_language(
    outcome: str, english: str, japanese: str
) -> None:
    champion = CHAMPION | {"outcome": outcome, "difference": {"value": -0.02, "standard_deviation": 0.005}}
    report = evaluated(champion=champion)

    assert english in champion_sentence(report, "en")
    assert japanese in champion_sentence(report, "ja")
    if outcome != "unknown":
        assert "0.02 ± 0.005" in champion_sentence(report, "en")


def test_why_it_could_not_be_compared_is_told() -> None:
    champion = CHAMPION | {
        "outcome": "unknown", "difference": None, "metrics": {}, "verdict": "It knows other classes (<i>'a'</i>).",
    }  # fmt: skip
    report = evaluated(champion=champion)

    assert "It knows other classes (&lt;i&gt;'a'&lt;/i&gt;)." in champion_sentence(report, "en")
    assert "It may have seen some of these test rows." in champion_sentence(report, "en")
    assert "It may have seen" not in champion_sentence(report, "en", remarks=False)


def test_without_a_model_in_place_there_is_no_sentence_on_it() -> None:
    assert champion_sentence(evaluated(champion=None), "en") == ""


def test_warnings_are_folded_away_and_remarks_are_not_among_them() -> None:
    text = data_warnings(evaluated(), "en")

    assert "<summary>⚠️ Warnings about the data: 1</summary>" in text
    assert "- 'x' &lt;script&gt; gives the target away. Drop it.\n\n</details>" in text
    assert "Rare levels" not in text
    assert "警告:1 件" in data_warnings(evaluated(), "ja")
    assert data_warnings(evaluated(findings=[]), "en") == ""


def test_of_many_warnings_five_are_shown_and_the_rest_is_counted() -> None:
    warning = {"severity": "warning", "message": "x\n\n</details>\n# Boo" + "y" * 3000, "remedy": "z"}
    report = evaluated(findings=[warning] * 12)
    text = data_warnings(report, "en")

    assert "Warnings about the data: 12" in text
    assert "7 more are left out here" in text
    assert "ほか 7 件は省略しました" in data_warnings(report, "ja")
    assert text.count("</details>") == 1
    assert len(re.findall(r"^- x ", text, re.MULTILINE)) == 5
    assert max(map(len, text.splitlines())) < 1000


def test_the_most_telling_pictures_come_first_and_no_more_than_three() -> None:
    names = ["calibration", "precision_recall", "permutation_importance", "roc_curve", "confusion_matrix"]

    folder = f"https://github.com/octo/models/blob/{SHA}/training_history/job-1"
    assert shown_images(URL, names) == [
        f"![Confusion matrix]({folder}/confusion_matrix.png?raw=true)",
        f"![ROC curve]({folder}/roc_curve.png?raw=true)",
        f"![Precision and recall]({folder}/precision_recall.png?raw=true)",
    ]


@pytest.mark.parametrize(
    ("plots", "titles"),
    [
        (("residuals", "predicted_actual", "champion"), ["Predicted against actual", "Residuals"]),
        (("silhouette", "cluster_sizes", "cluster_map"), ["Cluster map", "Silhouette"]),
        (("learning_curve", "projection"), ["Projection"]),
        (("learning_curve",), []),
    ],
)
def test_every_task_shows_its_own(plots: tuple[str, ...], titles: list[str]) -> None:
    assert [image[2 : image.index("]")] for image in shown_images(URL, plots)] == titles


def test_every_picture_shown_is_one_that_an_evaluation_draws() -> None:
    folder = Path(__file__).parents[2] / "steps" / "evaluation" / "plots"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    drawn = set(re.findall(r'finished\(source, figure, "([a-z0-9_]+)"', source))

    assert len(drawn) > len(SHOWN)
    assert set(SHOWN) <= drawn
    assert all(title(name) for name in drawn)
