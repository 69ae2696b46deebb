"""What each raw column is: numbers, categories, or nothing a model can use.

Fourth stage of PrepareData. Kind and notation are read off all rows (a schema, not a statistic of the
target); everything that is fitted comes later and sees the training part only.
Cost: one pass per column of text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from steps.numbers_in_text import MISSING_MARKERS, Notation, detect, is_marker, parse
from steps.preprocessor import category_value, numeric_value
from steps.processing.finding import DataFinding
from steps.processing.reading import RawTable

NUMERIC_FRACTION = 0.95
"""A column of text is numeric if at least this fraction of its cells are numbers."""

Kind = Literal["numeric", "categorical", "dropped"]


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column over all rows; statistics are null for text."""

    name: str
    kind: Kind
    notation: Notation
    missing: int
    levels: int | None
    mean: float | None
    std: float | None
    min: float | None
    max: float | None
    reason: str | None = None


def profile_columns(
    table: RawTable, *, target: str, drop_columns: tuple[str, ...]
) -> tuple[list[ColumnProfile], list[DataFinding]]:
    """Profiles of all columns but the target, in file order, and what was noticed."""
    findings: list[DataFinding] = []
    profiles = [
        _profile(table, name, findings, asked_to_drop=name in drop_columns)
        for name in table.frame.columns
        if name != target
    ]
    unknown = [name for name in drop_columns if name not in table.frame.columns]
    if unknown:
        findings.append(
            DataFinding(
                "unknown-drop-column",
                f"drop_columns names {', '.join(map(repr, unknown))}, which the dataset does not have.",
                "Correct the name; columns are matched exactly.",
            )
        )
    if table.renamed:
        findings.append(
            DataFinding(
                "duplicate-column",
                f"Column names stand twice in the header; the later ones are called "
                f"{', '.join(map(repr, table.renamed))}.",
                "Give every column its own name.",
            )
        )
    return profiles, findings


def _profile(table: RawTable, name: str, findings: list[DataFinding], *, asked_to_drop: bool) -> ColumnProfile:
    series = table.frame.get_column(name)
    if asked_to_drop:
        return _dropped(series, "named in drop_columns")
    if series.dtype.is_nested() or series.dtype in (pl.Binary, pl.Object):
        findings.append(
            DataFinding("nested-column", f"'{name}' holds {series.dtype}, which was dropped.", "Flatten it first.")
        )
        return _dropped(series, f"holds {series.dtype}")
    if series.dtype == pl.String:
        notation, fraction = detect(series, separator=table.separator)
    else:
        notation, fraction = Notation.PLAIN, 1.0 if series.dtype.is_numeric() else 0.0
    if fraction >= NUMERIC_FRACTION:
        return _numeric(series, notation, findings)
    return _categorical(series, findings)


def _numeric(series: pl.Series, notation: Notation, findings: list[DataFinding]) -> ColumnProfile:
    name, frame = series.name, series.to_frame()
    cell = parse(pl.col(name), notation) if series.dtype == pl.String else pl.col(name).cast(pl.Float64)
    infinite = int(frame.select(cell.is_infinite().fill_null(False).sum()).item())
    if infinite:
        findings.append(
            DataFinding(
                "infinite-value",
                f"'{name}' holds {infinite} infinite value(s); they count as missing.",
                "Correct the cells or leave them empty.",
            )
        )
    if series.dtype == pl.String:
        strange = frame.filter(cell.is_null() & ~is_marker(pl.col(name)).fill_null(True)).to_series()
        if len(strange):
            findings.append(
                DataFinding(
                    "not-a-number",
                    f"'{name}' is a column of numbers, but {len(strange)} cell(s) are not "
                    f"(such as {strange[0]!r}); they count as missing.",
                    "Correct the cells or leave them empty.",
                )
            )
    values = frame.select(numeric_value(name, series.dtype, notation)).to_series()
    return ColumnProfile(
        name=name,
        kind="numeric",
        notation=notation,
        missing=values.null_count(),
        levels=None,
        mean=_float(values.mean()),
        std=_float(values.std()),
        min=_float(values.min()),
        max=_float(values.max()),
    )


def _categorical(series: pl.Series, findings: list[DataFinding]) -> ColumnProfile:
    values = series.to_frame().select(category_value(series.name, series.dtype)).to_series()
    levels = values.drop_nulls().n_unique()
    if not series.dtype.is_temporal() and 0 < levels <= 1000:
        markers = [v for v in values.drop_nulls().unique(maintain_order=True) if v.lower() in MISSING_MARKERS]
        if markers:
            findings.append(
                DataFinding(
                    "missing-marker-kept",
                    f"'{series.name}' has the category {', '.join(map(repr, markers[:3]))}; it was kept as a category.",
                    "Leave the cell empty if it means missing.",
                )
            )
    return ColumnProfile(
        name=series.name,
        kind="categorical",
        notation=Notation.PLAIN,
        missing=values.null_count(),
        levels=levels,
        mean=None,
        std=None,
        min=None,
        max=None,
    )


def _dropped(series: pl.Series, reason: str) -> ColumnProfile:
    return ColumnProfile(
        series.name, "dropped", Notation.PLAIN, series.null_count(), None, None, None, None, None, reason
    )


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
