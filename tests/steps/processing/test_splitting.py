"""Parts have their shares, whatever the classes, blocks and groups; the same seed deals the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import DataError
from steps.processing.splitting import (
    LEFT_OUT,
    TEST,
    TRAIN,
    VALIDATION,
    StratifiedDealer,
    cut_times,
    deal_groups,
)

CLASSES = st.lists(st.integers(-1, 4), min_size=1, max_size=400)
NO_TIME = np.iinfo(np.int64).min


def deal(classes: list[int], *, seed: int = 1, block: int = 10_000) -> np.ndarray:
    dealer = StratifiedDealer(0.2, 0.1, seed)
    values = np.asarray(classes, dtype=np.int64)
    return np.concatenate([dealer.deal(values[start : start + block]) for start in range(0, len(values), block)])


@given(CLASSES, st.integers(1, 100))
def test_every_labelled_row_gets_a_part_and_every_class_trains(classes: list[int], block: int) -> None:
    parts, labels = deal(classes, block=block), np.asarray(classes)
    assert ((parts == LEFT_OUT) == (labels == -1)).all()
    assert set(labels[parts == TRAIN]) == set(labels) - {-1}


@given(st.integers(20, 5_000), st.integers(1, 5), st.integers(50, 700))
def test_shares_are_exact_whatever_the_blocks(rows: int, classes: int, block: int) -> None:
    labels = [index % classes for index in range(rows)]
    parts = deal(labels, block=block)
    assert abs(int((parts == TEST).sum()) - 0.2 * rows) <= classes
    assert abs(int((parts == VALIDATION).sum()) - 0.1 * rows) <= classes


def test_classes_keep_their_shares_in_every_part() -> None:
    labels = np.repeat([0, 1, 2], [900, 90, 10])
    parts = deal(np.random.default_rng(0).permutation(labels).tolist())
    for part, share in ((TEST, 0.2), (VALIDATION, 0.1)):
        counts = np.bincount(np.random.default_rng(0).permutation(labels)[parts == part], minlength=3)
        assert np.abs(counts - share * np.array([900, 90, 10])).max() <= 1


def test_the_seed_decides() -> None:
    labels = [index % 2 for index in range(200)]
    assert (deal(labels, seed=5) == deal(labels, seed=5)).all()
    assert (deal(labels, seed=5) != deal(labels, seed=6)).any()


@given(st.lists(st.integers(1, 50), min_size=3, max_size=60), st.integers(0, 5))
def test_groups_stay_whole_and_every_part_has_one(sizes: list[int], seed: int) -> None:
    dealt = deal_groups(dict(enumerate(sizes)), test_size=0.2, validation_size=0.1, seed=seed)
    assert set(dealt) == set(range(len(sizes)))
    assert set(dealt.values()) == {TRAIN, VALIDATION, TEST}


def test_too_few_groups_are_refused() -> None:
    with pytest.raises(DataError, match="has 2 group"):
        deal_groups({"a": 5, "b": 5}, test_size=0.2, validation_size=0.1, seed=0)


@given(st.lists(st.integers(-(10**15), 10**15), min_size=20, max_size=300, unique=True))
def test_older_rows_train_and_newest_test(moments: list[int]) -> None:
    times = np.asarray(moments)
    parts = cut_times(times, test_size=0.2, validation_size=0.1)
    assert times[parts == TRAIN].max() < times[parts == VALIDATION].min() <= times[parts == VALIDATION].max()
    assert times[parts == VALIDATION].max() < times[parts == TEST].min()
    assert abs(int((parts == TEST).sum()) - 0.2 * len(times)) <= 1


def test_rows_without_a_time_are_left_out_and_equal_times_stay_together() -> None:
    times = np.asarray([NO_TIME, 1, 1, 1, 2, 2, 3, 3, 4, 4])
    parts = cut_times(times, test_size=0.2, validation_size=0.2)
    assert parts[0] == LEFT_OUT
    for moment in (1, 2, 3, 4):
        assert len(set(parts[times == moment])) == 1


def test_one_moment_cannot_be_cut() -> None:
    with pytest.raises(DataError, match="too few different moments"):
        cut_times(np.ones(50, dtype=np.int64), test_size=0.2, validation_size=0.1)
