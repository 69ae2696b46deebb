"""What the comment on a run shows of its evaluation, and what strangers' texts may not do in it."""

import re
from pathlib import Path

import pytest

from contracts.evaluation_report import EvaluationReport
from lambdas.edge import Fields
from lambdas.plots import SHOWN, is_permanent, shown_images, title
from lambdas.run_comment import run_comment
from lambdas.run_facts import RunFacts
from tests.lambdas.world import WHOLE_REPORT, common, whole_report

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/abc"
FACTS = RunFacts.from_fields(Fields(common(1, ARN)))
SHA = "0123456789abcdef0123456789abcdef01234567"
URL = f"https://github.com/octo/models/blob/{SHA}/training_history/job-1.md"
CHAMPION = WHOLE_REPORT["champion"]


def comment(language="en", *, url="", plots=(), **members):
    report = EvaluationReport.from_json(whole_report(**members))
    return run_comment("training_success", language, FACTS, report, history_url=url, plots=plots)


def metric_rows(text):
    table = text[text.index("| metric |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_the_judged_metric_comes_first_and_the_table_stays_short():
    rows = metric_rows(comment())

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
def test_a_column_that_nobody_fills_is_left_out(members, head):
    assert metric_rows(comment(**members))[0] == head


@pytest.mark.parametrize(
    ("outcome", "english", "japanese"),
    [
        ("better", "Better than the model in place", "改善しました"),
        ("worse", "Worse than the model in place", "悪化しました"),
        ("same", "No difference from the model in place", "誤差の範囲内"),
        ("unknown", "Not comparable with the model in place", "比較できませんでした"),
    ],
)
def test_how_it_compares_with_the_model_in_place_is_one_sentence_in_either_language(outcome, english, japanese):
    champion = CHAMPION | {"outcome": outcome, "difference": {"value": -0.02, "standard_deviation": 0.005}}

    assert english in comment(champion=champion)
    assert japanese in comment("ja", champion=champion)
    if outcome != "unknown":
        assert "0.02 ± 0.005" in comment(champion=champion)


def test_why_it_could_not_be_compared_is_told():
    champion = CHAMPION | {
        "outcome": "unknown", "difference": None, "metrics": {}, "verdict": "It knows other classes (<i>'a'</i>).",
    }  # fmt: skip
    text = comment(champion=champion)

    assert "It knows other classes (&lt;i&gt;'a'&lt;/i&gt;)." in text
    assert "It may have seen some of these test rows." in text


def test_without_a_model_in_place_there_is_no_sentence_on_it():
    assert "model in place" not in comment(champion=None)


def test_warnings_are_folded_away_and_remarks_are_not_among_them():
    text = comment()

    assert "<summary>⚠️ Warnings about the data: 1</summary>" in text
    assert "- 'x' &lt;script&gt; gives the target away. Drop it.\n\n</details>" in text
    assert "Rare levels" not in text
    assert "警告:1 件" in comment("ja")
    assert "<details>" not in comment(findings=[])


def test_of_many_warnings_five_are_shown_and_the_rest_is_counted():
    warning = {"severity": "warning", "message": "x\n\n</details>\n# Boo" + "y" * 3000, "remedy": "z"}
    text = comment(findings=[warning] * 12)

    assert "Warnings about the data: 12" in text
    assert "7 more are left out here" in text
    assert "ほか 7 件は省略しました" in comment("ja", findings=[warning] * 12)
    assert text.count("</details>") == 1
    assert len(re.findall(r"^- x ", text, re.MULTILINE)) == 5
    assert max(map(len, text.splitlines())) < 1000


def test_the_most_telling_pictures_come_first_and_no_more_than_three():
    names = ["calibration", "precision_recall", "permutation_importance", "roc_curve", "confusion_matrix"]
    text = comment(url=URL, plots=names)

    folder = f"https://github.com/octo/models/blob/{SHA}/training_history/job-1"
    assert [line for line in text.splitlines() if line.startswith("![")] == [
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
def test_every_task_shows_its_own(plots, titles):
    assert [image[2 : image.index("]")] for image in shown_images(URL, plots)] == titles


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
def test_what_is_no_permanent_address_becomes_no_link(url):
    text = comment(url=url, plots=["roc_curve"])

    assert not is_permanent(url)
    assert "![" not in text
    assert "evil" not in text


def test_every_picture_shown_is_one_that_an_evaluation_draws():
    folder = Path(__file__).parents[2] / "steps" / "evaluation" / "plots"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    drawn = set(re.findall(r'finished\(source, figure, "([a-z0-9_]+)"', source))

    assert len(drawn) > len(SHOWN)
    assert set(SHOWN) <= drawn
    assert all(title(name) for name in drawn)
