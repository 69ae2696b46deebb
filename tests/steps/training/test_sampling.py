"""A sample of a part holds rows of the part, each at most once, in order, with their own targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from steps.training.sampling import sample_matrix, sample_pairs

from .conftest import write_part

X = np.arange(1000, dtype=np.float32).reshape(500, 2)
Y = np.arange(500) % 7


def test_sample_is_drawn_across_files_with_its_targets(tmp_path: Path) -> None:
    part = write_part(tmp_path, X, Y, files=3, is_classification=True)
    x, y = sample_pairs(part, 100, seed=1)
    rows = (x[:, 0] / 2).astype(np.int64)
    assert x.shape == (100, 2)
    assert x.dtype == np.float32
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(y, Y[rows])
    assert {row // 167 for row in rows.tolist()} == {0, 1, 2}
    assert np.array_equal(sample_matrix(part, 100, seed=1), x)
    assert not np.array_equal(sample_matrix(part, 100, seed=2), x)


def test_small_part_is_its_own_sample(tmp_path: Path) -> None:
    part = write_part(tmp_path, X, Y * 0.5, files=2)
    x, y = sample_pairs(part, 500, seed=1)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y * 0.5)
