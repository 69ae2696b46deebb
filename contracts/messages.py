"""Every text an operator reads in a comment, in English and Japanese, side by side.

Place in the flow: Lambdas ask for a key and give values; nothing else writes prose into comments. The tables lie in
`contracts/texts/`. Values are escaped here, so a data set or a reason cannot become a mention, a link or markup. One
cost: a new text needs both languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType

from contracts.errors import ConfigError
from contracts.texts import issue, operator, registry, run, status

LANGUAGES = ("en", "ja")
MAX_VALUE_CHARACTERS = 2_000
MAX_LIST_CHARACTERS = 10_000  # five times as long when every character is escaped, which GitHub still takes
LISTS = frozenset({"findings", "commands", "details"})

_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")

TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {**issue.TEXTS, **run.TEXTS, **operator.TEXTS, **registry.TEXTS, **status.TEXTS}
)


def message(key: str, language: str, /, **values: object) -> str:
    """The text of a key in a language, with every value escaped and bounded.

    Values named `findings`, `commands` or `details` keep their lines; every other value becomes one line.

    Raises:
        ConfigError: unknown key or language, or a placeholder without a value.
    """
    if language not in LANGUAGES:
        raise ConfigError(f"language must be one of {', '.join(LANGUAGES)}, got '{language}'.")
    if key not in TEXTS:
        raise ConfigError(f"message '{key}' is not in the table; known: {', '.join(TEXTS)}.")
    text = TEXTS[key][language]
    missing = placeholders(text) - values.keys()
    if missing:
        raise ConfigError(f"message '{key}' needs {', '.join(sorted(missing))}.")
    return text.format(
        **{
            name: escape(value, limit=MAX_LIST_CHARACTERS) if name in LISTS else escape(" ".join(str(value).split()))
            for name, value in values.items()
        }
    )


def placeholders(text: str) -> set[str]:
    """Names a text asks for."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def escape(value: object, *, limit: int = MAX_VALUE_CHARACTERS) -> str:
    """A stranger's value as plain text: no markup, no mentions, no references, bounded; lines are kept."""
    text = str(value)
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    text = _INVISIBLE.sub("", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("`", "ʼ").replace("@", "@\u200b").replace("|", "¦")
    text = re.sub(r"([\\\[\]!*])", r"\\\1", text)
    text = re.sub(r"(?<![A-Za-z0-9_])_|_(?![A-Za-z0-9_])", r"\\_", text)
    text = text.replace("#", "#\u200b").replace("://", ":\u200b//").replace("www.", "www\u200b.")
    text = re.sub(r"~(?=~)", "~\u200b", text)
    # A line of its own may not become a heading, a rule, a fence or a command.
    return re.sub(r"^([ \t]*)([-=]{2,}|/)", "\\1\u200b\\2", text, flags=re.MULTILINE)
