"""The words of the pages: in two languages, side by side, each row complete."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter

import pytest

from contracts.errors import ConfigError
from contracts.messages import LANGUAGES, placeholders
from contracts.page_texts import page_texts
from contracts.texts import page_words, pages
from contracts.texts.pages import TEXTS


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


@pytest.mark.parametrize("key", [key for key in TEXTS if key.endswith("_one")])
def test_the_text_for_one_thing_stands_beside_that_for_many(key: str) -> None:
    assert placeholders(TEXTS[key]["en"]) == placeholders(TEXTS[key.removesuffix("_one")]["en"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_year_has_twelve_months(language: str) -> None:
    assert len(page_texts(language)["months"].split()) == 12


def test_no_row_hides_another() -> None:
    sources = [ast.parse(inspect.getsource(module)) for module in (pages, page_words)]
    tables = [node for source in sources for node in ast.walk(source) if isinstance(node, ast.Dict)]
    keys = Counter(
        key.value
        for table in tables
        for key in table.keys
        if isinstance(key, ast.Constant) and key.value not in LANGUAGES
    )
    assert [key for key, count in keys.items() if count > 1] == []
    assert keys.keys() == TEXTS.keys()


def test_a_language_without_texts_is_an_error() -> None:
    with pytest.raises(ConfigError, match="language must be one of en, ja, got 'fr'"):
        page_texts("fr")
