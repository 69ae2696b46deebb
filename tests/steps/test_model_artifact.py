"""A model archive is refused where it is unsafe, damaged or not of this project; a whole one answers raw rows."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from contracts.errors import ArtifactError, DataError
from steps import model_artifact
from steps.model_artifact import load_model

from .conftest import Run, pack


def archive_with(path: Path, member: tarfile.TarInfo, content: bytes = b"") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil.txt", "a/../../evil.txt"])
def test_archive_that_leaves_its_folder_is_refused(name: str, tmp_path: Path) -> None:
    archive = archive_with(tmp_path / "model.tar.gz", tarfile.TarInfo(name), b"x")
    with pytest.raises(ArtifactError, match=r"would write outside|holds no model\.json"):
        load_model(archive)
    assert not (tmp_path / "evil.txt").exists()


def test_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    member = tarfile.TarInfo("model.json")
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(ArtifactError, match="no regular file"):
        load_model(archive_with(tmp_path / "model.tar.gz", member))


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steps.archive.MAX_BYTES", 10)
    archive = archive_with(tmp_path / "model.tar.gz", tarfile.TarInfo("a"), b"x" * 11)
    with pytest.raises(ArtifactError, match="unpacks to more than"):
        load_model(archive)


def test_damaged_archive_is_refused(tmp_path: Path, penguins: Run) -> None:
    whole = pack(penguins.trained.base / "model", tmp_path / "model.tar.gz").read_bytes()
    for content in (whole[: len(whole) // 2], b"nonsense", b""):
        (tmp_path / "cut.tar.gz").write_bytes(content)
        with pytest.raises(ArtifactError, match="not a readable model archive"):
            load_model(tmp_path / "cut.tar.gz")


def test_archive_without_a_card_is_refused(tmp_path: Path, penguins: Run) -> None:
    shutil.copytree(penguins.trained.base / "model", tmp_path / "model")
    (tmp_path / "model" / "model.json").unlink()
    with pytest.raises(ArtifactError, match=r"holds no model\.json"):
        load_model(tmp_path / "model")


def test_rows_without_a_needed_column_are_refused_with_its_name(penguins: Run) -> None:
    model = load_model(penguins.trained.base / "model")
    with pytest.raises(DataError, match="lack the column\\(s\\) 'bill_length_mm', 'bill_depth_mm'"):
        model.predict(pl.DataFrame({"island": ["Biscoe"], "flipper_length_mm": [200], "sex": ["male"], "year": [2007]}))


def test_unseen_category_and_missing_number_are_predicted(penguins: Run) -> None:
    model = load_model(penguins.trained.base / "model")
    row = dict.fromkeys(model.preprocessor.columns, "") | {"island": "Atlantis", "bill_length_mm": "48"}
    assert model.predict(pl.DataFrame([row]))[0] in model.classes  # type: ignore[operator]
    assert model.predict_proba(pl.DataFrame([row])).sum() == pytest.approx(1.0)


def changed_card(folder: Path, target: Path, **changes: Any) -> Path:
    shutil.copytree(folder, target)
    card = json.loads((target / "model.json").read_text(encoding="utf-8")) | changes
    (target / "model.json").write_text(json.dumps(card), encoding="utf-8")
    return target


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "skops"}, "its format is 'skops', this code reads 2"),
        ({"task_type": "magic"}, "task_type must be one of"),
        ({"classes": None}, "classes must be a list"),
        ({"classes": ["a", "a", "b"]}, "classes must be a list of different names"),
        ({"classes": ["only"]}, "names 1 classes"),
        ({"features": ["x"]}, "different models"),
        ({"features": "all"}, "features must be a list"),
        ({"input_columns": None}, "input_columns must be a list"),
        ({"estimator": "pickle"}, "names the format 'pickle'"),
        ({"estimator": "neighbours"}, r"holds no arrays\.npz"),
        (
            {"task_type": "regression", "classes": None},
            "holds a class number|model.json names 0 classes|predicts no values",
        ),
        ({"task_type": "clustering"}, "classes must be null"),
    ],
)
def test_card_that_does_not_fit_is_refused_with_the_reason(
    changes: dict[str, Any], reason: str, tmp_path: Path, penguins: Run
) -> None:
    folder = changed_card(penguins.trained.base / "model", tmp_path / "model", **changes)
    with pytest.raises(ArtifactError, match=reason):
        load_model(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000])
def test_card_that_is_no_object_is_refused(text: str, tmp_path: Path, penguins: Run) -> None:
    folder = changed_card(penguins.trained.base / "model", tmp_path / "model")
    (folder / "model.json").write_text(text, encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"model\.json"):
        load_model(folder)


def test_estimator_of_another_task_is_refused_when_the_model_is_loaded(tmp_path: Path, cars: Run) -> None:
    for task in ("clustering", "dimensionality_reduction"):
        folder = changed_card(cars.trained.base / "model", tmp_path / task, task_type=task)
        with pytest.raises(ArtifactError, match="LinearRegression has no"):
            load_model(folder)


def test_archive_without_a_preprocessor_is_refused(tmp_path: Path, penguins: Run) -> None:
    folder = changed_card(penguins.trained.base / "model", tmp_path / "model")
    (folder / "preprocessor.json").unlink()
    with pytest.raises(ArtifactError, match=r"preprocessor\.json of the model is missing"):
        load_model(folder)


def test_model_answers_only_what_its_task_has(penguins: Run, cars: Run) -> None:
    rows = penguins.prepared.table("test")
    classifier, regression = (load_model(run.trained.base / "model") for run in (penguins, cars))
    for call in (classifier.labels, classifier.project):
        with pytest.raises(ArtifactError, match="is for classification"):
            call(rows)
    with pytest.raises(ArtifactError, match="is for regression; what was asked of it is for classification"):
        regression.predict_proba(cars.prepared.table("test"))


def test_rows_in_batches_give_the_same_answers(penguins: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model(penguins.trained.base / "model")
    rows = pl.concat([penguins.prepared.table("test")] * 40)
    whole = model.predict_proba(rows)
    monkeypatch.setattr(model_artifact, "BATCH_CELLS", 1)
    assert rows.height > 2_000
    assert np.array_equal(model.predict_proba(rows), whole)


def test_no_rows_give_no_answers_of_the_right_shape(penguins: Run, cars: Run) -> None:
    model = load_model(penguins.trained.base / "model")
    rows = penguins.prepared.table("test").clear()
    assert model.predict_proba(rows).shape == (0, 3)
    assert model.predict(rows).shape == (0,)
    assert load_model(cars.trained.base / "model").predict(cars.prepared.table("test").clear()).shape == (0,)
