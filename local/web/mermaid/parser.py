"""Mermaid's flowchart language -> chart.

Place in the flow: the first stage of `draw`. The text is hostile: colours, class names and sizes are checked here, text
is left as it is for the drawing to escape. One cost: what is not understood refuses the whole diagram, because half
a diagram says something else.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from typing import cast

from local.web.mermaid.chart import (
    MAX_CHARACTERS,
    MAX_EDGES,
    MAX_NODES,
    Chart,
    Direction,
    Edge,
    Line,
    Node,
    NotAFlowchartError,
    Shape,
    Style,
)

MAX_LABEL = 300
_HEADER = re.compile(r"(?:flowchart|graph)(?:[ \t]+(TD|TB|BT|LR|RL))?[ \t]*;?")
_ID = re.compile(r"\w+(?:[-.]\w+)*")
_CLASS = re.compile(r":::([A-Za-z][\w-]{0,49})")
# The first that fits counts, so longer brackets come first.
_SHAPES: tuple[tuple[str, str, Shape], ...] = (
    ("([", "])", "pill"),
    ("((", "))", "circle"),
    ("[[", "]]", "subroutine"),
    ("[(", ")]", "cylinder"),
    ("{{", "}}", "hexagon"),
    ("[/", "/]", "parallelogram"),
    ("[\\", "\\]", "parallelogram"),
    ("[", "]", "box"),
    ("(", ")", "round"),
    ("{", "}", "diamond"),
)
# An arrow is tried with its label inside first: `-- yes -->` begins like `---`.
_ARROWS: tuple[tuple[Line, re.Pattern[str]], ...] = (
    ("solid", re.compile(r"--[ \t]+(?P<label>[^-\s|][^|]{0,299}?)[ \t]+--+(?P<end>[->xo])")),
    ("thick", re.compile(r"==[ \t]+(?P<label>[^=\s|][^|]{0,299}?)[ \t]+==+(?P<end>[=>xo])")),
    ("dotted", re.compile(r"-\.[ \t]+(?P<label>[^.\s|][^|]{0,299}?)[ \t]+\.+-(?P<end>[>xo]?)")),
    ("dotted", re.compile(r"-\.+-(?P<end>[>xo]?)(?P<label>)")),
    ("solid", re.compile(r"--+(?P<end>[->xo])(?P<label>)")),
    ("thick", re.compile(r"==+(?P<end>[=>xo])(?P<label>)")),
)
_PIPED = re.compile(r'\|[ \t]*(?:"([^"]{0,300})"|([^|"]{0,300}))[ \t]*\|')
_SPACE = re.compile(r"[ \t]*")
_BREAK = re.compile(r"<br[ \t]*/?>|\\n", re.IGNORECASE)
_ENTITY = re.compile(r"#(\d{1,7}|[A-Za-z][A-Za-z0-9]{1,9});")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|[A-Za-z]{3,20}")
_DASH = re.compile(r"\d{1,2}(?: \d{1,2}){0,5}")
_DEFINITION = re.compile(r"(classDef|class|style)[ \t]+([\w,-]+)[ \t]+(.+)")
_DRAWN_PLAIN = ("linkStyle", "click")
_UNKNOWN = ("subgraph", "end", "direction")


def parse(text: str) -> Chart:
    """The chart that a text describes.

    Raises:
        NotAFlowchartError: it is none, or is written in a way that is not known here.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotAFlowchartError(f"a diagram may have {MAX_CHARACTERS} characters, not {len(text)}")
    lines = [line.strip() for line in text.splitlines()]
    statements = [line for line in lines if line and not line.startswith("%%")]
    header = _HEADER.fullmatch(statements[0]) if statements else None
    if header is None:
        raise NotAFlowchartError("only flowcharts are drawn")
    draft = _Draft()
    for statement in statements[1:]:
        _statement(draft, statement)
    direction = (header.group(1) or "TD").replace("TB", "TD")
    return draft.chart(cast(Direction, direction))


@dataclass(slots=True)
class _Draft:
    """What was read so far."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[tuple[str, str, str, Line, bool]] = field(default_factory=list)
    styles: dict[str, Style] = field(default_factory=dict)

    def node(self, identifier: str, **changes: object) -> None:
        known = self.nodes.get(identifier) or Node(identifier, (identifier,))
        self.nodes[identifier] = replace(known, **changes)  # type: ignore[arg-type]  # fields of Node
        if len(self.nodes) > MAX_NODES:
            raise NotAFlowchartError(f"more than {MAX_NODES} nodes")

    def edge(self, source: str, target: str, label: str, line: Line, arrow: bool) -> None:
        self.edges.append((source, target, label, line, arrow))
        if len(self.edges) > MAX_EDGES:
            raise NotAFlowchartError(f"more than {MAX_EDGES} edges")

    def chart(self, direction: Direction) -> Chart:
        places = {identifier: place for place, identifier in enumerate(self.nodes)}
        if not places:
            raise NotAFlowchartError("there is no node")
        default = self.styles.get("default", Style())
        nodes = tuple(
            node if node.style != Style() else replace(node, style=self.styles.get(node.name, default))
            for node in self.nodes.values()
        )
        edges = (Edge(places[a], places[b], label, line, arrow) for a, b, label, line, arrow in self.edges)
        return Chart(direction, nodes, tuple(edges))


def _statement(draft: _Draft, statement: str) -> None:
    word = statement.split(maxsplit=1)[0].rstrip(";")
    if word in _UNKNOWN:
        raise NotAFlowchartError(f"{word} is not drawn")
    if word in _DRAWN_PLAIN:
        return
    definition = _DEFINITION.fullmatch(statement.rstrip(";"))
    if definition:
        _define(draft, *definition.groups())
    else:
        _Chain(statement).read(draft)


def _define(draft: _Draft, word: str, names: str, rest: str) -> None:
    for name in filter(None, names.split(",")):
        if word == "classDef":
            draft.styles[name] = _style(rest)
        elif word == "class" and (found := _CLASS.fullmatch(f":::{rest.strip()}")):
            draft.node(name, name=found.group(1))
        elif word == "style":
            draft.node(name, style=_style(rest))


def _style(declarations: str) -> Style:
    """The colours among CSS declarations; what is no colour is dropped."""
    pairs = (item.partition(":") for item in declarations.split(","))
    found = {name.strip(): value.strip() for name, _, value in pairs}

    def checked(name: str, pattern: re.Pattern[str]) -> str:
        value = found.get(name, "")
        return value if pattern.fullmatch(value) else ""

    fill, stroke, color = (checked(name, _COLOUR) for name in ("fill", "stroke", "color"))
    return Style(fill, stroke, color, dash=checked("stroke-dasharray", _DASH))


class _Chain:
    """One statement of nodes and arrows: `a["x"] --> b & c -->|yes| d`."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def read(self, draft: _Draft) -> None:
        sources = self._group(draft)
        while not self._ended():
            line, label, arrow = self._arrow()
            targets = self._group(draft)
            for source in sources:
                for target in targets:
                    draft.edge(source, target, label, line, arrow)
            sources = targets

    def _group(self, draft: _Draft) -> list[str]:
        names = [self._node(draft)]
        while self._take("&"):
            names.append(self._node(draft))
        return names

    def _node(self, draft: _Draft) -> str:
        found = self._match(_ID)
        if found is None:
            raise self._lost("a node")
        identifier = found.group()
        changes: dict[str, object] = {}
        for opening, closing, shape in _SHAPES:
            if self._text.startswith(opening, self._at):
                changes = {"shape": shape, "label": self._label(opening, closing)}
                break
        name = _CLASS.match(self._text, self._at)
        if name:
            changes["name"] = name.group(1)
            self._at = name.end()
        draft.node(identifier, **changes)
        return identifier

    def _label(self, opening: str, closing: str) -> tuple[str, ...]:
        start = self._at + len(opening)
        quoted = re.compile(r'[ \t]*"([^"]*)"[ \t]*').match(self._text, start)
        if quoted:
            end, text = quoted.end(), quoted.group(1)
        else:
            end = self._text.find(closing, start)
            text = self._text[start:end] if end >= 0 else ""
        if end < 0 or not self._text.startswith(closing, end) or (not quoted and '"' in text):
            raise self._lost(f"{closing} after a label")
        self._at = end + len(closing)
        return label_lines(text)

    def _arrow(self) -> tuple[Line, str, bool]:
        for line, pattern in _ARROWS:
            found = self._match(pattern)
            if found:
                label = found.group("label").strip('"')
                piped = self._match(_PIPED)
                if piped:
                    label = piped.group(1) or piped.group(2) or ""
                return line, " ".join(label_lines(label)).strip(), found.group("end") not in ("", "-", "=")
        raise self._lost("an arrow")

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self._skip()
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def _take(self, sign: str) -> bool:
        self._skip()
        if self._text.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at

    def _ended(self) -> bool:
        self._skip()
        return self._text[self._at :] in ("", ";")

    def _lost(self, expected: str) -> NotAFlowchartError:
        return NotAFlowchartError(f"expected {expected} at {self._text[self._at : self._at + 20]!r}")


def label_lines(text: str) -> tuple[str, ...]:
    """A label's lines with entity codes decoded, and without control characters."""
    shown = _BREAK.sub("\n", text.strip().strip("`")[:MAX_LABEL])
    shown = _ENTITY.sub(_character, shown)
    return tuple("".join(c if c.isprintable() else " " for c in line).strip() for line in shown.split("\n"))


def _character(code: re.Match[str]) -> str:
    name = code.group(1)
    if name.isdigit():
        return chr(int(name)) if int(name) < 0x110000 and not 0xD800 <= int(name) < 0xE000 else "�"
    return html.unescape(f"&{name};")
