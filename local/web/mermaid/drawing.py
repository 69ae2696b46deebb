"""A chart as SVG: nodes at their positions, edges as smooth curves, labels on them.

Place in the flow: the last stage of `draw`. The element is set inline into pages, so every text is escaped, colours are
those that the parser let through, and nothing in it is a script, a link or a style sheet. Colours that a chart does
not give come from the page's own, so that it is readable in the dark, too. One cost: no line is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from local.web.mermaid.chart import Chart, Edge, Node, Style
from local.web.mermaid.curves import Curve, Frame, Point, edge_line, loop
from local.web.mermaid.layering import Layers, layers
from local.web.mermaid.placement import Positions, positions
from local.web.mermaid.shapes import OUTLINES, Box, number
from local.web.mermaid.text_width import text_width, wrapped

FONT, SMALL = 13.0, 11.5
_LINE = 17.0
_MARGIN = 12.0
# The widest line of a node, of a diamond: side by side there is less room than one below the other.
_WIDEST_DOWN, _WIDEST_SIDEWAYS = (190.0, 136.0), (104.0, 84.0)
_LABEL_HEIGHT, _LABEL_ROOM = 18.0, 32.0
_LAYER_GAP = 32.0
_LONGEST_LABEL = 40
# How far a page may shrink a drawing depends on how broad it is; a style sheet cannot know.
_BREADTHS = ((1_100.0, " is-wide"), (560.0, " is-broad"))


@dataclass(frozen=True, slots=True)
class _Text:
    """A node's lines with their sizes."""

    lines: tuple[tuple[str, float], ...]

    @property
    def width(self) -> float:
        return max(text_width(line, size) for line, size in self.lines)

    @property
    def height(self) -> float:
        return _LINE * len(self.lines)


def svg(chart: Chart, title: str = "") -> str:
    """The `<svg>` element; `title` is what screen readers call it.

    Raises:
        NotAFlowchartError: too many long edges.
    """
    sideways = chart.direction in ("LR", "RL")
    texts = [_text(node, _WIDEST_SIDEWAYS if sideways else _WIDEST_DOWN) for node in chart.nodes]
    sizes = [OUTLINES[node.shape].size(text.width, text.height) for node, text in zip(chart.nodes, texts, strict=True)]
    layered = layers(len(chart.nodes), [(edge.source, edge.target) for edge in chart.edges])
    breadths = [height if sideways else width for width, height in sizes]
    depths = [width if sideways else height for width, height in sizes]
    placed = positions(layered, breadths, depths, _gaps(chart, layered, sideways))
    frame = Frame(chart.direction, placed)
    boxes = _boxes(layered, placed, sizes, frame)
    curves = [Curve(edge, layered, index, placed, breadths, depths) for index, edge in enumerate(chart.edges)]
    parts = [edge_line(curve, frame) for curve in curves if curve.points]
    parts += [loop(edge, boxes[edge.source]) for edge in chart.edges if edge.source == edge.target]
    parts += [_node(*each) for each in zip(chart.nodes, boxes, texts, strict=True)]
    parts += _edge_labels([curve for curve in curves if curve.points and curve.edge.label], frame)
    width, height = (number(side + 2 * _MARGIN) for side in frame.extent)
    breadth = next((name for least, name in _BREADTHS if frame.extent[0] > least), "")
    return (
        f'<svg class="flowchart{breadth}" role="img" aria-label="{escape(title)}" '
        f'width="{width}" height="{height}" viewBox="{-_MARGIN:g} {-_MARGIN:g} {width} {height}">'
        f"{''.join(parts)}</svg>"
    )


def _gaps(chart: Chart, layered: Layers, sideways: bool) -> list[float]:
    """The room below each layer: more where an edge's label stands in it."""
    gaps = [_LAYER_GAP] * len(layered.order)
    ranks = {vertex: rank for rank, layer in enumerate(layered.order) for vertex in layer}
    for edge, path in zip(chart.edges, layered.paths, strict=True):
        if edge.label and path:
            needed = _label_width(_shown(edge)) if sideways else _LABEL_HEIGHT
            gaps[ranks[path[0]]] = max(gaps[ranks[path[0]]], needed + _LABEL_ROOM)
    return gaps


def _text(node: Node, widest: tuple[float, float]) -> _Text:
    """Wrapped lines; of a node with a class, what stands below its title is small: it is its state."""
    most = widest[1] if node.shape == "diamond" else widest[0]
    lines: list[tuple[str, float]] = []
    for place, line in enumerate(node.label):
        size = SMALL if place and node.name else FONT
        lines += [(piece, size) for piece in wrapped(line, most, size)]
    return _Text(tuple(lines))


def _boxes(layered: Layers, placed: Positions, sizes: Sequence[Point], frame: Frame) -> list[Box]:
    boxes: dict[int, Box] = {}
    for rank, layer in enumerate(layered.order):
        for vertex in layer:
            if vertex < layered.nodes:
                along = placed.begins[rank] + placed.depths[rank] / 2
                boxes[vertex] = Box(*frame.point(placed.across[vertex], along), *sizes[vertex])
    return [boxes[vertex] for vertex in range(layered.nodes)]


def _node(node: Node, box: Box, text: _Text) -> str:
    classes = f"node is-{node.name}" if node.name else "node"
    body = OUTLINES[node.shape].draw(box, _paint(node.style))
    first = box.y - text.height / 2 + _LINE / 2
    colour = f' fill="{escape(node.style.color)}"' if node.style.color else ""
    lines = "".join(
        f'<text x="{number(box.x)}" y="{number(first + at * _LINE)}" font-size="{size:g}"{colour}>{escape(line)}</text>'
        for at, (line, size) in enumerate(text.lines)
    )
    return f'<g class="{escape(classes)}">{body}{lines}</g>'


def _paint(style: Style) -> str:
    pairs = (("fill", style.fill), ("stroke", style.stroke), ("stroke-dasharray", style.dash))
    return "".join(f' {name}="{escape(value)}"' for name, value in pairs if value)


def _edge_labels(curves: Sequence[Curve], frame: Frame) -> list[str]:
    """The labels on their edges; those that would lie on each other move apart."""
    boxes: list[Box] = []
    parts = []
    for curve in sorted(curves, key=lambda each: each.middle()):
        shown = _shown(curve.edge)
        x, y = frame.point(*curve.middle())
        box = Box(x, y, _label_width(shown), _LABEL_HEIGHT)
        for other in boxes:
            if abs(other.y - box.y) < _LABEL_HEIGHT and box.left < other.right + 2 and other.left < box.right:
                box = Box(other.right + 2 + box.width / 2, y, box.width, box.height)
        boxes.append(box)
        parts.append(
            f'<g class="edge-label">{OUTLINES["pill"].draw(box, "")}'
            f'<text x="{number(box.x)}" y="{number(box.y)}" font-size="{SMALL:g}">{escape(shown)}</text></g>'
        )
    return parts


def _shown(edge: Edge) -> str:
    return edge.label if len(edge.label) <= _LONGEST_LABEL else edge.label[: _LONGEST_LABEL - 1] + "…"


def _label_width(shown: str) -> float:
    return text_width(shown, SMALL) + 12
