"""Preparing a mixed table: PrepareData beside pandas with scikit-learn, and beside Polars written by hand.

Command: `python -m benchmarks.preparation [--rows N …] [--only ours|pandas|polars …] [--rounds 3]`. Claims at 1,000,000
rows: at least 3 times faster than pandas, within 1.5 times of Polars, a third of pandas' peak memory; and
`--rows 1000000 10000000 --only ours`: peak memory does not grow with the rows.
Each preparation is a child process, started in turn; seconds and megabytes are medians over the rounds, and interpreter
start and imports count. All write the same: two matrices and the test part as it was read. PrepareData does more
besides (types, findings, leak and duplicate checks, a profile), at its plain settings.
Cost: about 150 MB on disk for each million rows, and as much again for what is written.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.jobs import Workshop
from benchmarks.measuring import Measured, measure
from benchmarks.tables import markdown

ROOT = Path(__file__).resolve().parents[1]
OURS, PANDAS, POLARS = "ours", "pandas", "polars"
PANDAS_TITLE, EAGER, LAZY = "pandas + scikit-learn", "Polars, eager", "Polars, lazy"
OURS_TITLE = "PrepareData"
FEATURES_MAY_DIFFER = 0.25
ROWS_MAY_DIFFER = 0.005  # one side splits by a hash of the row


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one preparation took and made."""

    measured: Measured
    rows: Mapping[str, int]
    features: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Medians over the rounds."""

    title: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    anonymous_mb: float
    rows: Mapping[str, int]
    features: int


def main() -> int:
    """Print a table for each number of rows; 1 where preparations differ or failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preparation")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--only", nargs="+", choices=(OURS, PANDAS, POLARS), default=[OURS, PANDAS, POLARS])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--settings", default="{}", help="preprocessing_config of PrepareData as JSON; plain: {}")
    parser.add_argument("--folder", type=Path, help="where data and outputs stand meanwhile (a temporary folder)")
    options = parser.parse_args()
    settings = json.loads(options.settings)
    problems: list[str] = []
    peaks: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="preparation-", dir=options.folder) as name:
        for rows in options.rows:
            file = _data(Path(name), rows)
            summaries = _rounds(file, Path(name), options.only, options.rounds, settings)
            print(
                f"\n{rows:,} rows x 30 columns, {file.stat().st_size / 1e6:.0f} MB of CSV, {options.rounds} round(s)\n"
            )
            print(table(summaries, rows))
            print()
            problems += differences(summaries, rows)
            print("\n".join(claims(summaries)))
            peaks.update((rows, item.peak_mb) for item in summaries if item.title == OURS_TITLE)
            file.unlink()
    if len(peaks) > 1:
        least, most = min(peaks), max(peaks)
        growth = peaks[most] / peaks[least]
        print(f"peak memory of PrepareData from {least:,} to {most:,} rows: x {growth:.2f} (aim: bounded)")
    for problem in problems:
        print(f"DIFFERENT: {problem}", file=sys.stderr)
    return 1 if problems else 0


def table(summaries: Sequence[Summary], rows: int) -> str:
    """The measured figures."""
    heads = (
        "preparation",
        "rows/s",
        "seconds",
        "CPU s",
        "peak MB",
        "of it anonymous",
        "train / validation / test",
        "features",
    )
    cells = [
        (
            item.title,
            f"{rows / item.seconds:,.0f}",
            f"{item.seconds:.1f}",
            f"{item.cpu_seconds:.1f}",
            f"{item.peak_mb:,.0f}",
            f"{item.anonymous_mb:,.0f}",
            " / ".join(f"{count:,}" for count in item.rows.values()),
            str(item.features),
        )
        for item in summaries
    ]
    return markdown(heads, cells)


def claims(summaries: Sequence[Summary]) -> list[str]:
    """The ratios, each with what is claimed; those that both sides were measured for."""
    found = {item.title: item for item in summaries}
    ours = found.get(OURS_TITLE)
    if ours is None:
        return []
    lines = []
    if pandas := found.get(PANDAS_TITLE):
        faster, of_memory = pandas.seconds / ours.seconds, ours.peak_mb / pandas.peak_mb
        by_cpu = pandas.cpu_seconds / ours.cpu_seconds
        lines.append(f"{faster:.2f} times as fast as {PANDAS_TITLE} (aim: 3 or more; by CPU seconds {by_cpu:.2f})")
        lines.append(f"{of_memory:.2f} of its peak memory (aim: 0.33 or less)")
    polars = [found[title] for title in (EAGER, LAZY) if title in found]
    if polars:
        best = min(polars, key=lambda item: item.seconds)
        slower, by_cpu = ours.seconds / best.seconds, ours.cpu_seconds / best.cpu_seconds
        lines.append(f"{slower:.2f} times the seconds of {best.title} (aim: 1.5 or less; by CPU seconds {by_cpu:.2f})")
    return lines


def differences(summaries: Sequence[Summary], rows: int) -> list[str]:
    """Where preparations did not do the same work; empty where they did."""
    found = []
    for item in summaries:
        if sum(item.rows.values()) != rows:
            found.append(f"{item.title} wrote {sum(item.rows.values()):,} of {rows:,} rows")
    first = summaries[0]
    for item in summaries[1:]:
        for part, count in first.rows.items():
            if abs(item.rows[part] - count) > max(2, ROWS_MAY_DIFFER * rows):
                found.append(f"{part}: {first.title} {count:,} rows, {item.title} {item.rows[part]:,}")
        if abs(item.features - first.features) > FEATURES_MAY_DIFFER * max(item.features, first.features):
            found.append(f"features: {first.title} {first.features}, {item.title} {item.features}")
    return found


def _rounds(
    file: Path, folder: Path, only: Sequence[str], rounds: int, settings: Mapping[str, Any]
) -> list[Summary]:  # fmt: skip
    workshop = Workshop.open(folder)
    ways: dict[str, Callable[[], Prepared]] = {}
    if PANDAS in only:
        ways[PANDAS_TITLE] = lambda: _script(folder, "preparation_pandas", file)
    if POLARS in only:
        ways[EAGER] = lambda: _script(folder, "preparation_polars", file, "eager")
        ways[LAZY] = lambda: _script(folder, "preparation_polars", file, "lazy")
    if OURS in only:
        ways[OURS_TITLE] = lambda: _ours(workshop, file, settings)
    results: dict[str, list[Prepared]] = {title: [] for title in ways}
    for number in range(rounds):
        for title, prepare in ways.items():
            done = prepare()
            results[title].append(done)
            print(
                f"round {number + 1}: {title} {done.measured.seconds:.1f} s, {done.measured.peak_mb:,.0f} MB",
                file=sys.stderr,
                flush=True,
            )
    return [_summary(title, done) for title, done in results.items()]


def _summary(title: str, done: Sequence[Prepared]) -> Summary:
    return Summary(
        title=title,
        seconds=statistics.median(item.measured.seconds for item in done),
        cpu_seconds=statistics.median(item.measured.cpu_seconds for item in done),
        peak_mb=statistics.median(item.measured.peak_mb for item in done),
        anonymous_mb=statistics.median(item.measured.anonymous_mb for item in done),
        rows=done[0].rows,
        features=done[0].features,
    )


def _ours(workshop: Workshop, file: Path, settings: Mapping[str, Any]) -> Prepared:
    config = {
        "dataset_id": "mixed", "target": "churned", "task_type": "classification", "learning_type": "supervised",
        "preprocessing_config": dict(settings), "seed": 42,
    }  # fmt: skip
    job = workshop.prepare(file, config)
    if job.failed:
        raise SystemExit(f"PrepareData failed: {job.failure}")
    metadata = job.document("processing/metadata/metadata.json")
    rows = {part: metadata["rows"][part] for part in ("train", "validation", "test")}
    job.forget()
    return Prepared(job.measured, rows, len(metadata["features"]))


def _script(folder: Path, module: str, file: Path, *arguments: str) -> Prepared:
    output = folder / "script"
    output.mkdir()
    argv = [sys.executable, "-m", f"benchmarks.{module}", str(file), str(output), *arguments]
    measured = measure(argv, environment=os.environ, folder=ROOT)
    shutil.rmtree(output)
    if measured.status:
        raise SystemExit(f"{module} failed:\n{measured.errors}")
    content = json.loads(measured.output)
    return Prepared(measured, content["rows"], content["features"])


def _data(folder: Path, rows: int) -> Path:
    file = folder / "mixed.csv"
    argv = [sys.executable, "-m", "benchmarks.mixed_data", str(file), str(rows)]
    made = measure(argv, environment=os.environ, folder=ROOT)
    if made.status:
        raise SystemExit(f"The data could not be made:\n{made.errors}")
    return file


if __name__ == "__main__":
    sys.exit(main())
