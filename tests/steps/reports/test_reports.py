"""Both reports say the same, from the verdict to how the model was made; texts from the data are only shown."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from steps.evaluation.evaluation import Evaluation, Measured, SliceScore
from steps.evaluation.plots import Plot, draw_all
from steps.evaluation.report import Report
from steps.evaluation.report_html import html_report
from steps.evaluation.report_markdown import code, escaped, markdown_report, table

from .evaluations import (
    HOSTILE,
    NAN,
    card,
    champion,
    classification,
    clustering,
    importances,
    judge,
    metadata,
    projection,
    regression,
)

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Collects what a browser would see: elements, their attributes, the text; fails on unbalanced elements."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += f"{data} "

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def report(evaluation: Evaluation, plots: list[Plot] | None = None, **changes: Any) -> Report:
    facts: dict[str, Any] = changes.pop("card", {})
    verdict: dict[str, Any] = changes.pop("judge", {})
    return Report(
        evaluation=evaluation,
        model=card(evaluation.task_type, **facts),
        metadata=metadata(evaluation.task_type, **changes),
        judge=judge(**verdict),
        plots=[Plot("roc_curve", "ROC curve: AUC 0.9", "Each point is a threshold.", PIXEL)]
        if plots is None
        else plots,
    )


def both(shown: Report) -> dict[str, str]:
    """The text that a reader of each report sees, without the escapes of Markdown."""
    markdown = markdown_report(shown)
    unescaped = re.sub(r"\\(.)", r"\1", markdown).replace("\u200b", "").replace("&amp;", "&")
    return {"html": Page(html_report(shown)).text, "markdown": unescaped.replace("&#36;", "$")}


CASES = {
    "classification": (classification(), {"metric": "accuracy", "value": 0.93, "threshold": 0.9}),
    "regression": (
        regression(),
        {"metric": "rmse", "value": 1.0, "threshold": 0.5, "direction": "minimize"},
    ),
    "clustering": (clustering(), {"metric": "silhouette", "value": 0.6, "threshold": 0.5}),
    "dimensionality_reduction": (projection(), {"metric": "trustworthiness", "value": 0.97, "threshold": 0.9}),
}


@pytest.mark.parametrize("task_type", CASES)
def test_both_reports_tell_the_verdict_the_metrics_and_how_the_model_was_made(task_type: str) -> None:
    evaluation, verdict = CASES[task_type]
    shown = report(evaluation, judge=verdict)
    for text in both(shown).values():
        assert shown.verdict in text
        assert ("Passed" in text) is shown.passed
        for name in evaluation.metrics:
            assert f"{evaluation.metrics[name].value:#.4g}" in text
        for said in (
            "12 rows stand in the data twice.",
            "Remove them.",
            "missing cells become the median",
            "left out: different in every row",
            "stratified (test_size = 0.2; validation_size = 0.1)",
            "scaling = standard",
            "n_estimators = 200",
            "classes_in_training = 3",
            "scikit-learn = 1.9.1",
            "3f9ac0de",
        ):
            assert said in text, said


def test_a_model_below_the_bar_is_told_apart_in_words() -> None:
    evaluation, verdict = CASES["regression"]
    shown = report(evaluation, judge=verdict)
    assert shown.verdict == "Below the bar: rmse is 1.000, asked for at most 0.5 (margin -0.5)."
    assert 'class="verdict failed"' in html_report(shown)


def test_deviation_dummy_and_champion_stand_beside_each_metric() -> None:
    for text in both(report(classification())).values():
        row = re.search(r"Accuracy[^A-Z]*", text)
        assert row is not None
        assert re.findall(r"[\d.]+", row.group())[1:] == ["0.020", "0.4000", "0.9000", "0.030"]
        assert "twice the noise" in text
        assert "It may have seen some of these rows" in text


def test_columns_without_content_are_left_out_of_the_metrics() -> None:
    for text in both(report(clustering(), judge=CASES["clustering"][1])).values():
        assert "dummy" not in text.lower()
        assert "champion" not in text.lower()
        assert "ARI" not in text, "no reference was named"
    named = report(clustering(), judge=CASES["clustering"][1], reference={"name": "kind", "classes": ["a", "b", "c"]})
    assert all("compare with column kind" in text for text in both(named).values())


def test_details_by_class_group_column_and_fold_are_told() -> None:
    for text in both(report(classification())).values():
        assert re.search(r"Dream\W+accuracy\W+30\W+0.8100 ± 0.050\W+-0.12", text)
        assert re.search(r"bill_length_mm\W+0.300\W+0.020", text)
        assert re.search(r"Gentoo\W+0.9000\W+0.8000\W+0.8500", text)
        assert "0.96, 0.97, 0.98" in text
    sizes = {-1: 5, 0: 90, 1: 5}
    for text in both(report(replace(clustering(), cluster_sizes=sizes), judge=CASES["clustering"][1])).values():
        assert re.search(r"0\W+90 \(90.0%\)\W+1\W+5 \(5.0%\)\W+noise\W+5 \(5.0%\)", text)


def test_the_second_class_is_named_where_precision_speaks_of_it() -> None:
    for text in both(report(classification(("no", "yes")))).values():
        assert "Precision, recall and F1 are those of class yes." in text


def test_warnings_of_the_trainer_are_shown() -> None:
    shown = report(classification(), card={"facts": {"warnings": ["The solver did not converge."]}})
    assert all("warning The solver did" in text.replace("**", "") for text in both(shown).values())


def test_the_page_needs_nothing_but_itself_and_runs_nothing() -> None:
    text = html_report(report(classification()))
    page = Page(text)
    policy = next(item["content"] for item in page.all("meta") if "http-equiv" in item)
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert "http://" not in text
    assert "https://" not in text
    assert "url(" not in text
    assert "@import" not in text
    assert page.all("script") == page.all("link") == page.all("iframe") == []
    assert all(item["src"].startswith("data:image/png;base64,") for item in page.all("img"))
    assert all(item["href"].startswith("#") for item in page.all("a"))


def test_the_page_reads_well_without_eyes() -> None:
    page = Page(html_report(report(classification())))
    assert page.elements[0] == ("html", {"lang": "en"})
    assert all(item["alt"] for item in page.all("img"))
    assert all("scope" in item for item in page.all("th"))
    ids = {item["id"] for item in page.all("section") + page.all("h2") if "id" in item}
    assert {item["href"].removeprefix("#") for item in page.all("a")} <= ids
    assert {item["aria-labelledby"] for item in page.all("section") if "aria-labelledby" in item} <= ids
    assert len(page.all("h1")) == 1


def hostile(rows: int = 3) -> Report:
    """A report in which every text from the data is hostile."""
    columns = [
        {"name": f"{name}{index}", "kind": name, "missing": 1, "treatment": name, "mean": 1e300, "min": -1e-300}
        for index in range(rows)
        for name in HOSTILE
    ]
    evaluation = replace(
        classification(HOSTILE),
        champion=replace(champion(HOSTILE[0]), verdict=HOSTILE[2], remarks=HOSTILE),
        importances=importances(HOSTILE * rows),
        slices=[SliceScore(name, name, 3, Measured(0.5, 0.1), -0.2) for name in HOSTILE * rows],
        remarks=HOSTILE,
    )
    names = {name: name for name in HOSTILE}
    plot = Plot("champion", HOSTILE[0], HOSTILE[2], PIXEL)
    return report(
        evaluation,
        [plot] * rows,
        card={
            "hyperparameters": names,
            "facts": {name: [name] for name in HOSTILE},
            "versions": names,
            "training_job_name": HOSTILE[0],
        },
        dataset_id=HOSTILE[0],
        target=HOSTILE[2],
        columns=columns,
        files=list(HOSTILE),
        preprocessing=names,
        split={"kind": HOSTILE[0]} | names,
        classes=list(HOSTILE),
        class_weights=[1.0] * len(HOSTILE),
        reference={"name": HOSTILE[3]},
        findings=[{"severity": name, "message": name, "remedy": name} for name in HOSTILE * rows],
    )


def test_hostile_texts_are_shown_in_the_page_and_not_rendered() -> None:
    text = html_report(hostile())
    page = Page(text)
    assert "<script>alert(1)</script>" in page.text
    assert page.all("script") == page.all("b") == []
    assert "\u202e" not in text
    assert "\x00" not in text
    assert all(item["src"].startswith("data:image/png;base64,") for item in page.all("img"))


def test_hostile_texts_are_shown_in_markdown_and_not_rendered() -> None:
    text = markdown_report(hostile())
    prose = re.sub(r"`[^`\n]*`", "", text)
    assert not re.search(r"(?<!\\)<", prose), "no element"
    assert not re.search(r"(?<!\\)\*\*bold", prose), "no markup"
    assert not re.search(r"@\w", prose), "no mention"
    assert not re.search(r"(?<!&)#\d", prose), "no reference"
    assert "://" not in prose, "no link"
    assert "$" not in prose, "no formula"
    assert "\u202e" not in text
    assert re.findall(r"!\[.*?\]\((.*?)\)", re.sub(r"\\.", "", prose)) == ["plots/champion.png"] * 3
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", row)) for row in block.splitlines()}
        assert len(widths) == 1, "every row of a table has as many cells"


@pytest.mark.parametrize("rows", [1, 30, 300])
def test_markdown_stays_short_whatever_the_data_and_names_what_it_leaves_out(rows: int) -> None:
    text = markdown_report(hostile(rows))
    assert len(text) < 30_000
    assert text.startswith("# ")
    assert "Passed" in text
    if rows > 1:
        assert "stand in the HTML report" in text
    if rows == 300:
        assert "The HTML report also holds:" in text


def test_the_page_stays_within_bounds() -> None:
    text = html_report(hostile(200))
    assert len(text.encode()) < 1_500_000
    assert "more rows are not shown" in text


def test_undefined_and_absent_numbers_are_dashes() -> None:
    evaluation = replace(
        classification(),
        metrics={"accuracy": Measured(0.9, NAN), "f1": Measured(NAN, NAN)},
        importances=(),
        champion=replace(champion(), metrics={}, difference=None, verdict="It could not be loaded."),
    )
    shown = report(evaluation, card={"cross_validation": None, "facts": {}, "training_seconds": None})
    for text in both(shown).values():
        assert "nan" not in text.lower().replace("finance", "")
        assert "It could not be loaded." in text
        assert "The model in place is penguin-species@3." in text


def test_a_report_without_plots_findings_or_columns_has_no_empty_sections() -> None:
    bare = Evaluation("classification", {"accuracy": Measured(0.9, 0.1)}, classification().predictions)
    shown = report(bare, [], columns=[], findings=[], card={"cross_validation": None})
    for text in both(shown).values():
        for title in ("Plots", "By class", "Where it does worst", "Noticed in the data", "Columns", "Cross validation"):
            assert title not in text


def test_files_of_an_older_format_are_shown_as_far_as_they_go() -> None:
    old = {name: metadata()[name] for name in ("dataset_id", "target", "task_type", "rows", "columns", "findings")}
    model = {"algorithm": "random_forest", "hyperparameters": {}, "seed": 1, "versions": {}, "dataset": {}}
    shown = Report(classification(), model, old, judge())
    assert "random_forest on penguins" in html_report(shown)
    assert "defaults" in markdown_report(shown)


def test_equal_evaluations_give_equal_reports() -> None:
    first, second = (report(classification(), draw_all(classification(), card(), metadata())) for _ in range(2))
    assert html_report(first) == html_report(second)
    assert markdown_report(first) == markdown_report(second)


def test_a_custom_metric_is_shown_under_its_own_name() -> None:
    evaluation = replace(classification(), metrics={"accuracy": Measured(0.9, 0.1), "cost": Measured(12.0, 1.0)})
    shown = report(evaluation, judge={"metric": "cost", "value": 12.0, "threshold": 10.0, "direction": "minimize"})
    assert shown.metric_names() == ["cost", "accuracy"]
    assert all("12.00" in text for text in both(shown).values())


def test_means_of_classes_are_not_shown_twice() -> None:
    both_names = {"accuracy": Measured(0.9, 0.1), "f1": Measured(0.8, 0.1), "f1_macro": Measured(0.8, 0.1)}
    three, two = (
        report(replace(classification(names), metrics=both_names)) for names in (("a", "b", "c"), ("no", "yes"))
    )
    assert three.metric_names() == ["accuracy", "f1"]
    assert two.metric_names() == ["accuracy", "f1", "f1_macro"]
    judged = report(three.evaluation, judge={"metric": "f1_macro"})
    assert judged.metric_names() == ["f1_macro", "accuracy", "f1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b", "a\\_b"),
        ("1. first", "\u200b1. first"),
        ("- item", "\u200b- item"),
        ("---", "\u200b---"),
        ("-0.5", "-0.5"),
        ("3.14", "3.14"),
        ("a & b", "a &amp; b"),
        ("www.evil.example", "www\u200b.evil.example"),
    ],
)
def test_markdown_escapes_only_what_markdown_would_read(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_code_spans_and_tables_hold_any_text() -> None:
    assert code("a`b|c\nd") == "`a'b¦c d`"
    assert code("") == ""
    assert table(["a|b", "n"], [["x|y", "1"]]) == "| a\\|b | n |\n| --- | ---: |\n| x\\|y | 1 |"
