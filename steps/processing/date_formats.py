"""Finds the formats in which a column of text writes its dates.

Used where columns get their kinds. Several formats in one column are fine; the first that fits a cell reads it.
Cost: formats that are not in the list below are no dates to us.
"""

from __future__ import annotations

import polars as pl

from steps.recipes.values import date_value

_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%m/%d/%y",
    "%d/%m/%y",
)
_TIMES = (" %H:%M", " %H:%M:%S", " %H:%M:%S%.f")
FORMATS = (
    *_DATES,
    *(day + time for day in _DATES[:9] for time in _TIMES),
    *(f"%Y-%m-%dT%H:%M{rest}" for rest in ("", ":%S", ":%S%.f", ":%SZ", ":%S%.fZ")),
)
COVERAGE = 0.95
MAX_FORMATS = 8
EXAMINED = 2_000


def detect_formats(series: pl.Series) -> tuple[tuple[str, ...], bool]:
    """Formats that read at least 95 % of the cells, the most frequent first; and whether day and month may be swapped.

    Returns:
        An empty tuple where the column holds no dates.
    """
    values = series.drop_nulls().unique(maintain_order=True)
    cells = values.gather_every(max(1, len(values) // EXAMINED)).to_frame("cell")
    text = pl.col("cell").str.strip_chars()
    plausible = text.str.len_chars().is_between(6, 32) & (text.str.count_matches(r"\d") >= 3)
    cells = cells.filter(text != "")
    if cells.is_empty() or float(cells.select(plausible.mean()).item()) < COVERAGE:
        return (), False
    dtype = pl.String()
    read = {form: cells.select(date_value("cell", dtype, (form,)).is_not_null()).to_series() for form in FORMATS}
    chosen: list[str] = []
    covered = pl.repeat(False, cells.height, dtype=pl.Boolean, eager=True)
    while len(chosen) < MAX_FORMATS:
        form = max(FORMATS, key=lambda form: int((read[form] & ~covered).sum()))
        if int((read[form] & ~covered).sum()) == 0:
            break
        chosen.append(form)
        covered = covered | read[form]
    if float(covered.mean() or 0.0) < COVERAGE:  # type: ignore[arg-type]
        return (), False
    swapped = [(form, _swap(form)) for form in chosen]
    ambiguous = any(other in read and bool((read[form] == read[other]).all()) for form, other in swapped if other)
    return tuple(chosen), ambiguous


def _swap(form: str) -> str | None:
    """The format with day and month exchanged, where both are numbers."""
    if "%m" not in form or "%d" not in form or form.startswith("%Y"):
        return None
    return form.replace("%m", "\0").replace("%d", "%m").replace("\0", "%d")
