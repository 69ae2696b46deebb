"""Our simple Markdown, taken apart: headings, items, lines and code, with bold, code and links in them.

Place in the flow: `renderings` puts it together again as Slack's mrkdwn, plain text or HTML. Pure; never raises. What
`contracts.messages.escape` protected is plain text here. One cost: tables and quotes stay the lines they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Style = Literal["text", "bold", "code", "link"]
BlockKind = Literal["heading", "item", "line", "code", "blank"]

_INLINE = re.compile(
    r"\\(?P<literal>[!-/:-@\[-`{-~])"
    r"|`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>(?:\\.|[^*\\\n])+)\*\*"
    r"|!?\[(?P<label>(?:\\.|[^\[\]\\\n])*)\]\((?P<url>https?://[^\s()<>|\"'\\]+)\)"
)
_ITEM = re.compile(r"^ {0,6}[-*] +(?P<rest>.*)$")
_HEADING = re.compile(r"^#{1,6} +(?P<rest>.*)$")
_FENCE = re.compile(r"^ {0,3}```")
_TAGS = re.compile(r"</?(?:details|summary)>")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text as it is to be read, without marks; `url` for a link."""

    text: str
    style: Style = "text"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One line."""

    kind: BlockKind
    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(span.text for span in self.spans)


def blocks(markdown: str) -> Iterator[Block]:
    """The lines of a text."""
    fenced = False
    for line in _TAGS.sub("", markdown).splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced:
            yield Block("code", (Span(line, "code"),))
        elif not line.strip():
            yield Block("blank")
        elif heading := _HEADING.match(line):
            yield Block("heading", spans(heading["rest"]))
        elif item := _ITEM.match(line):
            yield Block("item", spans(item["rest"]))
        else:
            yield Block("line", spans(line.strip()))


def spans(line: str) -> tuple[Span, ...]:
    """A line's runs of text; neighbours differ in style."""
    found: list[Span] = []

    def add(span: Span) -> None:
        if found and found[-1].style == span.style == "text":
            found[-1] = Span(found[-1].text + span.text)
        elif span.text:
            found.append(span)

    done = 0
    for match in _INLINE.finditer(line):
        add(Span(html.unescape(line[done : match.start()])))
        done = match.end()
        if match["literal"]:
            add(Span(match["literal"]))
        elif match["code"]:
            add(Span(html.unescape(match["code"]), "code"))
        elif match["bold"]:
            add(Span(plain_line(match["bold"]), "bold"))
        else:
            add(Span(plain_line(match["label"]) or match["url"], "link", match["url"]))
    add(Span(html.unescape(line[done:])))
    return tuple(found)


def plain_line(line: str) -> str:
    """A line without its marks."""
    return "".join(span.text for span in spans(line))
