"""The words of the pages in one language.

Place in the flow: `issueops serve` hands them to the pages, which may not import this package. One cost: all of them
are copied once a start.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.errors import ConfigError
from contracts.messages import LANGUAGES
from contracts.texts.pages import TEXTS


def page_texts(language: str) -> Mapping[str, str]:
    """Key -> text, with placeholders such as {count}; nothing in it is escaped.

    Raises:
        ConfigError: there are no texts in this language.
    """
    if language not in LANGUAGES:
        raise ConfigError(f"language must be one of {', '.join(LANGUAGES)}, got '{language}'.")
    return MappingProxyType({key: texts[language] for key, texts in TEXTS.items()})
