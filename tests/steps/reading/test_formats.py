"""Formats, archives and parts that hold the same table are read as the same table."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import zstandard
from polars.testing import assert_frame_equal

from steps.reading.source import ReadOptions, open_source
from tests.steps.reading.conftest import Open, kinds, rows

FRAME = pl.DataFrame({"id": range(1, 51), "x": [i / 4 for i in range(50)], "c": ["a", "ä", None, "d", "e"] * 10})
CSV = FRAME.write_csv().encode()
DICTS = FRAME.to_dicts()
JSONL = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in DICTS).encode()


def parquet(frame: pl.DataFrame = FRAME) -> bytes:
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        archive.writestr("__MACOSX/._" + name, b"x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.csv", CSV),
        ("d.csv.gz", gzip.compress(CSV[:99]) + gzip.compress(CSV[99:])),
        ("d.csv.bz2", bz2.compress(CSV)),
        ("d.csv.zst", zstandard.compress(CSV)),
        ("d.csv.zst", zstandard.compress(CSV[:99]) + zstandard.compress(CSV[99:])),
        ("d.zip", zipped("d.csv", CSV)),
        ("d.tsv", FRAME.write_csv(separator="\t").encode()),
        ("d.jsonl", JSONL),
        ("d.jsonl", b"\xef\xbb\xbf" + JSONL.replace(b"\n", b"\r\n\r\n")),
        ("d.jsonl", JSONL.decode().encode("utf-16")),
        ("d.txt", JSONL),
        ("d[1].jsonl", JSONL),
        ("d.ndjson.zst", zstandard.compress(JSONL)),
        ("d.json", json.dumps(DICTS).encode()),
        ("d.json", json.dumps(DICTS, indent=2).encode()),
        ("d.json", b"\xef\xbb\xbf \n" + json.dumps(DICTS, ensure_ascii=False).encode()),
        ("d.json", JSONL),
        ("d.zip", zipped("d.json", JSONL)),
        ("d.parquet", parquet()),
        ("d.csv", parquet()),
        ("d[*].parquet", parquet()),
        ("d.parquet.gz", gzip.compress(parquet())),
    ],
)
def test_every_format_gives_the_same_table(name: str, content: bytes, opened: Open) -> None:
    source = opened({name: content})
    assert_frame_equal(source.scan().collect(), FRAME)
    assert (source.rows, source.files) == (50, (name,))


def test_folder_of_parts_is_one_table_in_the_order_of_names(opened: Open) -> None:
    part = FRAME.slice(0, 10)
    source = opened(
        {
            "b/2.parquet": parquet(part.select("c", "id", "x")),
            "b/1.csv.gz": gzip.compress(part.write_csv().encode()),
            "a.jsonl": "".join(json.dumps(row) + "\n" for row in part.to_dicts()),
            "README.md": "x",
            "LICENSE": "x",
            "dataset.yaml": "target: y",
            ".hidden.csv": "z",
            ".cache/x.csv": "z",
            "_SUCCESS": "",
            "picture.png": b"x",
        }
    )
    assert source.files == ("a.jsonl", "b/1.csv.gz", "b/2.parquet")
    assert_frame_equal(source.scan().collect(), pl.concat([part] * 3))
    assert_frame_equal(pl.concat(source.batches(7)), pl.concat([part] * 3))


def test_types_of_different_formats_are_unified(opened: Open) -> None:
    source = opened(
        {
            "1.csv": "a,b,c\n1,x,1\n",
            "2.parquet": parquet(pl.DataFrame({"c": ["z"], "b": ["y"], "a": [2.5]})),
            "3.jsonl": '{"a": 3, "b": null, "c": 4}\n',
        }
    )
    assert kinds(source) == {"a": "float", "b": "text", "c": "text"}
    assert rows(source) == [(1.0, "x", "1"), (2.5, "y", "z"), (3.0, None, "4")]
    assert [row for batch in source.batches(2) for row in batch.rows()] == rows(source)


def test_a_single_file_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "upload").write_bytes(CSV)
    assert open_source(tmp_path / "upload", tmp_path / "scratch", ReadOptions()).rows == 50


def test_parquet_is_used_where_it_lies_and_copies_are_removed(tmp_path: Path, opened: Open) -> None:
    opened({"d.parquet": parquet()})
    opened({"d.csv.gz": gzip.compress(CSV.decode().encode("utf-16"))})
    left = [path.name for path in sorted(tmp_path.rglob("*")) if path.is_file()]
    assert left == ["d.parquet", "d.csv.gz", "rows.parquet"]


def test_parquet_with_large_row_groups_is_written_again(tmp_path: Path) -> None:
    frame = pl.select(pl.int_range(3_000_000).alias("n"), pl.int_range(3_000_000).cast(pl.String).alias("t"))
    frame.write_parquet(tmp_path / "d.parquet", row_group_size=3_000_000)
    source = open_source(tmp_path / "d.parquet", tmp_path / "scratch", ReadOptions(max_memory_mb=128))
    assert len(list((tmp_path / "scratch").rglob("*.parquet"))) > 3
    assert_frame_equal(source.scan().collect(), frame)
    assert_frame_equal(pl.concat(source.batches(100_000, ["n"])), frame.select("n"))


def test_parquet_keeps_its_types(opened: Open) -> None:
    frame = pl.DataFrame(
        {
            "f": pl.Series([1.5, None], dtype=pl.Float32),
            "b": [True, False],
            "d": [date(2020, 1, 1), None],
            "cat": pl.Series(["x", "y"], dtype=pl.Categorical),
            "dec": pl.Series(["1.10", "2.20"]).cast(pl.Decimal(10, 2)),
            "nothing": pl.Series([None, None], dtype=pl.Null),
            "list": [[1], [2]],
        }
    )
    source = opened({"d.parquet": parquet(frame)}, text_columns=frozenset({"f", "list"}))
    assert list(source.columns.values()) == [
        pl.String,
        pl.Boolean,
        pl.Date,
        pl.String,
        pl.Float64,
        pl.String,
        pl.List(pl.Int64),
    ]
    assert rows(source)[0] == ("1.5", True, date(2020, 1, 1), "x", 1.1, None, [1])


def test_blank_rows_are_left_out_of_every_format(opened: Open) -> None:
    blank = pl.DataFrame(
        {"a": [None, 1, None, None], "b": [None, None, "x", None]}, schema={"a": pl.Int64, "b": pl.String}
    )
    expected = [(1, None), (None, "x")]
    assert rows(opened({"d.parquet": parquet(blank)})) == expected
    assert rows(opened({"d.jsonl": '{"a":null}\n{"a":1}\n{"b":"x"}\n{}\n'})) == expected
    assert rows(opened({"d.csv": ',\na,b\n,\n1,\n,x\n,\n"",""\n\n \n'})) == expected


@pytest.mark.parametrize(
    ("lines", "kind", "values"),
    [
        (["1", "2.5", "null"], "float", [1.0, 2.5, None]),
        (["1", '"x"', "2.5"], "text", ["1", "x", "2.5"]),
        (["true", "false"], "bool", [True, False]),
        (["true", "1"], "text", ["true", "1"]),
        (["1", "9223372036854775808"], "text", ["1", "9223372036854775808"]),
        (['"1"', '"2"'], "text", ["1", "2"]),
        (["null", "null", "3"], "int", [None, None, 3]),
        (['{"b": 1}', "[1]"], "text", ['{"b": 1}', "[1]"]),
    ],
)
@pytest.mark.parametrize("distance", [0, 300_000])
def test_json_types_hold_for_every_row(
    lines: list[str], kind: str, values: list[object], distance: int, opened: Open
) -> None:
    first, *rest = [f'{{"a": {line}, "k": 0}}\n' for line in lines]
    between = '{"a": null, "k": 0}\n' * distance
    source = opened({"d.jsonl": first + between + "".join(rest)})
    assert kinds(source)["a"] == kind
    found = source.scan().filter(pl.col("a").is_not_null()).collect().get_column("a").to_list()
    assert found == [value for value in values if value is not None]


def test_json_keys_may_be_absent_and_numbers_stay_text_on_request(opened: Open) -> None:
    source = opened({"d.jsonl": '{"a": 501}\n{"b": 1.5, "a": 7}\n'}, text_columns=frozenset({"a"}))
    assert rows(source) == [("501", None), ("7", 1.5)]


def test_batches_are_bounded_ordered_and_of_the_wanted_columns(opened: Open) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("a", "b", "c"), *((i, i % 7, f"t{i}") for i in range(100_000))])
    source = opened(text.getvalue())
    batches = list(source.batches(9_999, ["c", "a"]))
    assert {batch.columns == ["c", "a"] for batch in batches} == {True}
    assert max(batch.height for batch in batches) == 9_999
    assert pl.concat(batches).get_column("a").to_list() == list(range(100_000))
    assert source.scan().select("a").collect(engine="streaming").get_column("a").to_list() == list(range(100_000))
