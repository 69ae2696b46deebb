"""The preparation of benchmarks.mixed_data as a good Polars user writes it, eagerly or lazily.

Command: `python -m benchmarks.preparation_polars FILE FOLDER [eager|lazy]`; started by benchmarks.preparation. Prints
one line of JSON: rows of each part and features. Eager: one read, everything in memory. Lazy: the streaming engine
reads the file once for the statistics and once for each part that it writes.
Cost: for this table only; what makes a preparation general (types, findings, odd files) is not in it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.mixed_data import DATE, IDENTIFIER, TARGET, MixedData

NAMES = MixedData()
RARE = 0.01
DATES = ("year", "month", "day", "weekday")


def main() -> None:
    """FILE FOLDER [eager|lazy]."""
    folder = Path(sys.argv[2])
    way = sys.argv[3] if len(sys.argv) > 3 else "eager"
    rows, features = (lazy if way == "lazy" else eager)(sys.argv[1], folder)
    print(json.dumps({"rows": rows, "features": features}))


def eager(file: str, folder: Path) -> tuple[dict[str, int], int]:
    """Read once, shuffle within each class, fit on the training rows, write."""
    table = pl.read_csv(file, try_parse_dates=True).drop(IDENTIFIER).with_columns(dates())
    place = pl.int_range(pl.len()).shuffle(seed=42).over(TARGET) / pl.len().over(TARGET)
    place_of = table.select(place=place).to_series()
    test, validation = table.filter(place_of < 0.2), table.filter((place_of >= 0.2) & (place_of < 0.3))
    train = table.filter(place_of >= 0.3)
    del table
    features = expressions(statistics(train.lazy()).collect().row(0, named=True), levels(train.lazy()))
    train.select(features).write_parquet(folder / "train.parquet")
    validation.select(features).write_parquet(folder / "validation.parquet")
    test.drop(f"{DATE}_{part}" for part in DATES).write_parquet(folder / "test.parquet")
    rows = {"train": train.height, "validation": validation.height, "test": test.height}
    return rows, len(features) - 1


def lazy(file: str, folder: Path) -> tuple[dict[str, int], int]:
    """Split by a hash of the row number, so that no part has to stand in memory; then as above, streaming."""
    table = pl.scan_csv(file, try_parse_dates=True, row_index_name="row").drop(IDENTIFIER)
    place = pl.col("row").hash(seed=42) % 1000
    table = table.with_columns(place=place).drop("row")
    train = table.filter(pl.col("place") >= 300).with_columns(dates())
    numbers = statistics(train).collect(engine="streaming")
    features = expressions(numbers.row(0, named=True), levels(train))
    validation = table.filter(pl.col("place").is_between(200, 299)).with_columns(dates())
    test = table.filter(pl.col("place") < 200).drop("place")
    pl.collect_all(
        [
            train.select(features).sink_parquet(folder / "train.parquet", lazy=True),
            validation.select(features).sink_parquet(folder / "validation.parquet", lazy=True),
            test.sink_parquet(folder / "test.parquet", lazy=True),
        ],
        engine="streaming",
    )
    rows = {
        name: pl.scan_parquet(folder / f"{name}.parquet").select(pl.len()).collect().item()
        for name in ("train", "validation", "test")
    }
    return rows, len(features) - 1


def dates() -> list[pl.Expr]:
    """The date as four numbers."""
    date = pl.col(DATE).dt
    parts = {"year": date.year(), "month": date.month(), "day": date.day(), "weekday": date.weekday()}
    return [part.alias(f"{DATE}_{name}") for name, part in parts.items()]


def numeric() -> Sequence[str]:
    """Columns to impute and scale."""
    return (*NAMES.numeric, *(f"{DATE}_{part}" for part in DATES))


def statistics(train: pl.LazyFrame) -> pl.LazyFrame:
    """One row: median of each number; mean and deviation once missing cells hold the median."""
    expressions = []
    for name in numeric():
        column, median = pl.col(name), pl.col(name).median()
        filled = column.fill_null(median)
        expressions += [
            median.alias(f"{name} median"),
            filled.mean().alias(f"{name} mean"),
            filled.std(ddof=0).alias(f"{name} deviation"),
        ]
    return train.select(expressions)


def levels(train: pl.LazyFrame) -> dict[str, tuple[list[str | None], bool]]:
    """By category: levels that at least 1 % of the rows have (null is one of them), and whether others exist."""
    counts = pl.collect_all([train.group_by(name).len() for name in NAMES.categorical], engine="streaming")
    found = {}
    for name, frame in zip(NAMES.categorical, counts, strict=True):
        frequent = frame.filter(pl.col("len") >= RARE * pl.col("len").sum()).sort(name)
        found[name] = (frequent[name].to_list(), frequent.height < frame.height)
    return found


def expressions(numbers: Mapping[str, Any], kept: Mapping[str, tuple[list[str | None], bool]]) -> list[pl.Expr]:
    """The features, and the target as 0 or 1."""
    features = [
        (
            (pl.col(name).fill_null(numbers[f"{name} median"]) - numbers[f"{name} mean"])
            / (numbers[f"{name} deviation"] or 1)
        )
        .cast(pl.Float32)
        .alias(name)
        for name in numeric()
    ]
    for name, (found, has_others) in kept.items():
        column = pl.col(name)
        features += [column.eq_missing(pl.lit(level)).cast(pl.UInt8).alias(f"{name}={level}") for level in found]
        if has_others:
            rare = column.is_not_null() & ~column.is_in([level for level in found if level is not None])
            features.append(rare.fill_null(False).cast(pl.UInt8).alias(f"{name}=(other)"))
    return [*features, (pl.col(TARGET) == "yes").cast(pl.Int32).alias("__target__")]


if __name__ == "__main__":
    main()
