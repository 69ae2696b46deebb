"""Remarks that need statistics of all rows: missing cells, infinities, cells that are no numbers, tiny classes.

Last stage before PrepareData writes metadata.json. Cost: none worth naming.
"""

from __future__ import annotations

import polars as pl

from steps.processing.finding import DataFinding
from steps.processing.kinds import ColumnKind
from steps.processing.settings import Settings
from steps.processing.splitting import PART_NAMES, TRAIN
from steps.processing.statistics import NumberStatistics, Statistics
from steps.processing.target import Target

MUCH_MISSING = 0.3


def cell_remarks(statistics: Statistics, kinds: list[ColumnKind]) -> list[DataFinding]:
    """What the pass over all rows noticed in single columns."""
    findings: list[DataFinding] = []
    for kind in kinds:
        numbers, levels = statistics.numbers.get(kind.name), statistics.levels.get(kind.name)
        if numbers is not None:
            both = numbers.train.merged(numbers.rest)
            findings += _odd_cells(kind.name, numbers)
            findings += _much_missing(kind.name, both.missing, both.count)
        if levels is not None:
            texts = levels.train.merged(levels.rest)
            findings += _much_missing(kind.name, texts.missing, int(texts.counts.get_column("count").sum()))
    return findings


def _odd_cells(name: str, found: NumberStatistics) -> list[DataFinding]:
    findings = []
    if found.infinite:
        findings.append(
            DataFinding(
                "infinite-value",
                f"'{name}' holds {found.infinite} infinite value(s); they count as missing.",
                "Correct the cells or leave them empty.",
                column=name,
            )
        )
    if found.strange:
        findings.append(
            DataFinding(
                "not-a-number",
                f"'{name}' is a column of numbers, but {found.strange} cell(s) are not "
                f"(such as {found.example[:60]!r}); they count as missing.",
                "Correct the cells, list the word in missing_values, or set column_types to categorical.",
                column=name,
            )
        )
    return findings


def _much_missing(name: str, missing: int, present: int) -> list[DataFinding]:
    if missing < MUCH_MISSING * (missing + present):
        return []
    text = f"'{name}' is missing in {missing / (missing + present):.0%} of the rows."
    return [
        DataFinding("much-missing", text, "Check that it is worth having; drop_columns leaves it out.", column=name)
    ]


def split_remarks(target: Target | None, rows: int, counts: dict[str, list[int]]) -> list[DataFinding]:
    """Rows without a target, and classes that do not stand in every part.

    Args:
        counts: rows of each class by part.
    """
    findings: list[DataFinding] = []
    if target is None or not target.settings.supervised:
        return findings
    if rows > target.rows:
        findings.append(
            DataFinding(
                "missing-target",
                f"{rows - target.rows} row(s) have no value for the target '{target.name}' and were left out.",
                "Nothing to do, unless the target is known for them.",
                column=target.name,
            )
        )
    parts = [name for name in PART_NAMES if sum(counts.get(name, ()))]
    absent = [
        label for index, label in enumerate(target.classes or ()) if any(counts[name][index] == 0 for name in parts)
    ]
    if absent:
        names = ", ".join(f"'{label}'" for label in absent[:5])
        findings.append(
            DataFinding(
                "class-too-small",
                f"Class {names} has too few rows to stand in {', '.join(parts)}; "
                "it went to the training part first and its score is not measured reliably.",
                "Collect more rows of that class, or merge it with another.",
                column=target.name,
            )
        )
    return findings


def setting_remarks(columns: list[str], settings: Settings, renamed: tuple[str, ...]) -> list[DataFinding]:
    """Columns that settings name and the data does not have, where that does no harm; header names that stood twice."""
    findings = []
    unknown = [name for name in settings.drop_columns if name not in columns]
    if unknown:
        findings.append(
            DataFinding(
                "unknown-drop-column",
                f"drop_columns names {', '.join(map(repr, unknown))}, which the dataset does not have.",
                "Correct the name; columns are matched exactly.",
            )
        )
    if renamed:
        findings.append(
            DataFinding(
                "duplicate-column",
                f"Column names stand twice in the header; the later ones are called {', '.join(map(repr, renamed))}.",
                "Give every column its own name.",
            )
        )
    return findings


def class_counts(parts: pl.Series, classes: pl.Series, number: int) -> dict[str, list[int]]:
    """Rows of each class in each part."""
    counts = {name: [0] * number for name in PART_NAMES}
    frame = pl.DataFrame({"part": parts, "class": classes}).drop_nulls()
    for part, label, rows in frame.group_by("part", "class").len().iter_rows():
        if TRAIN <= part < len(PART_NAMES):
            counts[PART_NAMES[part]][label] += rows
    return counts
