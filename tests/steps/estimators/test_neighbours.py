"""Models of stored points: what a new row gets, and which files are refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances

from contracts.errors import ArtifactError
from steps.estimators.neighbours import METRICS, build, load
from steps.estimators.protocol import UnsupportedError

GENERATOR = np.random.default_rng(5)
POINTS = GENERATOR.normal(size=(120, 3)).astype(np.float32)
LABELS = (np.arange(120) % 4).astype(np.int64)
COORDINATES = GENERATOR.normal(size=(120, 2))
NEW = GENERATOR.normal(size=(50, 3)).astype(np.float32)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("features", [3, 20])
def test_new_row_gets_the_label_of_the_nearest_core_point_within_reach(metric: str, features: int) -> None:
    points, new = (np.tile(x, 7)[:, :features] for x in (POINTS, NEW))
    model = build(points, labels=LABELS, eps=0.5, metric=metric)
    distances = pairwise_distances(new.astype(np.float64), points.astype(np.float64), metric=metric)
    if metric == "cosine":
        distances = np.sqrt(2 * distances)  # the search runs on the unit sphere
    expected = np.where(distances.min(axis=1) <= 0.5, LABELS[distances.argmin(axis=1)], -1)
    assert np.array_equal(model.labels(new), expected)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("repeat", [1, 7])
def test_stored_row_gets_its_own_label_and_coordinates(metric: str, repeat: int) -> None:
    points = np.tile(POINTS, repeat)
    assert np.array_equal(build(points, labels=LABELS, eps=1e-6, metric=metric).labels(points), LABELS)
    assert np.array_equal(build(points, coordinates=COORDINATES, metric=metric).transform(points), COORDINATES)


def test_row_between_two_points_gets_coordinates_between_theirs() -> None:
    points = np.array([[0.0], [1.0]], dtype=np.float32)
    model = build(points, coordinates=np.array([[0.0, 10.0], [4.0, 30.0]]), metric="euclidean")
    assert np.allclose(model.transform(np.array([[0.25]], dtype=np.float32)), [[1.0, 15.0]])


def test_equal_points_share_their_mean() -> None:
    points = np.array([[0.0], [0.0], [1.0]], dtype=np.float32)
    model = build(points, coordinates=np.array([[0.0], [2.0], [9.0]]), metric="euclidean")
    assert np.allclose(model.transform(points[:1]), [[1.0]])


@pytest.mark.parametrize("metric", METRICS)
def test_answers_are_the_same_after_loading(metric: str, tmp_path: Path) -> None:
    clusters = build(POINTS, labels=LABELS, eps=0.7, metric=metric)
    clusters.save(tmp_path)
    assert np.array_equal(load(tmp_path, classes=0, features=3).labels(NEW), clusters.labels(NEW))
    projection = build(POINTS, coordinates=COORDINATES, metric=metric)
    projection.save(tmp_path)
    loaded = load(tmp_path, classes=0, features=3)
    assert np.array_equal(loaded.transform(NEW), projection.transform(NEW))
    assert loaded.inverse_transform(COORDINATES) is None
    assert loaded.centres() is None


def test_same_model_is_the_same_file(tmp_path: Path) -> None:
    contents = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        build(POINTS, labels=LABELS, eps=0.7, metric="euclidean").save(tmp_path / name)
        contents.append((tmp_path / name / "arrays.npz").read_bytes())
    assert contents[0] == contents[1]


def test_model_says_what_it_cannot_answer() -> None:
    clusters = build(POINTS, labels=LABELS, eps=0.7, metric="euclidean")
    projection = build(POINTS, coordinates=COORDINATES, metric="euclidean")
    for call in (clusters.transform, clusters.predict, clusters.predict_proba, projection.labels):
        with pytest.raises(UnsupportedError):
            call(NEW)


def arrays(**changes: Any) -> dict[str, Any]:
    whole = {
        "points": POINTS,
        "labels": LABELS,
        "coordinates": np.empty((0, 0)),
        "eps": np.asarray(0.5),
        "metric": np.asarray(0),
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"points": POINTS[:, :2]}, "3 column"),
        ({"points": POINTS[:0], "labels": LABELS[:0]}, "3 column"),
        ({"points": POINTS.astype(np.float64)}, "float32"),
        ({"points": np.full_like(POINTS, np.nan)}, "finite"),
        ({"labels": LABELS[:-1]}, "each point"),
        ({"labels": LABELS - 1}, "each point"),
        ({"labels": LABELS + 1000}, "each point"),
        ({"labels": LABELS.astype(np.float64)}, "int64"),
        ({"coordinates": COORDINATES}, "each point"),
        ({"labels": LABELS[:0], "coordinates": COORDINATES[:5]}, "each point"),
        ({"labels": LABELS[:0], "coordinates": COORDINATES[:, :0]}, "each point"),
        ({"labels": LABELS[:0], "coordinates": COORDINATES[:, 0]}, "each point"),
        ({"eps": np.asarray(-1.0)}, "not negative"),
        ({"eps": np.asarray([1.0])}, "one number"),
        ({"metric": np.asarray(9)}, "metric must be"),
        ({"metric": None}, "must hold"),
        ({"extra": LABELS}, "must hold"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "arrays.npz", **arrays())
    load(tmp_path, classes=0, features=3)
    np.savez(tmp_path / "arrays.npz", **arrays(**changes))
    with pytest.raises(ArtifactError, match=reason):
        load(tmp_path, classes=0, features=3)


class Runs:
    """Writes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("ran"),))


def test_array_with_a_pickle_is_refused_and_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez(tmp_path / "arrays.npz", **arrays(labels=np.array([Runs()], dtype=object)))
    with pytest.raises(ArtifactError, match="damaged or forged"):
        load(tmp_path, classes=0, features=3)
    assert not (tmp_path / "ran").exists()


def test_array_that_claims_more_than_it_holds_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    header = io.BytesIO()
    claimed = {"descr": "<f4", "fortran_order": False, "shape": (10**12, 3)}
    np.lib.format.write_array_header_1_0(header, claimed)
    np.savez(tmp_path / "arrays.npz", **arrays(points=None))
    with zipfile.ZipFile(tmp_path / "arrays.npz", "a") as archive:
        archive.writestr("points.npy", header.getvalue() + POINTS.tobytes())
    with pytest.raises(ArtifactError, match="size that it claims"):
        load(tmp_path, classes=0, features=3)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY\x01\x00"])
def test_file_that_holds_no_arrays_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "arrays.npz").write_bytes(content)
    with pytest.raises(ArtifactError, match="damaged or forged"):
        load(tmp_path, classes=0, features=3)


def test_missing_file_and_classes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"holds no arrays\.npz"):
        load(tmp_path, classes=0, features=3)
    np.savez(tmp_path / "arrays.npz", **arrays())
    with pytest.raises(ArtifactError, match="names classes"):
        load(tmp_path, classes=2, features=3)
