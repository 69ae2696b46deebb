"""Data that cannot be learned from ends in one line that names file, column and remedy."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import polars as pl
import pytest

from steps.entry import main

GOOD = "a,b,y\n" + "".join(f"{i},{i % 3},{'no' if i % 2 else 'yes'}\n" for i in range(30))


def fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes], **config: object) -> str:
    """Run PrepareData in this process and return the reason it left."""
    status, job = prepare(tmp_path, monkeypatch, files, **config)
    assert status == 1
    lines = (job / "output" / "failure").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    return lines[0]


def prepare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes], **config: object
) -> tuple[int, Path]:
    import json

    inputs = tmp_path / "processing" / "input"
    (inputs / "dataset").mkdir(parents=True)
    (inputs / "config").mkdir()
    for name, content in files.items():
        path = inputs / "dataset" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    settings = {"target": "y", "task_type": None, "seed": 1} | config
    (inputs / "config" / "data_config.json").write_text(json.dumps(settings))
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    return main(["prepare-data"]), tmp_path


def metadata(job: Path) -> dict[str, object]:
    import json

    content: dict[str, object] = json.loads((job / "processing" / "metadata" / "metadata.json").read_text())
    return content


def finding_ids(job: Path) -> list[str]:
    return [item["id"] for item in metadata(job)["findings"]]  # type: ignore[attr-defined]


def with_target(values: list[str]) -> bytes:
    return ("a,y\n" + "".join(f"{i},{value}\n" for i, value in enumerate(values))).encode()


CASES: dict[str, tuple[dict[str, bytes], dict[str, object], str]] = {
    "no data file": ({"README.md": b"hello"}, {}, "The dataset has no data file. It holds README.md."),
    "empty file": ({"d.csv": b"\n \n"}, {}, "d.csv is empty"),
    "header only": ({"d.csv": b"a,y\n"}, {}, "d.csv has a header but no rows"),
    "absent target": ({"d.csv": GOOD.encode()}, {"target": "Y"}, "no column 'Y' to predict. Did you mean 'y'?"),
    "misspelt target": ({"d.csv": b"species,x\n" + b"a,1\n" * 20}, {"target": "speices"}, "Did you mean 'species'?"),
    "target missing everywhere": ({"d.csv": with_target([""] * 20)}, {}, "'y' is missing in all 20 rows"),
    "one class": ({"d.csv": with_target(["yes"] * 20)}, {}, "only one class, 'yes'"),
    "one value": (
        {"d.csv": with_target(["1.5"] * 20)},
        {"task_type": "regression"},
        "has the value 1.5 in every row",
    ),
    "too few rows": ({"d.csv": with_target(["a", "b", "a"])}, {}, "Only 3 row(s) have a value"),
    "as many classes as rows": (
        {"d.csv": with_target([f"id{i}" for i in range(30)])},
        {},
        "30 classes in 30 rows; it looks like a number or an identifier",
    ),
    "text for a regression": (
        {"d.csv": with_target(["yes", "no"] * 10)},
        {"task_type": "regression"},
        "holds text ('no', 'yes'), which cannot be the target of a regression",
    ),
    "web page": ({"d.csv": b"<!DOCTYPE html><html><body>404</body></html>"}, {}, "d.csv is a web page, not a table"),
    "differing parts": (
        {"one.csv": GOOD.encode(), "two.csv": GOOD.replace("a,b,y", "a,c,y").encode()},
        {},
        "two.csv has other columns than one.csv: it lacks ['b'] and adds ['c']",
    ),
    "long row": ({"d.csv": GOOD.encode() + b"1,2,no,4\n"}, {}, "d.csv, line 32: 4 fields where the header has 3"),
    "short row": ({"d.csv": GOOD.encode() + b"1,2\n"}, {}, "d.csv, line 32: 2 fields where the header has 3"),
    "short row among quotes": (
        {"d.csv": GOOD.encode() + b'"1\n1",2\n'},
        {},
        "d.csv, line 33: 2 fields where the header has 3",
    ),
    "NUL bytes": ({"d.csv": GOOD.encode() + b"1,\x00,no\n"}, {}, "NUL bytes (first in line 32)"),
    "cut gzip": ({"d.csv.gz": gzip.compress(GOOD.encode() * 9)[:-12]}, {}, "d.csv.gz is cut short or damaged"),
    "false parquet": ({"d.parquet": GOOD.encode()}, {}, "d.parquet is not a Parquet file"),
    "nothing usable": (
        {"d.csv": b"a,y\n" + b"7,no\n7,yes\n" * 20},
        {},
        "No usable column is left: 'a' was left out because it has the same value (7)",
    ),
    "no header": (
        {"d.csv": b"1.5,2.5,no\n" * 10 + b"2.5,1.5,yes\n" * 10},
        {},
        "seems to have no header row, so there is no column 'y'",
    ),
    "too little left to train": (
        {"d.csv": GOOD.encode()},
        {"preprocessing_config": {"test_size": 0.5, "validation_size": 0.4}},
        "must leave 20 % of the rows for training",
    ),
    "unknown imputation": (
        {"d.csv": GOOD.encode()},
        {"preprocessing_config": {"numeric_imputation": "magic"}},
        "numeric_imputation must be one of median, mean, most_frequent, constant, got 'magic'",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_unusable_data_is_refused_with_its_reason(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, config, expected = CASES[case]
    assert expected in fail(tmp_path, monkeypatch, files, **config)


@pytest.mark.parametrize(
    ("files", "rows"),
    [
        ({"d.csv": GOOD.encode(), "README.md": b"x", "dataset.yaml": b"target: y", ".hidden.csv": b"z"}, 30),
        ({"part/1.csv": GOOD.encode(), "part/2.csv": GOOD.replace("a,b,y", "a,b,y").encode()}, 60),
        ({"1.csv": GOOD.encode(), "2.csv": b"y,a,b\n" + b"no,1,2\n" * 3}, 33),
        ({"d.csv.gz": gzip.compress(GOOD.encode())}, 30),
        ({"d.csv.bz2": bz2.compress(GOOD.encode())}, 30),
        ({"d.csv": GOOD.replace(",", ";").encode("utf-16")}, 30),
        ({"d.csv": GOOD.encode() + "1,é,no\n".encode("latin-1")}, 31),
        ({"d.csv": b"\xef\xbb\xbf" + GOOD.replace(",", "\t").encode()}, 30),
        ({"d.csv": GOOD.replace("\n", "\r\n").encode()}, 30),
        ({"d.csv": GOOD.replace("\n", "\r").encode()}, 30),
        ({"d.csv": GOOD.encode() + b"\n\n,,\n"}, 30),
    ],
)
def test_formats_that_mean_the_same_table_are_read_as_such(
    files: dict[str, bytes], rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, job = prepare(tmp_path, monkeypatch, files)
    assert status == 0
    assert metadata(job)["rows"]["total"] == rows  # type: ignore[index]
    assert metadata(job)["features"] == ["a", "b"]


def test_parquet_is_read_with_its_own_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame(
        {
            "a": [float(i) for i in range(40)],
            "ok": [i % 2 == 0 for i in range(40)],
            "list": [[i] for i in range(40)],
            "y": [i % 2 for i in range(40)],
        }
    )
    frame.write_parquet(tmp_path / "p.parquet")
    content = (tmp_path / "p.parquet").read_bytes()
    status, job = prepare(tmp_path, monkeypatch, {"d.parquet": content})
    assert status == 0
    assert metadata(job)["classes"] == ["0", "1"]
    assert metadata(job)["features"] == ["a", "ok=false", "ok=true"]
    assert finding_ids(job) == ["nested-column", "target-leak"]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["1", "2", "3"] * 20, "classification"),
        ([str(i) for i in range(60)], "regression"),
        ([f"{i}.5" for i in range(4)] * 15, "regression"),
        (["true", "false"] * 30, "classification"),
        ([f"$1,{i:03d}.00" for i in range(60)], "regression"),
    ],
)
def test_task_is_inferred_from_the_target(
    values: list[str], task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "a,y\n" + "".join(f'{i * 7 % 13},"{value}"\n' for i, value in enumerate(values))
    status, job = prepare(tmp_path, monkeypatch, {"d.csv": text.encode()})
    assert status == 0
    assert metadata(job)["task_type"] == task


@pytest.mark.parametrize(
    ("cells", "finding"),
    [
        ("inf", "infinite-value"),
        ("abc", "not-a-number"),
    ],
)
def test_odd_cells_among_numbers_count_as_missing_and_are_told(
    cells: str, finding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{i if i != 5 else cells},{'no' if i % 3 else 'yes'}\n" for i in range(60))
    status, job = prepare(tmp_path, monkeypatch, {"d.csv": ("a,y\n" + rows).encode()})
    assert status == 0
    assert finding_ids(job) == [finding]


def test_category_called_none_or_na_is_kept_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"{('None', 'Brick', 'NA')[i % 3]},{'no' if i % 2 else 'yes'}\n" for i in range(60))
    status, job = prepare(tmp_path, monkeypatch, {"d.csv": ("masonry,y\n" + rows).encode()})
    assert status == 0
    assert metadata(job)["features"] == ["masonry=Brick", "masonry=NA", "masonry=None"]
    assert "missing-marker-kept" in finding_ids(job)


def test_leaks_small_classes_spellings_and_missing_targets_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{i},{'n' if i % 2 else 'j'},{('no', 'No')[i % 2]}\n" for i in range(80))
    rows += "90,j,rare\n91,n,\n92,n,\n"
    status, job = prepare(tmp_path, monkeypatch, {"d.csv": ("a,same,y\n" + rows).encode()})
    assert status == 0
    assert set(finding_ids(job)) == {"label-spelling", "missing-target", "class-too-small", "rare-class"}
    assert metadata(job)["rows"]["dropped_missing_target"] == 2  # type: ignore[index]


def test_job_without_its_inputs_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    assert main(["prepare-data"]) == 1
    assert "processing input 'config' is missing" in (tmp_path / "output" / "failure").read_text()


def test_unknown_step_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    assert main(["dance"]) == 2
    assert "Unknown step 'dance'" in (tmp_path / "output" / "failure").read_text()
