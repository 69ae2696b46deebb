"""The words of the pages, in the language of whoever serves them.

Place in the flow: templates and views ask for a key; the table was handed in with `Words`, for this room knows none. A
text or a value that is not there is an error, never an empty place. One cost: each use is formatted anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup, escape


class MissingTextError(LookupError):
    """The table that was handed in has no such text."""


class Texts:
    """One language's texts. With `count=1` a text with the same name and `_one` comes first, where there is one."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._plain = table
        self._safe = {key: escape(text) for key, text in table.items()}

    def __call__(self, key: str, /, **values: object) -> Markup:
        """For a page: everything is escaped but values that are markup already."""
        return self._safe[self._form(key, values)].format(**values)

    def plain(self, key: str, /, **values: object) -> str:
        """For what is no HTML."""
        return self._plain[self._form(key, values)].format(**values)

    def unfilled(self, key: str, /) -> Markup:
        """For the script, which fills it again and again."""
        return self._safe[self._form(key, {})]

    def _form(self, key: str, values: Mapping[str, object]) -> str:
        if values.get("count") == 1 and f"{key}_one" in self._plain:
            return f"{key}_one"
        if key not in self._plain:
            raise MissingTextError(f"the table of the pages' texts has no '{key}'; add it in every language.")
        return key
