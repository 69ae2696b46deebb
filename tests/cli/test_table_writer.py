"""Tables on disk: whole or not at all, in the format that the name asks for."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from cli.table_writer import CsvWriter, JsonLinesWriter, open_table
from contracts.errors import ConfigError

ROWS = pl.DataFrame({"a": [1, 2], "b": ["x, y", None]})


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".ndjson", ".parquet", ".pq"])
def test_an_output_is_not_touched_until_all_rows_are_written(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out{suffix}"
    out.write_text("before")

    def write_half() -> None:
        with open_table(out) as table:
            table.write(ROWS)
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        write_half()
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    with open_table(out) as table:
        table.write(ROWS)
        table.write(ROWS)
    read = {".csv": pl.read_csv, ".parquet": pl.read_parquet, ".pq": pl.read_parquet}.get(suffix, pl.read_ndjson)
    assert read(out).equals(pl.concat([ROWS, ROWS]))
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_what_csv_cannot_hold_is_said_with_a_way_out(tmp_path: Path) -> None:
    nested = pl.DataFrame({"tags": [["a", "b"]]})
    with (
        pytest.raises(ConfigError, match=r"nested column 'tags'; write \.jsonl or \.parquet"),
        open_table(tmp_path / "out.csv") as table,
    ):
        table.write(nested)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("none/o.csv", "does not exist; make it first"), ("made.csv", "is a folder"), ("o.xlsx", "end in")],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "made.csv").mkdir()
    with pytest.raises(ConfigError, match=said), open_table(tmp_path / name):
        pass


@pytest.mark.parametrize("kind", [CsvWriter, JsonLinesWriter])
def test_a_reader_that_went_away_is_a_broken_pipe(kind: type[CsvWriter] | type[JsonLinesWriter]) -> None:
    """As in `issueops predict … | head`: no error of Polars, no traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as file:
        kind(file).write(pl.DataFrame({"a": range(10)}))
