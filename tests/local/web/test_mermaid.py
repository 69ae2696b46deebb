"""Flowcharts: what is understood, and that the drawing can be read."""

from __future__ import annotations

import itertools
import re

import pytest

from local.web.mermaid import NotAFlowchartError, draw
from local.web.mermaid.chart import Style
from local.web.mermaid.drawing import svg
from local.web.mermaid.parser import label_lines, parse
from local.web.mermaid.text_width import text_width, wrapped
from pipelines.graph import mermaid

from .conftest import DEFINITION, assert_harmless, elements

PIPELINE = mermaid(DEFINITION, {"PrepareData": "Succeeded", "TrainModel": "Executing"})
COMPACT = """flowchart LR
    a["Prepare data<br/>Succeeded"] --> b["Train"] --> c["Evaluate"] --> j{"Judge"}
    j -->|"yes"| r["Register"] --> h("History") --> n("Notify")
    j -->|"no"| w[/"Operator"/] -->|"retrain"| t("Retrain")
    w -->|accept| r
    w -. reject .-> f(["Rejected"])
    t --> b
"""
Box = tuple[float, float, float, float]


def boxes(drawing: str) -> list[Box]:
    """(left, top, right, bottom) of every node's outline."""
    found = []
    for group in re.findall(r'<g class="node[^"]*">(<[^>]+>)', drawing):
        [(tag, attributes)] = elements(group)
        if tag == "rect":
            x, y, width, height = (float(attributes[name]) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
        else:
            assert tag == "polygon"
            points = [tuple(map(float, pair.split(","))) for pair in attributes["points"].split()]
            xs, ys = [point[0] for point in points], [point[1] for point in points]
            found.append((min(xs), min(ys), max(xs), max(ys)))
    return found


def apart(a: Box, b: Box, gap: float) -> bool:
    return a[2] + gap <= b[0] or b[2] + gap <= a[0] or a[3] + gap <= b[1] or b[3] + gap <= a[1]


@pytest.mark.parametrize("text", [PIPELINE, COMPACT, PIPELINE.replace("TD", "LR"), PIPELINE.replace("TD", "BT")])
def test_no_two_nodes_overlap_and_all_lie_inside(text: str) -> None:
    drawing = draw(text)
    found = boxes(drawing)
    assert len(found) == len(parse(text).nodes)
    assert all(apart(a, b, 15) for a, b in itertools.combinations(found, 2))
    view = re.search(r'viewBox="([^"]+)"', drawing)
    assert view
    left, top, width, height = map(float, view.group(1).split())
    for x0, y0, x1, y1 in found:
        assert left <= x0 < x1 <= left + width
        assert top <= y0 < y1 <= top + height


def test_labels_fit_into_their_boxes() -> None:
    drawing = draw(PIPELINE)
    for group in re.findall(r'<g class="node[^"]*">.*?</g>', drawing):
        [(left, _, right, _)] = boxes(group)
        for size, line in re.findall(r'font-size="([\d.]+)"[^>]*>([^<]*)</text>', group):
            assert text_width(line, float(size)) <= right - left


def test_edge_labels_do_not_hide_nodes_or_each_other() -> None:
    for text in (PIPELINE, COMPACT):
        drawing = draw(text)
        labels = []
        for rect in re.findall(r'<g class="edge-label">(<rect[^>]+>)', drawing):
            attributes = elements(rect)[0][1]
            x, y, width, height = (float(attributes[name]) for name in ("x", "y", "width", "height"))
            labels.append((x, y, x + width, y + height))
        assert labels
        assert all(apart(a, b, 0) for a, b in itertools.combinations(labels, 2))
        assert all(apart(label, box, 0) for label in labels for box in boxes(drawing))


def test_the_trunk_of_the_pipeline_runs_straight_down() -> None:
    drawing = draw(PIPELINE)
    trunk = ("Prepare data", "Train model", "Evaluate model", "Judge results", "Check retry limit")
    places = {match[1]: match[0] for match in re.findall(r'<text x="([\d.]+)"[^>]*>([^<]+)</text>', drawing)}
    assert len({places[name] for name in trunk}) == 1


def test_the_same_text_is_drawn_the_same() -> None:
    assert svg(parse(PIPELINE)) == svg(parse(PIPELINE))


def test_shapes_labels_arrows_and_classes_are_read() -> None:
    chart = parse(
        "graph LR\n%% a remark\n"
        'a["one<br/>two"] -->|yes| b(round) & c{"a #35; b"}:::warm\n'
        "b -- with words --> d([pill])\nd -.-> e((o))\ne === f[[sub]]\nf ==> g[(db)]\n"
        "classDef warm fill:#ffe3e3,stroke:red,color:no(1),stroke-dasharray:4 3\nclass a,b warm;\nstyle d fill:#fff"
    )
    nodes = {node.id: node for node in chart.nodes}
    assert nodes["a"].label == ("one", "two")
    assert nodes["c"].label == ("a # b",)
    assert [nodes[name].shape for name in "abcdefg"] == [
        "box", "round", "diamond", "pill", "circle", "subroutine", "cylinder",
    ]  # fmt: skip
    assert nodes["a"].style == nodes["c"].style == Style(fill="#ffe3e3", stroke="red", dash="4 3")
    assert nodes["d"].style == Style(fill="#fff")
    edges = [(edge.source, edge.target, edge.label, edge.line, edge.arrow) for edge in chart.edges]
    assert edges == [
        (0, 1, "yes", "solid", True), (0, 2, "yes", "solid", True), (1, 3, "with words", "solid", True),
        (3, 4, "", "dotted", True), (4, 5, "", "thick", False), (5, 6, "", "thick", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sequenceDiagram\nA->>B: hi",
        "flowchart TD",
        "flowchart TD\nsubgraph x\na --> b\nend",
        "flowchart TD\na --> ",
        'flowchart TD\na["open',
        "flowchart TD\na --> b c",
        "flowchart TD\n" + "\n".join(f"n{i}" for i in range(300)),
        "flowchart TD\n" + "\n".join(f"a --> b{i % 150}" for i in range(600)),
        "flowchart TD\na[" + "x" * 60_000 + "]",
        "flowchart TD\n" + " --> ".join(f"n{i}" for i in range(200)) + "\n" + "\n".join(["n0 --> n199"] * 100),
    ],
)
def test_what_is_not_understood_or_too_large_is_refused(text: str) -> None:
    with pytest.raises(NotAFlowchartError):
        draw(text)


def test_cycles_loops_and_islands_are_drawn() -> None:
    drawing = draw("flowchart TD\na --> b --> c --> a\nb --> b\nd\ne --> c")
    found = boxes(drawing)
    assert len(found) == 5
    assert all(apart(a, b, 15) for a, b in itertools.combinations(found, 2))


def test_nothing_in_a_drawing_can_run() -> None:
    hostile = (
        "flowchart TD\n"
        'a["<script>alert(1)</script>#34;#60;img src=x onerror=alert(1)#62;"] -->|"#60;b#62;#34; onload=#34;x"| b\n'
        'classDef y fill:url(#a),stroke:#fff" onload="x,color:expression(1)\n'
        'class a y\nstyle b fill:javascript:alert(1)\nclick a href "javascript:alert(1)"\nlinkStyle 0 stroke:red'
    )
    drawing = draw(hostile)
    assert_harmless(drawing)
    assert {tag for tag, _ in elements(drawing)} == {"svg", "g", "path", "polygon", "rect", "text"}
    allowed = {
        "class", "role", "aria-label", "width", "height", "viewbox", "x", "y", "rx", "d", "points", "font-size", "fill",
        "stroke", "stroke-linejoin", "stroke-dasharray",
    }  # fmt: skip
    for _, attributes in elements(drawing):
        assert set(attributes) <= allowed
        assert re.fullmatch(r"#[0-9a-fA-F]{3,8}|[A-Za-z]{3,20}", attributes.get("fill", "red"))


def test_labels_decode_entities_once_and_lose_control_characters() -> None:
    assert label_lines("a#35;b#lt;c") == ("a#b<c",)
    assert label_lines("#35;60;") == ("#60;",)
    assert label_lines("a\x00b<br>c") == ("a b", "c")
    assert label_lines("#9999999;") == ("\N{REPLACEMENT CHARACTER}",)


def test_long_labels_break_into_even_lines() -> None:
    assert wrapped("Does the operator accept it?", 136, 13) == ["Does the operator", "accept it?"]
    lines = wrapped("Does the operator accept this model, now?", 180, 13)
    assert len(lines) == 2
    assert max(text_width(line, 13) for line in lines) <= 180
    assert "".join(wrapped("データを準備しています" * 3, 120, 13)) == "データを準備しています" * 3
