"""Memory does not grow with the data: a file larger than the bound is read below it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from steps.reading.options import ReadOptions
from steps.reading.rewriting import with_newlines
from steps.reading.shape import check_shape
from steps.reading.sniffing import sniff

ROOT = Path(__file__).resolve().parents[3]
READ = """
import re, sys
from pathlib import Path
from steps.reading.source import ReadOptions, open_source
source = open_source(Path(sys.argv[1]), Path(sys.argv[2]), ReadOptions())
rows = sum(batch.height for batch in source.batches(50_000))
assert rows == source.rows
status = Path("/proc/self/status").read_text()
print(rows, int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024)
"""


def frame(rows: int) -> pl.DataFrame:
    generator = np.random.default_rng(7)
    numbers = {f"n{i}": np.round(generator.normal(size=rows), 4) for i in range(12)}
    words = {f"c{i}": generator.choice([f"level {k}" for k in range(9)], rows) for i in range(6)}
    return pl.DataFrame(numbers | words)


def peak_mib(path: Path, scratch: Path, rows: int) -> int:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "2"}
    finished = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(scratch)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    read, peak = map(int, finished.stdout.split())
    print("peak", peak, "MiB,", path.stat().st_size >> 20, "MiB file")
    assert read == rows
    return peak


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to measure memory")
@pytest.mark.parametrize(
    ("kind", "copies", "bound"), [("csv", 70, 250), ("csv.gz", 20, 250), ("jsonl", 8, 400), ("parquet", 100, 450)]
)
def test_memory_stays_below_what_the_data_takes(kind: str, copies: int, bound: int, tmp_path: Path) -> None:
    block = frame(20_000)
    path = tmp_path / f"d.{kind}"
    if kind == "parquet":
        pl.concat([block] * copies).write_parquet(path, row_group_size=block.height * copies)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in block.iter_rows(named=True)) * copies)
    else:
        with gzip.open(path, "wb", 1) if kind == "csv.gz" else path.open("wb") as out:
            out.write((",".join(block.columns) + "\n").encode())
            for _ in range(copies):
                out.write(block.write_csv(include_header=False).encode())
    assert peak_mib(path, tmp_path / "scratch", block.height * copies) < bound


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 5, 8, 13, 64, 1000])
def test_borders_between_blocks_do_not_matter(
    block_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f'{i},"a ""b"",\r\nc{i}",007\r' for i in range(40)] + ["\r", '"",,""\r', ",,\r"]
    path = tmp_path / "d.csv"
    path.write_bytes(b"x,y,z\r" + "".join(rows).encode())
    monkeypatch.setattr("steps.reading.rewriting._BLOCK", block_bytes)
    with_newlines(path, 0, '"', tmp_path / "lf.csv")
    assert (tmp_path / "lf.csv").read_bytes() == path.read_bytes().replace(b"\r", b"\n").replace(b"\n\nc", b"\r\nc")
    dialect = sniff(tmp_path / "lf.csv", "d.csv", 0, ReadOptions())
    shape = check_shape(tmp_path / "lf.csv", "d.csv", dialect, numeric=frozenset({0, 2}), block_bytes=block_bytes)
    assert (shape.rows, shape.blank_rows, shape.blank_lines, shape.unclean) == (42, 2, 1, {2})
    assert shape.lines == 84
