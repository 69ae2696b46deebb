"""XGBoost: learns, stops early, continues after an interruption, and knows classes that training never saw."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from contracts.errors import ArtifactError, ConfigError, DataError
from steps.estimators import boosted_trees
from steps.tables import TARGET_COLUMN
from steps.training import boosting_watch
from steps.training.boosting_data import MEMORY_VARIABLE
from steps.training.checkpoints import fingerprint
from steps.training.data import Part, TrainingData
from steps.training.fitting import FitRequest
from steps.training.train_xgboost import fit

ROOT = Path(__file__).resolve().parents[3]


def part(folder: Path, x: np.ndarray, y: np.ndarray, *, classification: bool, pieces: int = 3) -> Part:
    folder.mkdir(parents=True)
    names = [f"a[{i}]<b>" for i in range(x.shape[1])]  # names that XGBoost itself refuses
    frame = pl.DataFrame({name: x[:, i].astype(np.float32) for i, name in enumerate(names)})
    frame = frame.with_columns(pl.Series(TARGET_COLUMN, y))
    for index, piece in enumerate(frame.iter_slices(-(-len(x) // pieces))):
        piece.write_parquet(folder / f"part-{index:05d}.parquet")
    return Part.open(folder, tuple(names), is_classification=classification)


def request(
    base: Path, *, task: str = "classification", rows: int = 1_500, classes: int = 3, weights: Any = None,
    only: set[int] | None = None, **hyperparameters: Any,
) -> FitRequest:  # fmt: skip
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, 6))
    signal = x[:, 0] + x[:, 1] ** 2 + random.normal(0, 0.4, rows)
    if task == "classification":
        y: np.ndarray = np.digitize(signal, np.quantile(signal, np.linspace(0, 1, classes + 1)[1:-1])).astype(np.int32)
    else:
        y = signal
    cut = rows * 4 // 5
    keep = np.ones(cut, bool) if only is None else np.isin(y[:cut], list(only))
    is_classification = task == "classification"
    data = TrainingData(
        part(base / "train", x[:cut][keep], y[:cut][keep], classification=is_classification),
        part(base / "validation", x[cut:], y[cut:], classification=is_classification, pieces=1),
        task, classes if is_classification else 0, weights,
    )  # fmt: skip
    return FitRequest(data, "xgboost", hyperparameters, 7, base / "checkpoints")


def matrix(asked: FitRequest) -> np.ndarray:
    assert asked.data.validation is not None
    return asked.data.validation.matrix()


def test_it_stops_when_the_validation_part_stops_improving(tmp_path: Path) -> None:
    fitted = fit(request(tmp_path, early_stopping_rounds=10, learning_rate=0.3))
    losses = [row["validation_loss"] for row in fitted.history]
    best = int(np.argmin(losses)) + 1
    assert len(losses) == best + 10 < 1_000
    assert fitted.facts["trees"] == best
    assert fitted.estimator.booster.num_boosted_rounds() == best  # type: ignore[attr-defined]


def test_asked_trees_are_fitted_without_stopping(tmp_path: Path) -> None:
    fitted = fit(request(tmp_path, task="regression", n_estimators=30, early_stopping_rounds=None))
    assert fitted.facts["trees"] == 30
    assert "best_iteration" not in fitted.facts


def test_an_interrupted_training_ends_as_an_uninterrupted_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boosting_watch, "CHECKPOINT_EVERY", 10)
    whole = fit(request(tmp_path / "a", n_estimators=40, early_stopping_rounds=None, subsample=1.0))

    class Interrupted(Exception):
        pass

    asked = request(tmp_path / "b", n_estimators=40, early_stopping_rounds=None, subsample=1.0)
    shown = boosting_watch.print_progress

    def interrupt(unit: str, number: int, *rest: Any, **options: Any) -> None:
        if number == 25:
            raise Interrupted
        shown(unit, number, *rest, **options)

    monkeypatch.setattr(boosting_watch, "print_progress", interrupt)
    with pytest.raises(Interrupted):
        fit(asked)
    monkeypatch.setattr(boosting_watch, "print_progress", shown)
    continued = fit(asked)
    assert len(continued.history) == 40
    assert list(continued.history) == list(whole.history)
    assert (continued.estimator.predict_proba(matrix(asked)) == whole.estimator.predict_proba(matrix(asked))).all()


def test_early_stopping_remembers_where_it_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boosting_watch, "CHECKPOINT_EVERY", 7)
    asked = request(tmp_path, early_stopping_rounds=10, learning_rate=0.3)
    whole = fit(asked)  # leaves a checkpoint between the best tree and the end
    again = fit(asked)
    assert again.history == whole.history
    assert again.facts == whole.facts
    assert (again.estimator.predict_proba(matrix(asked)) == whole.estimator.predict_proba(matrix(asked))).all()


def test_random_rows_and_columns_repeat_with_the_seed(tmp_path: Path) -> None:
    asked = request(tmp_path, n_estimators=10, subsample=0.5, colsample_bytree=0.5)
    first, same, other = (fit(replace(asked, seed=seed)).estimator.predict_proba(matrix(asked)) for seed in (7, 7, 8))
    assert (first == same).all()
    assert (first != other).any()


def test_a_small_validation_part_is_shown_but_does_not_stop(tmp_path: Path) -> None:
    fitted = fit(request(tmp_path, rows=150))  # 30 rows to validate
    assert fitted.facts["trees"] == len(fitted.history) == 100
    assert "validation_loss" in fitted.history[0]


def test_one_class_alone_is_no_training(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds 1 of 3 classes"):
        fit(request(tmp_path, only={1}))


def test_files_of_another_content_are_another_training(tmp_path: Path) -> None:
    one, two = request(tmp_path / "a"), request(tmp_path / "b")
    assert fingerprint(one) == fingerprint(two)
    path = two.data.train.paths[0]
    frame = pl.read_parquet(path)
    frame.with_columns(pl.col(TARGET_COLUMN).reverse()).write_parquet(path)
    assert fingerprint(one) != fingerprint(two)


def test_the_checkpoint_before_is_used_where_the_last_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boosting_watch, "CHECKPOINT_EVERY", 5)
    asked = request(tmp_path, n_estimators=10, early_stopping_rounds=None)
    whole = fit(asked)
    (asked.checkpoints / "xgboost" / "booster.ubj").write_bytes(b"half a fil")
    again = fit(asked)
    assert "Continues after 5 trees" in capsys.readouterr().out
    assert again.history == whole.history


def test_a_checkpoint_of_another_training_or_a_damaged_one_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boosting_watch, "CHECKPOINT_EVERY", 5)
    asked = request(tmp_path, n_estimators=10, early_stopping_rounds=None)
    fit(asked)
    other = FitRequest(asked.data, "xgboost", {**asked.hyperparameters, "max_depth": 2}, 7, asked.checkpoints)
    assert len(fit(other).history) == 10
    assert "is of another training and was ignored" in capsys.readouterr().out
    (asked.checkpoints / "xgboost" / "booster.ubj").write_bytes(b"nonsense")
    assert len(fit(other).history) == 10
    assert "is damaged" in capsys.readouterr().out


def test_a_killed_process_continues(tmp_path: Path) -> None:
    """SIGKILL in the middle; the second process finds the checkpoint."""
    script = (
        "import sys, time; from pathlib import Path\n"
        f"sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]\n"
        "import test_train_xgboost as t\n"
        "from steps.training import boosting_watch as w\n"
        "w.CHECKPOINT_EVERY = w.PROGRESS_EVERY = 5\n"
        "base = Path(sys.argv[1])\n"
        "t.fit(t.request(base, n_estimators=400, early_stopping_rounds=None))\n"
        "print('finished')\n"
    )
    first = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "x")], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    for line in first.stdout:
        if line.startswith("tree 20/"):
            break
    first.send_signal(signal.SIGKILL)
    first.stdout.close()
    first.wait()
    again = script.replace(
        "t.fit(t.request(base,",
        "import shutil; [shutil.rmtree(base / n) for n in ('train', 'validation')]\nt.fit(t.request(base,",
    )
    done = subprocess.run(
        [sys.executable, "-c", again, str(tmp_path / "x")], capture_output=True, text=True, check=True
    )
    assert "Continues after" in done.stdout
    assert done.stdout.rstrip().endswith("finished")


def test_a_class_that_training_never_saw_gets_probability_zero(tmp_path: Path) -> None:
    asked = request(tmp_path, classes=4, only={0, 3}, n_estimators=20)
    probabilities = fit(asked).estimator.predict_proba(matrix(asked))
    assert probabilities.shape == (300, 4)
    assert (probabilities[:, [1, 2]] == 0).all()
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(300), abs=1e-5)


def test_weights_of_classes_matter(tmp_path: Path) -> None:
    plain, heavy = (
        request(tmp_path / "a", n_estimators=20),
        request(tmp_path / "b", n_estimators=20, weights=(1.0, 1.0, 20.0)),
    )
    means = [fit(asked).estimator.predict_proba(matrix(asked))[:, 2].mean() for asked in (plain, heavy)]
    assert means[1] > means[0] + 0.1


def test_external_memory_gives_nearly_the_same_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = request(tmp_path / "a", n_estimators=20, early_stopping_rounds=None)
    first = fit(inside).estimator.predict_proba(matrix(inside))
    monkeypatch.setenv(MEMORY_VARIABLE, "0")
    outside = request(tmp_path / "b", n_estimators=20, early_stopping_rounds=None)
    second = fit(outside).estimator.predict_proba(matrix(outside))
    assert np.abs(first - second).mean() < 0.02


def test_a_model_comes_back_from_disk_and_forged_files_do_not(tmp_path: Path) -> None:
    asked = request(tmp_path / "data", n_estimators=10)
    estimator = fit(asked).estimator
    folder = tmp_path / "model"
    folder.mkdir()
    estimator.save(folder)
    again = boosted_trees.load(folder, classes=3, features=6)
    assert (again.predict_proba(matrix(asked)) == estimator.predict_proba(matrix(asked))).all()
    for classes, features in ((3, 5), (2, 6), (0, 6)):
        with pytest.raises(ArtifactError):
            boosted_trees.load(folder, classes=classes, features=features)
    (folder / boosted_trees.FACTS_NAME).write_text(json.dumps({"known": [0, 0, 1]}))
    with pytest.raises(ArtifactError, match="names classes"):
        boosted_trees.load(folder, classes=3, features=6)
    (folder / boosted_trees.FACTS_NAME).write_text(json.dumps({"known": [0, 1, 2]}))
    (folder / boosted_trees.MODEL_NAME).write_bytes(b"\x00" * 100)
    with pytest.raises(ArtifactError, match="is damaged, forged or of another model"):
        boosted_trees.load(folder, classes=3, features=6)


def test_a_refused_setting_is_told_in_xgboosts_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="xgboost refused the training"):
        fit(request(tmp_path, n_estimators=5, grow_policy="sideways"))
