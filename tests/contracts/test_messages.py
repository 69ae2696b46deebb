"""Comments in two languages, and what strangers' values may not do in them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ConfigError
from contracts.messages import (
    LANGUAGES,
    LISTS,
    MAX_LIST_CHARACTERS,
    MAX_VALUE_CHARACTERS,
    TEXTS,
    escape,
    message,
    placeholders,
)

GITHUB_COMMENT_LIMIT = 65_536


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_exists_in_every_language_with_the_same_placeholders(key: str) -> None:
    texts = TEXTS[key]
    assert tuple(texts) == LANGUAGES
    assert all(texts.values())
    assert placeholders(texts["en"]) == placeholders(texts["ja"])


@pytest.mark.parametrize("key", TEXTS)
def test_the_japanese_text_is_japanese(key: str) -> None:
    assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", TEXTS[key]["ja"])
    assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", TEXTS[key]["en"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", TEXTS)
def test_every_text_can_be_filled(key: str, language: str) -> None:
    names = placeholders(TEXTS[key][language])
    text = message(key, language, **{name: f"value-of-{name.replace('_', '-')}" for name in names})
    assert all(f"value-of-{name.replace('_', '-')}" in text for name in names)
    assert "{" not in text


def test_values_may_hold_braces() -> None:
    assert message("help", "en", commands="{0} {reason}").endswith("{0} {reason}")


def test_an_unknown_key_language_or_a_missing_value_is_an_error() -> None:
    with pytest.raises(ConfigError, match="message 'hello' is not in the table; known: edited_while_running"):
        message("hello", "en")
    with pytest.raises(ConfigError, match="language must be one of en, ja, got 'fr'"):
        message("help", "fr", commands="")
    with pytest.raises(ConfigError, match="message 'error' needs failed_step, reason"):
        message("error", "en")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("@org/team", "@\u200borg/team"),
        ("fixes #12", "fixes #\u200b12"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"),
        ("<!-- issueops:1:error -->", "&lt;\\!-- issueops:1:error --&gt;"),
        ("&lt;", "&amp;lt;"),
        ("`id`", "ʼidʼ"),
        ("![a](http://x)", "\\!\\[a\\](http:\u200b//x)"),
        ("\\[a\\](b)", "\\\\\\[a\\\\\\](b)"),
        ("**bold** _it_ snake_case", "\\*\\*bold\\*\\* \\_it\\_ snake_case"),
        ("~~gone~~", "~\u200b~gone~\u200b~"),
        ("www.evil.example", "www\u200b.evil.example"),
        ("a | b", "a ¦ b"),
        ("a\x00\x1b[31m\u202eb", "a\\[31mb"),
        ("\ud800", ""),
        ("# heading", "#\u200b heading"),
        ("text\n---\n===", "text\n\u200b---\n\u200b==="),
        ("- n_estimators: 3", "- n_estimators: 3"),
    ],
)
def test_a_strangers_value_stays_plain_text(value: str, expected: str) -> None:
    assert escape(value) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_cannot_open_a_line_of_its_own(language: str) -> None:
    text = message("error", language, failed_step="TrainModel", reason="a\n\n# b\r\n/accept\n```")
    assert "a #\u200b b /accept ʼʼʼ" in text
    assert not re.search(r"^/accept", text, re.MULTILINE)


def test_a_list_keeps_its_lines_but_gives_no_commands() -> None:
    text = message("reply_refused", "en", findings="- one\n- two\n/accept\n## three")
    assert "- one\n- two\n\u200b/accept\n#\u200b#\u200b three" in text


def test_values_are_bounded_and_a_list_may_be_longer() -> None:
    assert len(escape("x" * 99_999)) == MAX_VALUE_CHARACTERS
    assert escape("x" * 99_999).endswith("x…")
    text = message("reply_refused", "en", findings="x" * 99_999)
    assert MAX_LIST_CHARACTERS < len(text) < MAX_LIST_CHARACTERS + 500


@pytest.mark.parametrize("character", "&<>`@|[*_#~\\:w.\n-/")
def test_a_comment_of_escapes_only_still_fits_github(character: str) -> None:
    for key, texts in TEXTS.items():
        values = dict.fromkeys(placeholders(texts["en"]), character * 99999)
        longest = len(message(key, "en", **values))
        assert longest < GITHUB_COMMENT_LIMIT * (1 if placeholders(texts["en"]) <= LISTS else 2)


@given(st.text())
def test_no_text_whatever_escapes_into_mentions_markup_or_html(value: str) -> None:
    text = escape(value)
    assert not re.search(r"[<>`|\ud800-\udfff]|@(?!\u200b)|#(?!\u200b)|://|~~", text)
    bare = re.sub(r"\\[\\\[\]!*_]", "", text)  # what remains once escaped pairs are taken out
    assert not re.search(r"[\\\[\]!*]", bare)
    assert len(text.splitlines()) <= len(value.splitlines())
    text.encode()
