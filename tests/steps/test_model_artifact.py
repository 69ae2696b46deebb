"""A model archive is refused where it is unsafe, damaged or not of this project."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from contracts.errors import ArtifactError, DataError
from steps.model_artifact import load_model
from steps.trusted_model import load_estimator, save_estimator

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


def test_model_of_a_foreign_type_is_refused(tmp_path: Path) -> None:
    save_estimator(make_pipeline(FunctionTransformer(np.log1p)), tmp_path)
    with pytest.raises(ArtifactError, match=r"sklearn\.pipeline\.Pipeline.*was not loaded"):
        load_estimator(tmp_path)


def test_type_that_runs_code_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    schema = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": {}}
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))
    with pytest.raises(ArtifactError, match=r"os\.system"):
        load_estimator(tmp_path)


def test_tree_whose_nodes_point_outside_it_is_refused(tmp_path: Path) -> None:
    forest = RandomForestClassifier(n_estimators=2, random_state=0).fit([[0.0], [1.0]] * 20, [0, 1] * 20)
    forest.estimators_[1].tree_.children_left[0] = 10_000
    save_estimator(forest, tmp_path)
    with pytest.raises(ArtifactError, match="nodes point outside"):
        load_estimator(tmp_path)


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
