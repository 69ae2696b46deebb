"""A chart's fixed words in the reader's language: its steps' states, the labels of its branches, what it is.

Place in the flow: between parser and layout, for translated words have another width. What a chart calls its nodes is
not touched. One cost: a node's second line that happens to be such a word is translated, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from local.web.mermaid.chart import Chart


@dataclass(frozen=True, slots=True)
class Captions:
    """What a drawing says of itself; hashable, for drawings are remembered.

    Attributes:
        title: for screen readers, with {count} for its nodes; a drawing without one has no name.
        words: (as the chart has it, as it is shown).
    """

    title: str = ""
    words: tuple[tuple[str, str], ...] = ()


PLAIN = Captions()


def captioned(chart: Chart, captions: Captions) -> Chart:
    """The chart with every line below a node's title and every label replaced, where there is a word for it."""
    words = dict(captions.words)
    nodes = (
        replace(node, label=node.label[:1] + tuple(words.get(line, line) for line in node.label[1:]))
        for node in chart.nodes
    )
    edges = (replace(edge, label=words.get(edge.label, edge.label)) for edge in chart.edges)
    return replace(chart, nodes=tuple(nodes), edges=tuple(edges))
