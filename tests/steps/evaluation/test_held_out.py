"""The test part is read in pieces, and a sample of it is a sample of everything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from contracts.errors import DataError
from steps.evaluation import supervised, unsupervised
from steps.evaluation.held_out import HeldOut
from steps.evaluation.supervised import evaluate_classification
from steps.evaluation.unsupervised import evaluate_clustering, evaluate_projection, principal_components

from .models import components, forest, held_out, means, setting, table


def numbered(folder: Path, rows: int = 10, pieces: int = 3) -> HeldOut:
    frame = pl.DataFrame({"x": [str(index) for index in range(rows)], "kind": list(range(rows))})
    return held_out(folder, frame, pieces=pieces)


def test_pieces_give_all_rows_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steps.evaluation.held_out.BATCH_ROWS", 3)
    part = numbered(tmp_path)
    assert part.rows == 10
    assert max(frame.height for frame in part.batches()) <= 3
    assert part.column("x").to_list() == [str(index) for index in range(10)]
    target = part.target()
    assert target is not None
    assert target.tolist() == list(range(10))
    assert part.take(np.array([0, 3, 4, 9]))["x"].to_list() == ["0", "3", "4", "9"]
    assert part.take(np.array([], dtype=np.int64)).columns == ["x"]


def test_a_sample_keeps_rows_and_targets_together(tmp_path: Path) -> None:
    part = numbered(tmp_path, 50).at_most(12, seed=1)
    target = part.target()
    assert target is not None
    assert (part.rows, len(target)) == (12, 12)
    assert part.column("x").cast(pl.Float64).to_list() == target.tolist()
    assert part.take(np.array([2, 5]))["x"].cast(pl.Float64).to_list() == target[[2, 5]].tolist()
    assert numbered(tmp_path, 50).at_most(50, seed=1).kept is None


def test_a_part_without_a_target_has_none(tmp_path: Path) -> None:
    assert held_out(tmp_path, table(5), target=None).target() is None


def test_an_empty_part_is_refused(tmp_path: Path) -> None:
    table(0).rename({"kind": "__target__"}).write_parquet(tmp_path / "part-00000.parquet")
    with pytest.raises(DataError, match="holds no rows; set a larger test_size"):
        HeldOut.open(tmp_path)


def test_a_damaged_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / "part-00000.parquet").write_bytes(b"nonsense")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        HeldOut.open(tmp_path)


def test_too_many_probabilities_are_judged_on_a_sample_that_is_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "MAX_CELLS", 200)
    found = evaluate_classification(setting(forest("a", "b"), held_out(tmp_path, table(400)), "accuracy"))
    assert found.predictions.actual is not None
    assert len(found.predictions.actual) == 100
    assert found.remarks[0] == "Measured on a sample of 100 of the 400 test rows."
    assert found.metrics["accuracy"].value > 0.7


def test_too_large_a_matrix_is_sampled_and_that_is_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsupervised, "PLOTTED_ROWS", 50)
    monkeypatch.setattr(unsupervised, "MATRIX_CELLS", 300)
    rows = held_out(tmp_path, table(400))
    clusters = evaluate_clustering(setting(means("a", "b"), rows, "silhouette"))
    assert clusters.remarks == ["What needs the features was measured on 150 of 400 test rows."]
    assert clusters.predictions.predicted is not None
    assert clusters.predictions.matrix is not None
    assert clusters.predictions.sample is not None
    assert (len(clusters.predictions.predicted), len(clusters.predictions.matrix)) == (400, 50)
    shown = table(400)[clusters.predictions.sample].select("a", "b").to_numpy()
    assert np.allclose(clusters.predictions.matrix, shown)
    projection = evaluate_projection(setting(components("a", "b"), rows, "trustworthiness"))
    assert projection.remarks == clusters.remarks
    assert projection.predictions.coordinates is not None
    assert projection.predictions.coordinates.shape == (50, 2)


def test_principal_components_show_most_of_the_variance_first() -> None:
    generator = np.random.default_rng(0)
    matrix = (generator.normal(size=(100, 3)) * [1, 5, 2]).astype(np.float32)
    coordinates = principal_components(matrix)
    assert coordinates.shape == (100, 2)
    assert abs(np.corrcoef(coordinates[:, 0], matrix[:, 1])[0, 1]) > 0.95
    assert principal_components(matrix[:, :1]).shape == (100, 1)
    assert np.isfinite(principal_components(np.ones((4, 2), dtype=np.float32))).all()
