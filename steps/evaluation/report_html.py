"""The evaluation as one HTML file that needs nothing else: no script, no network.

Written by EvaluateModel. Every text is escaped here and nowhere else, and a content security policy forbids scripts
and everything that is not in the file.
Cost: plots are embedded, some 30 kB each.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from steps.evaluation.plots.plot import Plot
from steps.evaluation.report import Report
from steps.evaluation.report_document import (
    Block,
    Cell,
    Code,
    Facts,
    Paragraph,
    Pictures,
    Remark,
    Remarks,
    Section,
    Table,
)
from steps.evaluation.report_sections import sections
from steps.evaluation.report_style import STYLE
from steps.evaluation.report_text import UNKNOWN, plain, shown

MAX_ROWS = 200
WIDE = 900
"""Pictures wider than this many pixels take the whole width of the page."""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html_report(report: Report) -> str:
    """The whole page."""
    content = sections(report)
    title = escape(plain(report.title, 120))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body>\n"
        f'<header><h1>{title}</h1><p class="soft">{escape(plain(report.summary))}</p></header>\n'
        f"{_verdict(report)}\n{_contents(content)}\n<main>\n"
        + "\n".join(map(_row, _rows(content)))
        + "\n</main>\n</body></html>\n"
    )


def _verdict(report: Report) -> str:
    outcome = "passed" if report.passed else "failed"
    tiles = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}<small>{escape(note)}</small></dd></div>"
        for label, value, note in _tiles(report)
    )
    return (
        f'<section class="verdict {outcome}" aria-label="Verdict"><p><strong>{escape(report.verdict)}</strong></p>'
        f"<dl>{tiles}</dl></section>"
    )


def _tiles(report: Report) -> Iterable[tuple[str, str, str]]:
    judge, evaluation = report.judge, report.evaluation
    name = str(judge["metric"])
    measured = evaluation.metrics.get(name)
    deviation = UNKNOWN if measured is None else shown(measured.deviation, 2)
    yield name, shown(judge["value"]), f"± {deviation}" if deviation != UNKNOWN else ""
    yield f"asked for {report.relation}", f"{judge['threshold']:g}", f"margin {judge['margin']:+.3g}"
    if name in evaluation.baseline:
        yield "dummy", shown(evaluation.baseline[name]), "ignores every feature"
    if evaluation.champion is not None and name in evaluation.champion.metrics:
        yield "in place", shown(evaluation.champion.metrics[name].value), plain(evaluation.champion.reference, 40)


def _contents(content: Sequence[Section]) -> str:
    links = "".join(f'<a href="#{section.key}">{escape(section.title)}</a>' for section in content)
    return f'<nav aria-label="Contents">{links}</nav>'


def _rows(content: Sequence[Section]) -> list[list[Section]]:
    """Sections side by side where half a page is enough for each."""
    rows: list[list[Section]] = []
    for section in content:
        if section.half and rows and rows[-1][0].half and len(rows[-1]) < 2:
            rows[-1].append(section)
        else:
            rows.append([section])
    return rows


def _row(row: Sequence[Section]) -> str:
    text = "".join(map(_section, row))
    return f'<div class="pair">{text}</div>' if len(row) > 1 else text


def _section(section: Section) -> str:
    half = ' class="half"' if section.half else ""
    body = "".join(_block(block, section.title) for block in section.blocks)
    return (
        f'<section id="{section.key}"{half} aria-labelledby="{section.key}-h"><h2 id="{section.key}-h">'
        f"{escape(section.title)}</h2>{body}</section>"
    )


def _block(block: Block, title: str) -> str:
    match block:
        case Paragraph():
            return f"<p><strong>{escape(block.text)}</strong></p>" if block.strong else f"<p>{escape(block.text)}</p>"
        case Table():
            return _table(block, title)
        case Facts():
            rows = "".join(
                f'<tr><th scope="row">{escape(label)}</th><td>{_text(cell)}</td></tr>' for label, cell in block.rows
            )
            return f'<table class="facts">{rows}</table>'
        case Remarks():
            return f'<ul class="remarks">{"".join(map(_remark, block.items))}</ul>'
        case Pictures():
            return f'<div class="plots">{"".join(map(_figure, block.plots))}</div>'


def _table(table: Table, title: str) -> str:
    def kind(column: int) -> str:
        return ' class="n"' if table.numbers <= column < table.words_again else ' class="w"'

    head = "".join(f'<th scope="col"{kind(column)}>{escape(name)}</th>' for column, name in enumerate(table.header))
    body = "".join(
        f"<tr{' class=chosen' if index == table.chosen else ''}>"
        + "".join(
            f'<th scope="row">{_text(cell)}</th>' if column == 0 else f"<td{kind(column)}>{_text(cell)}</td>"
            for column, cell in enumerate(row)
        )
        + "</tr>"
        for index, row in enumerate(table.rows[:MAX_ROWS])
    )
    rest = len(table.rows) - MAX_ROWS
    more = f"<p>{rest:,} more rows are not shown.</p>" if rest > 0 else ""
    label = escape(table.folded or title)
    text = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{more}"
    )
    return f"<details><summary>{label}</summary>{text}</details>" if table.folded else text


def _remark(item: Remark) -> str:
    known = item.severity if item.severity in ("error", "warning") else "info"
    return (
        f'<li><span class="badge {known}">{escape(item.severity)}</span><span>{escape(item.text)} '
        f'<span class="soft">{escape(item.remedy)}</span></span></li>'
    )


def _figure(plot: Plot) -> str:
    width, height = _size(plot.png)
    data = base64.b64encode(plot.png).decode("ascii")
    wide = ' class="wide"' if width > WIDE else ""
    return (
        f'<figure{wide}><img src="data:image/png;base64,{data}" width="{width}" height="{height}" '
        f'alt="{escape(plain(plot.title))}"><figcaption>{escape(plain(plot.caption, 1_000))}</figcaption></figure>'
    )


def _size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the header of a PNG file."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def _text(cell: Cell) -> str:
    return f"<code>{escape(cell.text)}</code>" if isinstance(cell, Code) else escape(cell)
