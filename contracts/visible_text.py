"""What a reader of an issue or a comment sees: HTML comments are blank, line numbers stay.

Place in the flow: issue bodies and comments pass through here first, so that nothing a reviewer cannot see decides
anything, and an example in a template's comment is no configuration. One cost: only comments that begin a line count,
as Markdown has it; one inside a paragraph cannot hold a block, a heading or a command of its own anyway.

Source: CommonMark 0.31, HTML blocks of kind 2.
"""

from __future__ import annotations

import re

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_OPENS_COMMENT = re.compile(r"^ {0,3}<!--")


def visible_lines(text: str) -> list[str]:
    """The lines of a Markdown text, those of HTML comments emptied; what stands in a code fence is code."""
    lines: list[str] = []
    fence = ""
    hidden = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        mark = None if hidden else FENCE.match(line)
        if mark is not None:
            fence = fence_after(fence, mark)
        elif not fence and (hidden or _OPENS_COMMENT.match(line)):
            hidden = "-->" not in line
            line = ""
        lines.append(line)
    return lines


def fence_after(fence: str, mark: re.Match[str]) -> str:
    """The fence that is open after a line that looks like one, or nothing."""
    if not fence:
        backticks_inside = mark.group(1)[0] == "`" and "`" in mark.group(2)
        return "" if backticks_inside else mark.group(1)
    closes = mark.group(1).startswith(fence) and not mark.group(2).strip()
    return "" if closes else fence
