"""Names from the data as text that can be drawn: short, on one line, and in glyphs that a font at hand has.

Used by every plot for every text that is not the project's own. matplotlib ships DejaVu Sans only; where no
Japanese font is installed, a Japanese name is drawn as [1] and spelled out below the picture.
Cost: the first name beyond DejaVu Sans reads the character table of a large font, some 20 ms.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

FALLBACK_FAMILIES = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "IPAexGothic",
    "IPAGothic",
    "TakaoPGothic",
    "VL PGothic",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
    "Noto Sans CJK SC",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
"""Families with Japanese characters, best first."""


class Lettering:
    """Shortens names and remembers those that had to be replaced."""

    def __init__(self, families: tuple[str, ...] | None = None) -> None:
        """``families``: fonts to draw with; those that are installed, if left out."""
        self._families = families
        self._replaced: dict[str, str] = {}

    def show(self, name: object, width: int = 24) -> str:
        """The name on one line, at most ``width`` columns wide (a Japanese character takes two)."""
        text = _printable(str(name))
        families = installed_families() if self._families is None else self._families
        if all(character.isascii() or _has_glyph(families, ord(character)) for character in text):
            return _shortened(text, width)
        return self._replaced.setdefault(text, f"[{len(self._replaced) + 1}]")

    @property
    def note(self) -> str:
        """A sentence that spells out the replaced names; empty if there are none."""
        if not self._replaced:
            return ""
        names = "; ".join(f"{mark} {_shortened(text, 60)}" for text, mark in self._replaced.items())
        return f"No installed font can draw these names: {names}."


@cache
def installed_families() -> tuple[str, ...]:
    """DejaVu Sans and the first installed family with Japanese characters."""
    from matplotlib import font_manager

    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return ("DejaVu Sans", *(name for name in FALLBACK_FAMILIES if name in known))[:2]


def _has_glyph(families: tuple[str, ...], code: int) -> bool:
    return any(code in _characters(family) for family in families)


@cache
def _characters(family: str) -> frozenset[int]:
    from matplotlib import font_manager

    path = font_manager.findfont(font_manager.FontProperties(family=family))
    return frozenset(font_manager.get_font(path).get_charmap())


def _printable(text: str) -> str:
    """One line without control, formatting (such as right-to-left overrides) and unassigned characters."""
    line = "".join(c for c in " ".join(text.split()) if unicodedata.category(c)[0] != "C")
    return line.strip() or "(empty)"


def _shortened(text: str, width: int) -> str:
    if sum(_columns(text)) <= width:
        return text
    used, kept = 1, []
    for character, columns in zip(text, _columns(text), strict=True):
        if used + columns > width:
            break
        used += columns
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def _columns(text: str) -> Iterator[int]:
    return (2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
