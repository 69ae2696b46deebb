"""The way of each edge: through the gaps between layers in smooth curves, with an arrow's head at its end.

Place in the flow: `drawing` draws these below the nodes. One cost: an edge knows of no other; where three leave one
node, they leave from one point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from local.web.mermaid.chart import Direction, Edge
from local.web.mermaid.layering import Layers
from local.web.mermaid.placement import Positions
from local.web.mermaid.shapes import Box, number

TIP = 8.0
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """From (across, along) the layers to (x, y)."""

    direction: Direction
    placed: Positions

    @property
    def extent(self) -> Point:
        across, along = self.placed.width, self.placed.length
        return (along, across) if self.direction in ("LR", "RL") else (across, along)

    def point(self, across: float, along: float) -> Point:
        if self.direction in ("BT", "RL"):
            along = self.placed.length - along
        return (along, across) if self.direction in ("LR", "RL") else (across, along)


class Curve:
    """An edge's way in (across, along), from its upper to its lower end."""

    def __init__(
        self,
        edge: Edge,
        layered: Layers,
        index: int,
        placed: Positions,
        breadths: Sequence[float],
        depths: Sequence[float],
    ) -> None:
        self.edge, self.backwards = edge, layered.reversed[index]
        self.points: list[Point] = []
        path = layered.paths[index]
        if not path:
            return
        ranks = {vertex: rank for rank, layer in enumerate(layered.order) for vertex in layer}
        for place, vertex in enumerate(path):
            rank = ranks[vertex]
            middle = placed.begins[rank] + placed.depths[rank] / 2
            half = placed.depths[rank] / 2 if vertex >= layered.nodes else depths[vertex] / 2
            if place > 0:
                self.points.append((placed.across[vertex], middle - half))
            if place < len(path) - 1:
                self.points.append((placed.across[vertex], middle + half))
        if self.backwards:
            self._aside(breadths[path[0]], breadths[path[-1]])

    def _aside(self, upper: float, lower: float) -> None:
        """An edge that runs back leaves and arrives beside those that run forward."""
        for end, inner, breadth in ((0, 1, upper), (-1, -2, lower)):
            across, along = self.points[end]
            side = 1 if self.points[inner][0] >= across else -1
            self.points[end] = (across + side * breadth / 4, along)

    def path(self, frame: Frame) -> str:
        """The `d` of a path; the ends stop short of where the tip is drawn."""
        points = list(self.points)
        shift = -TIP if self.edge.arrow else 0.0
        end = 0 if self.backwards else -1
        across, along = points[end]
        points[end] = (across, along + (shift if end else -shift))
        parts = [f"M{pair(frame.point(*points[0]))}"]
        for (x0, y0), (x1, y1) in pairwise(points):
            if abs(x0 - x1) < 0.05:
                parts.append(f"L{pair(frame.point(x1, y1))}")
            else:
                middle = (y0 + y1) / 2
                controls = (frame.point(x0, middle), frame.point(x1, middle), frame.point(x1, y1))
                parts.append("C" + " ".join(pair(point) for point in controls))
        return "".join(parts)

    def tip(self, frame: Frame) -> str:
        """The three corners of the arrow's head."""
        across, along = self.points[0 if self.backwards else -1]
        back = TIP if self.backwards else -TIP
        corners = ((across, along), (across - 4.5, along + back), (across + 4.5, along + back))
        return " ".join(pair(frame.point(*corner), ",") for corner in corners)

    def middle(self) -> Point:
        """The middle of the first stretch between two layers."""
        (x0, y0), (x1, y1) = self.points[0], self.points[1]
        return (x0 + x1) / 2, (y0 + y1) / 2


def edge_line(curve: Curve, frame: Frame) -> str:
    """An edge with its arrow's head."""
    tip = f'<polygon points="{curve.tip(frame)}"/>' if curve.edge.arrow else ""
    return f'<g class="edge is-{curve.edge.line}"><path d="{curve.path(frame)}"/>{tip}</g>'


def loop(edge: Edge, box: Box) -> str:
    """An edge from a node to itself."""
    x, y, out = box.right, box.y, 26.0
    points = [(x, y - 8), (x + out, y - 16), (x + out, y + 16), (x, y + 8)]
    start, *rest = (pair(point) for point in points)
    way = f"M{start}C{' '.join(rest)}"
    return f'<g class="edge is-{edge.line}"><path d="{way}"/></g>'


def pair(point: Point, between: str = " ") -> str:
    """A point as SVG writes it."""
    return f"{number(point[0])}{between}{number(point[1])}"
