"""The evaluation as Markdown, for the history file and the issue: what the HTML page says, in fewer rows.

Written by EvaluateModel. Every text is escaped here: a column name is shown, never rendered, and mentions nobody.
Cost: at most MAX_CHARACTERS; sections that do not fit any more are named at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from steps.evaluation.report import Report
from steps.evaluation.report_document import (
    Block,
    Cell,
    Code,
    Facts,
    Paragraph,
    Pictures,
    Remarks,
    Table,
)
from steps.evaluation.report_sections import sections
from steps.evaluation.report_text import plain

MAX_CHARACTERS = 29_000
MAX_ROWS = 25
MAX_COLUMNS = 13
MAX_CELL = 90
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|!~])")
_BLOCK_START = re.compile(r"^([-+]|\d{1,9}[.)]|[-=]+$)(?=\s|$)")
_ENTITIES = str.maketrans({"&": "&amp;", "#": "#\u200b", "$": "&#36;", "@": "@\u200b"})


def markdown_report(report: Report) -> str:
    """The whole report; sections that would exceed MAX_CHARACTERS are left out and named."""
    text = "\n\n".join([f"# {escaped(report.title)}", f"**{escaped(report.verdict)}**", escaped(report.summary)])
    left_out = []
    for section in sections(report):
        written = "\n\n".join([f"## {escaped(section.title)}", *map(_block, section.blocks)])
        if len(text) + len(written) > MAX_CHARACTERS:
            left_out.append(section.title)
        else:
            text += f"\n\n{written}"
    if left_out:
        text += f"\n\nThe HTML report also holds: {escaped(', '.join(left_out))}."
    return text + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, numbers: int = 1, words_again: int = 1_000) -> str:
    """A pipe table; columns from ``numbers`` to ``words_again`` are flushed right."""
    kinds = ("---:" if numbers <= column < words_again else "---" for column in range(len(header)))
    lines = [f"| {' | '.join(map(escaped, header))} |", f"| {' | '.join(kinds)} |"]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return "\n".join(lines)


def escaped(text: object, limit: int = 500) -> str:
    """Text on one line that Markdown shows as it is: no markup, mention, reference, link or formula."""
    line = _SPECIAL.sub(r"\\\1", plain(text, limit)).translate(_ENTITIES)
    line = line.replace("://", ":\u200b//").replace("www.", "www\u200b.")
    return _BLOCK_START.sub("\u200b\\1", line)


def code(text: object, limit: int = 500) -> str:
    """A code span on one line that also works inside a table."""
    line = plain(text, limit).replace("`", "'").replace("|", "¦")
    return f"`{line}`" if line else ""


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return f"**{escaped(block.text)}**" if block.strong else escaped(block.text)
        case Table():
            return _table(block)
        case Facts():
            return "\n".join(f"- {escaped(label)}: {_cell(cell, 800)}" for label, cell in block.rows)
        case Remarks():
            items = [
                f"- **{escaped(item.severity)}** {escaped(item.text, 300)} {escaped(item.remedy, 200)}".rstrip()
                for item in block.items[:MAX_ROWS]
            ]
            return "\n".join([*items, *_more(len(block.items) - MAX_ROWS, "- ")])
        case Pictures():
            return "\n\n".join(
                f"![{escaped(plot.title)}](plots/{plot.name}.png)\n\n{escaped(plot.caption, 600)}"
                for plot in block.plots
            )


def _table(block: Table) -> str:
    if block.folded and len(block.header) > MAX_COLUMNS:
        return f"{escaped(block.folded)} stands in the HTML report."
    shown = table(block.header, block.rows[:MAX_ROWS], numbers=block.numbers, words_again=block.words_again)
    return "\n\n".join([shown, *_more(len(block.rows) - MAX_ROWS)])


def _more(count: int, start: str = "") -> list[str]:
    return [f"{start}{count:,} more stand in the HTML report."] if count > 0 else []


def _cell(cell: Cell, limit: int = MAX_CELL) -> str:
    return code(cell.text, limit) if isinstance(cell, Code) else escaped(cell, limit)
