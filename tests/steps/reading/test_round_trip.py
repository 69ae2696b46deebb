"""Whatever a table holds and however it is written, the same cells come back, in the same order."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steps.reading.source import ReadOptions, open_source

NAMES = ("first", "second", "third")
CELLS = st.text(st.sampled_from("abz019 .-,;|\t\"'\n\r\\#éあ漢%"), max_size=8)
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False).map(repr),
    st.sampled_from(
        ["", "0", "007", "-0", "+5", "1e400", "nan", "inf", "NA", "1.", ".5", " 7", "7 ", "1_0", "-", "1,5"]
    ),
)


def read(content: bytes, options: ReadOptions | None = None, name: str = "d.csv") -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        source = open_source(Path(folder) / name, Path(folder) / "scratch", options or ReadOptions())
        frame = source.scan().collect(engine="streaming")
        assert frame.height == source.rows
        assert dict(frame.schema) == dict(source.columns)
        return frame


def written(rows: list[list[str]], *, separator: str, quote: str, newline: str, quote_all: bool) -> str:
    text = io.StringIO(newline="")
    # Python quotes a cell for the line ends it writes itself; a lone CR within a cell needs quotes, too
    writer = csv.writer(
        text,
        delimiter=separator,
        quotechar=quote,
        quoting=csv.QUOTE_ALL if quote_all or newline != "\r\n" else csv.QUOTE_MINIMAL,
        lineterminator=newline,
    )
    writer.writerows([list(NAMES), *rows])
    return text.getvalue()


def not_blank(rows: list[list[str]]) -> list[tuple[str | None, ...]]:
    return [tuple(cell or None for cell in row) for row in rows if any(row)]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12).filter(not_blank),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    quote_all=st.booleans(),
)
def test_text_cells_survive_every_dialect(
    rows: list[list[str]], separator: str, quote: str, newline: str, encoding: str, quote_all: bool
) -> None:
    other = "'" if quote == '"' else '"'  # which of two quotes is meant cannot be told if cells begin with both
    rows = [[cell.replace(other, "_") for cell in row] for row in rows]
    text = written(rows, separator=separator, quote=quote, newline=newline, quote_all=quote_all)
    frame = read(text.encode(encoding), ReadOptions(separator=separator, header=True, all_text=True))
    assert frame.columns == list(NAMES)
    assert frame.rows() == not_blank(rows)


@settings(max_examples=100, deadline=None)
@given(
    cells=st.lists(NUMBERS, min_size=1, max_size=12).filter(any),
    late=st.lists(NUMBERS, max_size=3),
    quote_all=st.booleans(),
)
def test_no_cell_of_a_column_of_numbers_is_lost(cells: list[str], late: list[str], quote_all: bool) -> None:
    """Either a column is text, cell by cell; or every cell is the number that was written."""
    rows = [[str(index), cell, "x"] for index, cell in enumerate([*cells, *late])]
    frame = read(written(rows, separator=";", quote='"', newline="\n", quote_all=quote_all).encode())
    column = frame.get_column("second")
    if column.dtype == pl.String:
        assert column.to_list() == [cell or None for cell in (*cells, *late)]
        return
    for cell, value in zip((*cells, *late), column.to_list(), strict=True):
        assert (value is None) == (not cell.strip())
        if value is not None:
            assert not cell.strip().lstrip("-").startswith(("00", "01", "+"))
            assert value == (int(cell) if column.dtype == pl.Int64 else float(cell))


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "utf-16-le"])
def test_japanese_is_recognised(encoding: str) -> None:
    text = "都道府県,人口,備考\n" + "".join(f"東京都,{i},ひらがなとカタカナ\n北海道,{i},「引用」\n" for i in range(50))
    frame = read(text.encode(encoding))
    assert frame.columns == ["都道府県", "人口", "備考"]
    assert frame.row(1) == ("北海道", 0, "「引用」")
