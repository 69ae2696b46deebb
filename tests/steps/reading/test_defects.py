"""Data that would silently change is refused; the message names file, place and remedy."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import zstandard

from contracts.errors import DataError
from steps.reading.source import ReadOptions, open_source

Refused = Callable[..., str]
GOOD = "a,b,y\n" + "".join(f"{i},{i % 3},{'no' if i % 2 else 'yes'}\n" for i in range(30))
QUOTED = "a,b,y\n" + "".join(f'{i},"{i},\n{i}",no\n' for i in range(30))


def zipped(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (GOOD + "1,2,no,4\n", "line 32: 4 fields where the header has 3"),
        (GOOD + "1,2\n", "line 32: 2 fields where the header has 3"),
        (GOOD + "1,2\n" + GOOD, "line 32: 2 fields"),
        (GOOD + "\n\n1,2\n", "line 34: 2 fields"),
        ("\n\n" + GOOD + "1\n", "line 34: 1 fields"),
        ("# from a database\n" + GOOD + "1\n", "line 33: 1 fields"),
        ("\ufeff" + GOOD + "1\n", "line 32: 1 fields"),
        (GOOD.replace("\n", "\r\n") + "1,2\r\n", "line 32: 2 fields"),
        (GOOD.replace("\n", "\r") + "1,2\r", "line 32: 2 fields"),
        (GOOD + '"1\n1",2\n', "line 33: 2 fields"),
        (QUOTED + "1,2\n", "line 62: 2 fields"),
        (QUOTED + '1,"2,3",4,5\n', "line 62: 4 fields"),
        (QUOTED + '1,"2,3\n' + GOOD, "line 62: a quote is opened and never closed"),
        (QUOTED + '1,"2" or 3,no\n', "line 62: a quote stands inside a cell"),
        (QUOTED + '1,2,3"\n1,2\n', "line 63: 2 fields"),
        ("'a','b'\n'1','2'\n'1'\n", "line 3: 1 fields"),
        (GOOD.encode("utf-16") + "1,2\n".encode("utf-16-le"), "line 32: 2 fields"),
    ],
)
def test_row_that_does_not_fit_is_found(text: str | bytes, place: str, refused: Refused) -> None:
    message = refused({"part/rows.csv": text})
    assert message.startswith("part/rows.csv, ")
    assert place in message


@pytest.mark.parametrize("bad", [1, 4_000, 49_999])
@pytest.mark.parametrize("cell", ["x" * 20, '"x, ""y""\nz"'])
def test_line_is_exact_in_a_long_file(bad: int, cell: str, refused: Refused) -> None:
    lines = [f"{i},{cell},{i}.5" for i in range(50_000)]
    lines[bad] += ",surplus"
    line = 1 + (bad + 1) * (1 + cell.count("\n"))
    assert f"line {line}: 4 fields" in refused("a,b,c\n" + "\n".join(lines) + "\n")


def test_rows_are_compared_with_what_is_known_of_the_columns(refused: Refused) -> None:
    assert "line 2: 1 fields where 2 names are given" in refused("x,1\nx\n", names=("a", "b"))
    assert "line 2: 1 fields where the first row has 2" in refused("1,1\n2\n")
    assert "3 column names are given, but the first row of d.csv has 2 fields" in refused(
        "1,2\n", names=("a", "b", "c")
    )
    assert "more than once" in refused("1,2\n", names=("a", "a"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"README.md": "hello"}, "The dataset has no data file. It holds README.md."),
        ({"d.csv": "\n \n"}, "d.csv is empty"),
        ({"d.jsonl": "\n"}, "d.jsonl is empty"),
        ({"d.csv": "a,y\n"}, "d.csv has a header but no rows"),
        ({"d.csv": "a,y\n\n,\n"}, "d.csv has a header but no rows"),
        ({"d.csv": "<!DOCTYPE html><html>404</html>"}, "d.csv is a web page, not a table"),
        ({"d.json": "<html>404</html>"}, "d.json is a web page"),
        ({"d.csv": GOOD.encode() + b"1,\x00,no\n"}, "d.csv holds NUL bytes (first in line 32)"),
        ({"d.csv": GOOD.encode() + "1,é,no\n".encode() * 9 + b"1,\xe9,no\n"}, "damaged places (byte 0xe9 in line 41)"),
        ({"d.csv": GOOD.encode() + b"1,\x81\x20,no\n"}, "The encoding of d.csv cannot be told (byte 0x81 in line 32"),
        ({"d.csv": b"\xef\xbb\xbf" + GOOD.encode() + b"1,\xe9,no\n"}, "d.csv is not UTF-8 (byte 0xe9 in line 32)"),
        ({"d.csv": GOOD.encode("utf-16")[:-1]}, "d.csv is not UTF-16-LE"),
        ({"d.parquet": GOOD}, "d.parquet is not a Parquet file"),
        ({"d.parquet": b"PAR1" + GOOD.encode()}, "d.parquet is a damaged Parquet file"),
        ({"d.csv.gz": gzip.compress(GOOD.encode() * 9)[:-12]}, "d.csv.gz is cut short or damaged"),
        ({"d.csv.bz2": bz2.compress(GOOD.encode() * 9)[:-12]}, "d.csv.bz2 is cut short or damaged"),
        ({"d.csv.zst": zstandard.compress(GOOD.encode() * 9)[:-3]}, "d.csv.zst is cut short or damaged"),
        ({"d.csv.zst": zstandard.compress(GOOD.encode())[:5]}, "d.csv.zst is cut short or damaged"),
        ({"d.csv.zst": zstandard.compress(GOOD.encode())[:8] + b"x" * 99}, "d.csv.zst is damaged"),
        ({"d.zip": zipped(d_csv=GOOD)[:-30]}, "d.zip is cut short or damaged"),
        ({"d.zip": zipped(one_csv=GOOD, two_csv=GOOD)}, "d.zip holds 2 files; expected a zip with exactly one"),
        ({"d.zip": zipped(xl__workbook_xml="x", b_xml="x")}, "d.zip is an Excel workbook; save the sheet as CSV"),
        ({"d.csv.gz": gzip.compress(b"d.csv".ljust(257, b"\0") + b"ustar\x00" + b"\0" * 250)}, "is a tar archive"),
        (
            {"1.csv": GOOD, "2.csv": GOOD.replace("a,b", "a,c")},
            "2.csv has other columns than 1.csv: it lacks ['b'] and",
        ),
        ({"d.jsonl": '{"a": 1}\n{"a": 2,}\n'}, "d.jsonl, line 2: "),
        ({"d.jsonl": '{"a": 1}\n\n[1, 2]\n'}, "d.jsonl, line 3: not a JSON object but an array"),
        ({"d.jsonl": '{"a": 1}\n{"a": NaN}\n'}, "d.jsonl, line 2: NaN is no JSON value; write null instead"),
        ({"d.jsonl": '{"a": 1}\n{"a": 2'}, "d.jsonl, line 2: "),
        ({"d.json": '[{"a": 1}, 7]'}, "d.json, element 2 of the array: not a JSON object but 7"),
        ({"d.json": '[{"a": 1}, {"a": 2}'}, "d.json, element 3 of the array: "),
        ({"d.json": '[{"a": 1} {"a": 2}]'}, "d.json, element 2 of the array: "),
        ({"d.json": '[{"a": 1}] [2]'}, "d.json goes on behind the end of its array"),
        ({"d.json": '{"data": {"a": 1},\n "b": 2}'}, "d.json, line 1: "),
        ({"d.json": "[]"}, "d.json holds no values"),
    ],
)
def test_unreadable_files_are_refused_with_a_remedy(
    files: dict[str, bytes | str], message: str, refused: Refused
) -> None:
    assert message in refused(files)


def test_encoding_that_does_not_fit_or_exist_is_refused(refused: Refused) -> None:
    assert "d.csv is not UTF-8 (byte 0xe9 in line 2)" in refused(b"a\n\xe9\n", encoding="utf-8")
    assert "'klingon' is not known" in refused(b"a\n1\n", encoding="klingon")
    assert "must be one ASCII character" in refused("a,b\n1,2\n", separator=";;")


def test_parts_whose_types_do_not_go_together_are_refused(refused: Refused, tmp_path: Path) -> None:
    for name, cell in (("1.parquet", [1]), ("2.parquet", [[1]])):
        pl.DataFrame({"a": cell}).write_parquet(tmp_path / name)
    files = {name: (tmp_path / name).read_bytes() for name in ("1.parquet", "2.parquet")}
    assert "columns of types that do not go together" in refused(files)


def test_absent_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        open_source(tmp_path / "none", tmp_path / "scratch", ReadOptions())


def test_archive_that_does_not_fit_the_disk_is_refused(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steps.reading.archives.MAX_UNPACKED_BYTES", 10 * 2**20)
    bomb = gzip.compress(b"0,1\n" * 4 * 2**20)
    assert "d.csv.gz unpacks to more than 0.0 GiB" in refused({"d.csv.gz": bomb})
