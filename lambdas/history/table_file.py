"""A Markdown file that is a table, newest row first, which several writers add rows to.

Place in the flow: the index of runs and the list of rollbacks are such files. Pure: a new text is made of the text that
is there, so two writers who meet both keep their rows, and a row that is there is not added again. What people write
around the table stays. One cost: only the newest MAX_ROWS rows are listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lambdas.report_text import row

BEGIN = "<!-- issueops:table -->"
END = "<!-- /issueops:table -->"
MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class TableFile:
    """What a table is about.

    Attributes:
        head: titles of the columns; the first column orders the rows, the latest first.
        key: index of the column that tells rows apart.
        left_out: said below a table that is full.
    """

    title: str
    head: tuple[str, ...]
    key: int
    left_out: str = ""

    def with_row(self, text: str | None, cells: Sequence[str]) -> str:
        """The file that has this row too; None where there is no file yet.

        Args:
            cells: Markdown without line breaks and `|`, see `lambdas.report_text.cell`.
        """
        before, rows, after = self._parts(text or "")
        line = row(cells)
        kept = {self._key(old): old for old in [*rows, line]}
        ordered = sorted(sorted(kept.values(), key=self._key), key=_first, reverse=True)
        note = [self.left_out] if self.left_out and len(ordered) > MAX_ROWS else []
        table = [BEGIN, "", row(self.head), row(("---",) * len(self.head)), *ordered[:MAX_ROWS], "", *note, END]
        return "\n".join([*before, *table, *after]) + "\n"

    def _parts(self, text: str) -> tuple[list[str], list[str], list[str]]:
        """Lines before the table, its rows, lines behind it."""
        lines = text.splitlines()
        if BEGIN not in lines or END not in lines[lines.index(BEGIN) :]:
            kept = [line for line in lines if line not in (BEGIN, END)]
            return [*kept, *([""] if kept else [f"# {self.title}", ""])], [], []
        begin = lines.index(BEGIN)
        end = lines.index(END, begin)
        table = [line for line in lines[begin:end] if line.startswith("| ")]
        return lines[:begin], table[2:], lines[end + 1 :]

    def _key(self, line: str) -> str:
        cells = _cells(line)
        return cells[self.key] if self.key < len(cells) else line


def _cells(line: str) -> list[str]:
    return [text.strip() for text in line.strip().strip("|").split("|")]


def _first(line: str) -> str:
    return _cells(line)[0]
