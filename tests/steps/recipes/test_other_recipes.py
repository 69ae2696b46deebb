"""Categories, dates and the preprocessor around them: what they make of raw cells, and their way through JSON."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from contracts.errors import DataError
from steps.preprocessor import Interaction, Preprocessor
from steps.processing.date_formats import detect_formats
from steps.recipes.categorical import OneHotColumn, OrdinalColumn, TargetColumn
from steps.recipes.dates import DateColumn, DatePart
from steps.recipes.numeric import NumericColumn
from steps.recipes.target_transform import TargetTransform

EVERYTHING = Preprocessor(
    (
        NumericColumn(
            "n", "plain", ("n",), fill=1.0, clip=(0.0, 9.0), transform="yeo_johnson", power=0.5, indicator="m"
        ),
        NumericColumn("b", "decimal_comma", ("b1", "b2"), fill=0.0, edges=(1.5,)),
        OneHotColumn("c", ("x", "y"), True, True, ("c=x", "c=y", "c=(other)", "c=(missing)"), ("n/k",)),
        OrdinalColumn("o", ("low", "mid", "high"), "o"),
        TargetColumn("t", ("", "p", "q"), ((0.1, 0.2, 0.3),), (0.25,), (0.2,), (0.5,), ("t",)),
        DateColumn("d", ("%Y-%m-%d",), (DatePart("month", 6.0, 6.0, 2.0, "d.month"),), "d=(missing)"),
    ),
    (Interaction("n", "o", "n × o"),),
    TargetTransform("log1p"),
)
ROWS = pl.DataFrame(
    {
        "n": ["4", "?"], "b": ["1,0", "2,0"], "c": ["x", "n/k"], "o": ["high", "none"],
        "t": ["p", "new"], "d": ["2026-02-01", "soon"],
    }
)  # fmt: skip


def test_a_preprocessor_comes_back_from_json() -> None:
    again = Preprocessor.from_json(EVERYTHING.to_json())
    assert again == EVERYTHING
    assert again.transform(ROWS).equals(EVERYTHING.transform(ROWS))


def test_raw_cells_become_features() -> None:
    done = EVERYTHING.transform(ROWS)
    assert tuple(done.columns) == EVERYTHING.features
    assert done.null_count().sum_horizontal().item() == 0
    first, second = done.rows(named=True)
    assert (first["c=x"], first["c=(missing)"], second["c=(missing)"], second["c=(other)"]) == (1, 0, 1, 0)
    assert (first["o"], second["o"]) == (1.0, -1.0)
    assert first["t"] == pytest.approx(0.0)
    assert second["t"] == pytest.approx(0.1)
    assert (first["d.month"], second["d.month"], second["d=(missing)"]) == (-2.0, 0.0, 1)
    assert first["n × o"] == pytest.approx(first["n"] * first["o"])
    assert (first["b1"], second["b1"], second["b2"]) == (1, 0, 1)


def test_the_matrix_is_what_libraries_want() -> None:
    matrix = EVERYTHING.matrix(ROWS)
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    assert matrix.shape == (2, len(EVERYTHING.features))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="lack the column\\(s\\) 'd'; the model needs 'n', 'b'"):
        EVERYTHING.transform(ROWS.drop("d"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 2, "recipes": [{"kind": "magic"}]}'])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"preprocessor.json"):
        Preprocessor.from_json(text)


def test_a_typed_date_needs_no_format() -> None:
    recipe = DateColumn(
        "d", (), (DatePart("elapsed_days", 0.0, 0.0, 1.0, "e"), DatePart("is_weekend", 0.0, 0.0, 1.0, "w"))
    )
    frame = pl.DataFrame({"d": [dt.date(1970, 1, 3), None, dt.date(2026, 11, 24)]})
    done = pl.DataFrame(recipe.encode(frame.select(recipe.value(pl.Date())).to_series()))
    assert done.get_column("e").to_list() == [2.0, 0.0, 20781.0]
    assert done.get_column("w").to_list() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("cells", "formats", "ambiguous"),
    [
        (["2026-11-24", "2025-01-31"], ("%Y-%m-%d",), False),
        (["24.11.2026", "31.01.2025"], ("%d.%m.%Y",), False),
        (["31/01/2025", "24/12/2026"], ("%d/%m/%Y",), False),
        (["01/31/2025", "12/24/2026"], ("%m/%d/%Y",), False),
        (["01/02/2025", "03/04/2026"], ("%m/%d/%Y",), True),
        (["2026年11月24日", "2025年1月3日"], ("%Y年%m月%d日",), False),
        (["2026-11-24T10:00:00Z", "2025-01-31T23:59:59Z"], ("%Y-%m-%dT%H:%M:%SZ",), False),
        (["24 Nov 2026", "2026-11-24 08:30", "2026/11/24"], None, False),
        (["abc", "def"], (), False),
        (["12345678", "x"], (), False),
    ],
)
def test_formats_of_dates_are_found(cells: list[str], formats: tuple[str, ...] | None, ambiguous: bool) -> None:
    found, unsure = detect_formats(pl.Series("d", cells * 20))
    assert unsure is ambiguous
    assert (len(found) == 3) if formats is None else (found == formats)
