"""The outlines of nodes: how large each shape must be for its text, and its SVG.

Place in the flow: `drawing` asks both. Adding a shape is one row here and one bracket in the parser. One cost: none
measures text but by `text_width`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from local.web.mermaid.chart import Shape

_PAD_X, _PAD_Y = 16.0, 10.0
_MIN_WIDTH = 76.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its centre."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Outline:
    """A shape.

    Attributes:
        size: (width, height) around a text of that width and height.
        draw: the element, given its box and its further attributes.
    """

    size: Callable[[float, float], tuple[float, float]]
    draw: Callable[[Box, str], str]


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _rectangle(radius: float | None) -> Callable[[Box, str], str]:
    def draw(box: Box, attributes: str) -> str:
        rounding = number(box.height / 2 if radius is None else radius)
        return (
            f'<rect x="{number(box.left)}" y="{number(box.top)}" width="{number(box.width)}" '
            f'height="{number(box.height)}" rx="{rounding}"{attributes}/>'
        )

    return draw


def _polygon(corners: Callable[[Box], list[tuple[float, float]]]) -> Callable[[Box, str], str]:
    def draw(box: Box, attributes: str) -> str:
        points = " ".join(f"{number(x)},{number(y)}" for x, y in corners(box))
        return f'<polygon points="{points}" stroke-linejoin="round"{attributes}/>'

    return draw


def _circle(box: Box, attributes: str) -> str:
    return f'<circle cx="{number(box.x)}" cy="{number(box.y)}" r="{number(box.width / 2)}"{attributes}/>'


def _cylinder(box: Box, attributes: str) -> str:
    lid, left, right = 6.0, number(box.left), number(box.right)
    arc = f"{number(box.width / 2)} {number(lid)} 0 0"
    top, bottom = number(box.top + lid), number(box.bottom - lid)
    rim = f"M{left} {top}A{arc} 1 {right} {top}A{arc} 1 {left} {top}"
    return f'<path d="{rim}V{bottom}A{arc} 0 {right} {bottom}V{top}"{attributes}/>'


def _subroutine(box: Box, attributes: str) -> str:
    bars = "".join(f"M{number(x)} {number(box.top)}V{number(box.bottom)}" for x in (box.left + 7, box.right - 7))
    return _rectangle(2)(box, attributes) + f'<path d="{bars}"{attributes}/>'


def _plain(more_x: float = 0.0, more_y: float = 0.0) -> Callable[[float, float], tuple[float, float]]:
    return lambda w, h: (max(_MIN_WIDTH, w + 2 * _PAD_X + more_x), h + 2 * _PAD_Y + more_y)


def _round_size(w: float, h: float) -> tuple[float, float]:
    side = max(w + _PAD_X, h + _PAD_Y) + 12
    return side, side


def _diamond_size(w: float, h: float) -> tuple[float, float]:
    """Wide enough where the text's upper edge cuts it."""
    height = max(58.0, 2.15 * h + 18)
    return max(96.0, (w + 12) / (1 - h / height) + 4), height


_SLANT = 12.0
OUTLINES: Mapping[Shape, Outline] = MappingProxyType(
    {
        "box": Outline(_plain(), _rectangle(7)),
        "round": Outline(_plain(), _rectangle(14)),
        "pill": Outline(_plain(8), _rectangle(None)),
        "circle": Outline(_round_size, _circle),
        "subroutine": Outline(_plain(14), _subroutine),
        "cylinder": Outline(_plain(0, 12), _cylinder),
        "diamond": Outline(
            _diamond_size, _polygon(lambda b: [(b.x, b.top), (b.right, b.y), (b.x, b.bottom), (b.left, b.y)])
        ),
        "hexagon": Outline(
            _plain(2 * _SLANT),
            _polygon(
                lambda b: [
                    (b.left + _SLANT, b.top), (b.right - _SLANT, b.top), (b.right, b.y),
                    (b.right - _SLANT, b.bottom), (b.left + _SLANT, b.bottom), (b.left, b.y),
                ]
            ),
        ),
        "parallelogram": Outline(
            _plain(2 * _SLANT),
            _polygon(
                lambda b: [
                    (b.left + _SLANT, b.top), (b.right, b.top), (b.right - _SLANT, b.bottom), (b.left, b.bottom),
                ]
            ),
        ),
    }
)  # fmt: skip
