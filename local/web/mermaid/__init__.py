"""Mermaid flowcharts as SVG, on the server: text -> chart -> layers -> positions -> drawing.

Place in the flow: Markdown and the page of an execution call `draw`. Every stage is pure. One cost: flowcharts only;
for any other diagram the caller shows the text.
"""

from __future__ import annotations

from functools import lru_cache

from local.web.mermaid.captions import PLAIN, Captions, captioned
from local.web.mermaid.chart import NotAFlowchartError
from local.web.mermaid.drawing import svg
from local.web.mermaid.parser import parse

__all__ = ["PLAIN", "Captions", "NotAFlowchartError", "draw"]


@lru_cache(maxsize=64)
def draw(text: str, captions: Captions = PLAIN) -> str:
    """The `<svg>` element of a flowchart; everything in it is escaped.

    Raises:
        NotAFlowchartError: another kind of diagram, something that is not understood, or too large.
    """
    chart = captioned(parse(text), captions)
    return svg(chart, captions.title.format(count=len(chart.nodes)))
