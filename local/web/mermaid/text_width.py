"""How wide a text will be, for no browser is here to measure it; and where to break it.

Place in the flow: the drawing sizes nodes by it. One cost: an estimate, a little on the wide side, for fonts differ.
"""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("iljtfrI.,:;'|!()[]{}/\\-` ")
_WIDE = frozenset("mwMW@%&")


def text_width(text: str, size: float) -> float:
    """Pixels of a line set in `size` pixels, in a plain sans serif."""
    return sum(_em(character) for character in text) * size


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.34
    if character in _WIDE:
        return 0.92
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if unicodedata.combining(character):
        return 0.0
    return 0.7 if character.isupper() else 0.58


def wrapped(text: str, most: float, size: float) -> list[str]:
    """The text in as few lines of at most `most` pixels as it needs, as even as they can be."""
    pieces = _pieces(text, most, size)
    lines = _filled(pieces, most, size)
    width = text_width(text, size) / len(lines)
    while width < most:
        even = _filled(pieces, width, size)
        if len(even) <= len(lines):
            return even
        width += size / 2
    return lines


def _filled(pieces: list[str], most: float, size: float) -> list[str]:
    lines = [""]
    for piece in pieces:
        longer = f"{lines[-1]} {piece}" if lines[-1] else piece
        if lines[-1] and text_width(longer, size) > most:
            lines.append(piece)
        else:
            lines[-1] = longer
    return lines


def _pieces(text: str, most: float, size: float) -> list[str]:
    """Words; one that is wider than a line is cut, and so is writing without spaces."""
    pieces = []
    for word in text.split():
        piece = ""
        for character in word:
            if piece and text_width(piece + character, size) > most:
                pieces.append(piece)
                piece = ""
            piece += character
        pieces.append(piece)
    return pieces
