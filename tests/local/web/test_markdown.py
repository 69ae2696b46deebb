"""Markdown becomes what GitHub shows, and nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from local.web.links import Place
from local.web.markdown import render

from .conftest import ATTACKS, assert_harmless, elements

HERE = Place("octo/models")


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text(attack: str) -> None:
    for text in (
        attack,
        f"a\n\n{attack}\n\nb",
        f"- {attack}",
        f"> {attack}",
        f"| a |\n|---|\n| {attack} |",
        f"**{attack}**",
    ):
        shown = render(text, HERE)
        assert_harmless(shown)
        for tag, attributes in elements(shown):
            assert tag not in ("form", "button", "textarea", "script", "meta", "link")
            assert not {"id", "name"} & set(attributes)
            assert tag != "input" or attributes["type"] == "checkbox"


def test_tables_keep_their_alignment() -> None:
    shown = render("| a | b |\n|:--|--:|\n| 1 | ~~2~~ |", HERE)
    assert ("td", {"align": "right"}) in elements(shown)
    assert "<s>2</s>" in shown


def test_task_lists_show_boxes_that_cannot_be_ticked() -> None:
    boxes = [attributes for tag, attributes in elements(render("- [x] done\n- [ ] open", HERE)) if tag == "input"]
    assert ["checked" in box for box in boxes] == [True, False]
    assert all("disabled" in box for box in boxes)


def test_details_fold_and_hold_markdown() -> None:
    shown = render("<details><summary>More</summary>\n\n**bold**\n\n</details>", HERE)
    assert shown.startswith("<details><summary>More</summary>")
    assert "<strong>bold</strong>" in shown


def test_alerts_bare_addresses_and_line_ends_are_understood() -> None:
    shown = render("> [!WARNING]\n> careful\n\nsee https://example.com/x\nnext", HERE)
    assert 'class="markdown-alert markdown-alert-warning"' in shown
    assert 'href="https://example.com/x"' in shown
    assert "<br>" in shown
    assert "<br>" not in render("one\ntwo", HERE, breaks=False)


def test_hidden_markers_are_not_shown() -> None:
    assert "issueops" not in render("<!-- issueops:12:status -->\nhello", HERE)


def test_numbers_and_logins_are_references_but_not_in_code() -> None:
    shown = render("see #12 and @ada, not `#13`, a#14 or a@b", HERE)
    assert '<a href="/octo/models/issues/12"' in shown
    assert "<strong>@ada</strong>" in shown
    assert "issues/13" not in shown
    assert "issues/14" not in shown


def test_a_flowchart_is_drawn_even_inside_a_fold() -> None:
    shown = render("<details><summary>x</summary>\n\n```mermaid\nflowchart TD\na --> b\n```\n\n</details>", HERE)
    assert shown.index("<details>") < shown.index("<svg") < shown.index("</details>")


def test_another_diagram_is_shown_as_its_text() -> None:
    shown = render("```mermaid\nsequenceDiagram\nA->>B: <hi>\n```", HERE)
    assert "<svg" not in shown
    assert "A-&gt;&gt;B: &lt;hi&gt;" in shown


def test_code_is_coloured_by_class_only() -> None:
    shown = render("```yaml\nalgorithm: <b>\n```", HERE)
    assert '<span class="tok-nt">algorithm</span>' in shown
    assert "&lt;b&gt;" in shown


def test_no_text_takes_longer_than_a_few_seconds() -> None:
    start = time.monotonic()
    for piece in ("[", "![", "<div>", "**a*", "`", "#1 ", "[a](", "- ", "> "):
        render((piece * 16_384)[:16_384], HERE)
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("http://localhost:4711/octo/models/blob/abc/h/x/roc.png?raw=true", "/octo/models/raw/abc/h/x/roc.png"),
        ("/octo/models/blob/main/a.PNG", "/octo/models/raw/main/a.PNG"),
        ("https://example.com/octo/models/blob/main/a.png", None),
        ("//example.com/octo/models/blob/main/a.png", None),
        ("/\\example.com/octo/models/blob/main/a.png", None),
        ("http://localhost.evil.example/octo/models/blob/main/a.png", None),
        ("http://localhost@evil.example/octo/models/blob/main/a.png", None),
        ("/octo/models/blob/main/a.svg", None),
        ("/executions", None),
        ("data:image/png;base64,AAAA", None),
        ("plots/roc.png", None),
    ],
)
def test_pictures_come_from_these_pages_only(address: str, path: str | None) -> None:
    assert HERE.picture(address) == path


def test_addresses_of_a_file_are_relative_to_it() -> None:
    place = Place("octo/models", "main", "training_history")
    assert place.picture("job/roc.png") == "/octo/models/raw/main/training_history/job/roc.png"
    assert place.link("../README.md#top") == "/octo/models/blob/main/README.md#top"
    assert place.link("../../../../../../etc/passwd") == "/etc/passwd"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " JAVASCRIPT:x", "java\nscript:x", "data:x", "file:///etc", "x:y"]
)
def test_links_lead_to_the_web_or_nowhere(address: str) -> None:
    assert HERE.link(address) is None


def test_the_stand_ins_addresses_lead_here_whatever_its_port_was() -> None:
    assert (
        HERE.link("http://127.0.0.1:40001/octo/models/issues/3#issuecomment-9")
        == "/octo/models/issues/3#issuecomment-9"
    )
    assert HERE.link("http://localhost:9/api/v3/user") == "http://localhost:9/api/v3/user"


@pytest.mark.parametrize("name", ["status_waiting.md", "status_failed.md"])
def test_the_status_comments_that_functions_write_are_drawn_and_folded(name: str) -> None:
    text = (Path(__file__).parents[2] / "lambdas" / "golden" / name).read_text(encoding="utf-8")
    shown = render(text, HERE)
    assert_harmless(shown)
    assert '<svg class="flowchart' in shown
    assert "<details" in shown
