"""Statistics added up batch by batch are those of all rows at once."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.processing import statistics
from steps.processing.kinds import classify_columns
from steps.processing.sampling import sample_positions
from steps.processing.settings import Settings
from steps.processing.statistics import Levels, Moments, Statistics

NUMBERS = st.lists(
    st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False)), min_size=1, max_size=120
)
SETTINGS = Settings("supervised", "y", None, 0)


def collected(frame: pl.DataFrame, cuts: list[int], train: list[bool]) -> Statistics:
    kinds, _ = classify_columns(frame, SETTINGS, separator=None, left_out={})
    found = Statistics(kinds, SETTINGS)
    edges = [0, *sorted({cut % (frame.height + 1) for cut in cuts}), frame.height]
    for start, end in pairwise(edges):
        chosen = pl.Series(train[start:end], dtype=pl.Boolean)
        found.add(frame[start:end], chosen, pl.repeat(True, end - start, dtype=pl.Boolean, eager=True))
    return found


@given(NUMBERS, st.lists(st.integers(0, 200), max_size=6), st.randoms())
def test_moments_do_not_depend_on_the_batches(values: list[float | None], cuts: list[int], random: object) -> None:
    train = [bool(hash((index, len(values))) % 3) for index in range(len(values))]
    frame = pl.DataFrame({"a": values}, schema={"a": pl.Float64})
    found = collected(frame, cuts, train).numbers["a"]
    for moments, chosen in ((found.train, True), (found.rest, False)):
        present = [
            value for value, is_train in zip(values, train, strict=True) if is_train is chosen and value is not None
        ]
        assert moments.count == len(present)
        if present:
            assert moments.mean == pytest.approx(np.mean(present), rel=1e-9, abs=1e-6)
            assert moments.squares / moments.count == pytest.approx(np.var(present), rel=1e-7, abs=1e-4)
            assert (moments.low, moments.high) == (min(present), max(present))
    assert found.train.merged(found.rest).missing == values.count(None)


@given(st.lists(st.one_of(st.none(), st.sampled_from("abcdefg")), min_size=1, max_size=100), st.integers(1, 30))
def test_levels_are_counted_exactly(values: list[str | None], size: int) -> None:
    levels = Levels()
    for start in range(0, len(values), size):
        levels.add(pl.Series("a", values[start : start + size], dtype=pl.String))
    present = [value for value in values if value is not None]
    assert dict(levels.counts.iter_rows()) == Counter(present)
    assert levels.missing == values.count(None)


def test_levels_beyond_the_limit_lose_the_rarest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MAX_LEVELS", 20)
    levels = Levels()
    for batch in range(10):
        rare = [f"rare {batch} {index}" for index in range(15)]
        levels.add(pl.Series("a", [*rare, *["often"] * 30, *["sometimes"] * 5]))
    assert not levels.complete
    assert levels.counts.height <= 20
    assert levels.ranked().head(2).rows() == [("often", 300), ("sometimes", 50)]


def test_a_filled_column_has_the_moments_of_the_filled_values() -> None:
    values = np.array([1.0, 4.0, 10.0])
    moments = Moments()
    moments.add(3, 2, float(values.mean()), float(values.var()), 1.0, 10.0)
    filled = np.append(values, [7.0, 7.0])
    assert moments.with_fill(7.0) == pytest.approx((filled.mean(), filled.std()))


def test_odd_cells_are_counted_with_an_example() -> None:
    frame = pl.DataFrame({"a": [*map(str, range(40)), "inf", "?", "", "abc"]})
    found = collected(frame, [10, 25], [True] * 44).numbers["a"]
    assert (found.infinite, found.strange, found.example) == (1, 1, "abc")


@given(st.integers(1, 3_000), st.integers(1, 400), st.integers(0, 9))
def test_a_sample_has_its_size_and_one_row_from_each_stretch(rows: int, size: int, seed: int) -> None:
    positions = sample_positions(rows, size, seed)
    assert len(positions) == min(rows, size)
    assert (np.diff(positions) > 0).all()
    assert positions[0] >= 0
    assert positions[-1] < rows
