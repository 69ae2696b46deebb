"""One text, written for GitHub, Slack, plain text and HTML; strangers' values are text in all of them."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.messages import escape, message
from lambdas.channels.markup import blocks, plain_line
from lambdas.channels.renderings import (
    MAX_SUBJECT,
    ascii_subject,
    github_comment,
    html_text,
    plain_text,
    slack_text,
    subject,
)
from tests.lambdas.channel_town import NEWS

HOSTILE = "<script>x</script> @channel <!here> *b* _i_ ~~s~~ `c` [a](http://evil.example) & http://evil.example | #1"


def slack(text: str) -> str:
    """The text as mrkdwn, without title and link."""
    return slack_text(replace(NEWS, title="t", text=text), "en").split("\n\n", 1)[1].rsplit("\n\n", 1)[0]


def plain(text: str) -> str:
    return plain_text(replace(NEWS, title="t", text=text), "en").split("\n\n", 1)[1].rsplit("\n\n", 1)[0]


def page(text: str) -> str:
    return html_text(replace(NEWS, title="t", text=text), "en").split("</h3>\n", 1)[1].rsplit("\n<p>", 1)[0]


@pytest.mark.parametrize(
    ("markdown", "mrkdwn", "text", "html"),
    [
        ("**bold**", "*bold*", "bold", "<p><strong>bold</strong></p>"),
        ("`a_b*c`", "`a_b*c`", "a_b*c", "<p><code>a_b*c</code></p>"),
        ("### Head", "*Head*", "Head", "<h4>Head</h4>"),
        ("- one\n- two", "• one\n• two", "- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        (
            "[History: `x.md`](https://a.example/x.md#1)",
            "<https://a.example/x.md#1|History: x.md>",
            "History: x.md (https://a.example/x.md#1)",
            '<p><a href="https://a.example/x.md#1">History: x.md</a></p>',
        ),
        ("![Curve](https://a.example/x.png)", "<https://a.example/x.png|Curve>", "Curve (https://a.example/x.png)",
         '<p><a href="https://a.example/x.png">Curve</a></p>'),
        ("a\nb\n\nc", "a\nb\n\nc", "a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>"),
        ("```\nx = '<a>'\n```", "`x = '&lt;a&gt;'`", "x = '<a>'", "<pre>x = &#x27;&lt;a&gt;&#x27;</pre>"),
        ("<details><summary>More</summary>", "More", "More", "<p>More</p>"),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))", "[a](javascript:alert(1))",
         "<p>[a](javascript:alert(1))</p>"),
        ("**open `code", "∗∗open ʼcode", "**open `code", "<p>**open `code</p>"),
    ],
)  # fmt: skip
def test_simple_markdown_in_every_channels_words(markdown: str, mrkdwn: str, text: str, html: str) -> None:
    assert slack(markdown) == mrkdwn
    assert plain(markdown) == text
    assert page(markdown) == html


def test_slacks_marks_count_beside_japanese_too() -> None:
    assert (
        slack("値は**0.97**\uff08基準 `0.9`\uff09です。") == "値は\u200b*0.97*\u200b\uff08基準 `0.9`\u200b\uff09です。"
    )
    assert slack("(**a**), `b`.") == "(*a*), `b`."


def test_a_strangers_value_is_text_in_slack() -> None:
    text = slack(escape(HOSTILE))

    assert re.findall(r"<[^>]*>", text) == []
    assert not re.search(r"(?<!\w)[*_~`]", text)
    assert "&lt;script&gt;" in text
    assert "∗b∗ ˍiˍ" in text
    assert "http://evil" not in text


def test_a_strangers_value_is_text_in_html_and_in_plain_text() -> None:
    assert "<" not in page(escape(HOSTILE)).removeprefix("<p>").removesuffix("</p>")
    assert "<script>x</script> @\u200bchannel" in plain(escape(HOSTILE))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_texts_of_ours_leave_no_marks_behind(language: str) -> None:
    text = message(
        "retrain_required", language, evaluation_metric="f1_macro", value="0.5", evaluation_threshold="0.9",
        current_retry=0, max_retry=3,
    )  # fmt: skip

    for written in (slack(text), plain(text), page(text)):
        assert "**" not in written
        assert "###" not in written
    assert "/retrain NAME=VALUE" in plain(text)
    assert "<code>/accept</code>" in page(text)


def test_the_comment_links_to_the_status_comment_only_where_there_is_one() -> None:
    issue = "https://github.com/octo/models/issues/7"
    assert (
        github_comment(NEWS, "en", status_url=issue)
        == "### ✅ The model reached its threshold\n\n`accuracy` is **0.97**."
    )
    assert f"[状況と詳細]({issue}#issuecomment-1)" in github_comment(NEWS, "ja", status_url=f"{issue}#issuecomment-1")
    assert "](" not in github_comment(NEWS, "en", status_url=f"{issue}#) [x](http://evil")


def test_an_address_that_could_be_markup_is_left_out_everywhere() -> None:
    news = replace(NEWS, url="https://a.example/|x> <!channel>")

    assert slack_text(news, "en").endswith("octo/models#7")
    assert plain_text(news, "en").endswith("octo/models#7\n")
    assert "a.example" not in html_text(news, "en")


@given(st.text(max_size=400))
@example("a\r\nBcc: x")
@example("\u202egnp.exe")
@example("[x](https://a.example/) **b**")
def test_subjects_are_one_bounded_line_of_visible_characters(title: str) -> None:
    news = replace(NEWS, title=title)

    line = subject(news)
    assert len(line) <= MAX_SUBJECT
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\ud800-\udfff]", line)
    line.encode()
    assert ascii_subject(news) == "[octo/models#7] training success"


@given(st.text())
@example("[" * 5_000)
@example("**" * 5_000 + "[a](https://a)")
@example("`" * 4_999)
@example("\\" * 4_999)
@example("```\n")
def test_no_text_breaks_a_rendering(text: str) -> None:
    news = replace(NEWS, title=text, text=text)
    mrkdwn, document = slack_text(news, "en"), html_text(news, "en")

    assert all(re.fullmatch(r"<https?://[^|<>]+\|[^<>]+>", tag) for tag in re.findall(r"<[^>]*>?", mrkdwn))
    assert not re.search(r"&(?!amp;|lt;|gt;)", mrkdwn)
    tags = Tags()
    tags.feed(document)
    assert tags.found <= {
        "html",
        "head",
        "meta",
        "body",
        "h3",
        "h4",
        "p",
        "br",
        "ul",
        "li",
        "pre",
        "strong",
        "code",
        "a",
    }
    plain_text(news, "en")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), max_size=300))
@example("\\*_~`|<>&lt;#@://www.")
def test_an_escaped_value_reads_as_it_was_written(value: str) -> None:
    written = value.replace("`", "ʼ").replace("|", "¦")

    assert plain_line(escape(value)).replace("\u200b", "") == written


def test_lines_are_told_apart() -> None:
    kinds = [block.kind for block in blocks("# h\n\n- i\ntext\n```\n- code\n```\n#no")]
    assert kinds == ["heading", "blank", "item", "line", "code", "line"]


class Tags(HTMLParser):
    """The tags of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        assert {name for name, _ in attrs} <= {"lang", "charset", "href"}
