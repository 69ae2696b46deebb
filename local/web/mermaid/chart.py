"""What a flowchart says, as records: nodes, edges, direction.

Place in the flow: the parser makes it, layout and drawing read it. One cost: what is drawn is what is here; subgraphs
and click handlers have no place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["TD", "BT", "LR", "RL"]
Shape = Literal["box", "round", "pill", "circle", "diamond", "hexagon", "parallelogram", "cylinder", "subroutine"]
Line = Literal["solid", "dotted", "thick"]

MAX_CHARACTERS = 50_000
MAX_NODES = 200
MAX_EDGES = 400


class NotAFlowchartError(ValueError):
    """The text is no flowchart that is drawn here; the message says why."""


@dataclass(frozen=True, slots=True)
class Style:
    """Colours, each checked to be one; empty where the page's own holds. `dash` is an outline's pattern."""

    fill: str = ""
    stroke: str = ""
    color: str = ""
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A node; `label` has one entry a line, `name` is the class it was given."""

    id: str
    label: tuple[str, ...]
    shape: Shape = "box"
    name: str = ""
    style: Style = Style()


@dataclass(frozen=True, slots=True)
class Edge:
    """From one node to another, by their places in the chart's nodes."""

    source: int
    target: int
    label: str = ""
    line: Line = "solid"
    arrow: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """A flowchart."""

    direction: Direction
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
