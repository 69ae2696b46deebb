"""A report as sections of paragraphs, tables, lists and pictures, with nothing said on how they are written down.

Between report_sections, which decides what is shown, and the writers, which alone escape.
Cost: a writer must know every kind of block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steps.evaluation.plots.plot import Plot


@dataclass(frozen=True, slots=True)
class Code:
    """A name or a setting, shown letter by letter."""

    text: str


Cell = str | Code


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two; ``strong`` ones state a result."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header; the first cell of a row names it.

    Attributes:
        numbers: index of the first column that holds numbers; ``words_again`` that of the first after them.
        chosen: index of the row that matters most.
        folded: a reader opens it if they want it; left out of the Markdown where it is large.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: int = 1
    words_again: int = 1_000
    chosen: int | None = None
    folded: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and what is to be said to them."""

    rows: Sequence[tuple[str, Cell]]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something noticed: how bad it is, what it is, what to do about it."""

    severity: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Remarks:
    """A list of them, the worst first."""

    items: Sequence[Remark]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Plots with their captions."""

    plots: Sequence[Plot]


Block = Paragraph | Table | Facts | Remarks | Pictures


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; ``key`` is its anchor, ``half`` says that half a page is wide enough."""

    key: str
    title: str
    blocks: Sequence[Block]
    half: bool = False
