"""Networks: learn, stop early, continue exactly where they were, and serve without PyTorch what PyTorch trained."""

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
import torch

from contracts.errors import ArtifactError, ConfigError, DataError
from steps.estimators import network
from steps.estimators.network import Network
from steps.estimators.network_layers import Layer
from steps.tables import TARGET_COLUMN
from steps.training import network_fitting
from steps.training.data import Part, TrainingData
from steps.training.fitting import FitRequest
from steps.training.network_settings import network_settings
from steps.training.train_torch import _layers, _stack, fit

ROOT = Path(__file__).resolve().parents[3]


def part(folder: Path, x: np.ndarray, y: np.ndarray | None, *, classification: bool) -> Part:
    folder.mkdir(parents=True)
    names = [f"f{i}" for i in range(x.shape[1])]
    frame = pl.DataFrame({name: x[:, i].astype(np.float32) for i, name in enumerate(names)})
    if y is not None:
        frame = frame.with_columns(pl.Series(TARGET_COLUMN, y))
    frame.write_parquet(folder / "part-00000.parquet")
    return Part.open(folder, tuple(names), is_classification=classification)


def request(
    base: Path, *, task: str = "classification", algorithm: str = "neural_network", rows: int = 900, classes: int = 3,
    weights: Any = None, only: set[int] | None = None, validated: bool = True, **hyperparameters: Any,
) -> FitRequest:  # fmt: skip
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, 6))
    groups = random.integers(0, classes, rows)
    x[:, :3] += 3.0 * np.eye(3)[groups % 3]
    signal = x[:, 0] - x[:, 1] + random.normal(0, 0.2, rows)
    is_classification = task == "classification"
    y: np.ndarray | None = {"classification": groups.astype(np.int32), "regression": 1e5 + 1e4 * signal}.get(task)
    cut = rows * 4 // 5
    keep = np.ones(cut, bool) if only is None or y is None else np.isin(y[:cut], list(only))
    data = TrainingData(
        part(base / "train", x[:cut][keep], None if y is None else y[:cut][keep], classification=is_classification),
        part(base / "validation", x[cut:], None if y is None else y[cut:], classification=is_classification)
        if validated else None,
        task, classes if is_classification else 0, weights,
    )  # fmt: skip
    return FitRequest(data, algorithm, hyperparameters, 7, base / "checkpoints")


def held_out(asked: FitRequest) -> np.ndarray:
    assert asked.data.validation is not None
    return asked.data.validation.matrix()


def test_it_learns_classes_and_stops_early(tmp_path: Path) -> None:
    asked = request(tmp_path, patience=5)
    fitted = fit(asked)
    assert asked.data.validation is not None
    right = fitted.estimator.predict_proba(held_out(asked)).argmax(axis=1) == asked.data.validation.target()
    assert right.mean() > 0.9
    losses = [row["validation_loss"] for row in fitted.history]
    assert fitted.facts["best_iteration"] == int(np.argmin(losses)) + 1
    assert len(losses) == min(200, fitted.facts["best_iteration"] + 5)


def test_it_learns_numbers_of_any_size(tmp_path: Path) -> None:
    asked = request(tmp_path, task="regression", epochs=60)
    assert asked.data.validation is not None
    actual = asked.data.validation.target()
    errors = fit(asked).estimator.predict(held_out(asked)) - actual
    assert np.sqrt((errors**2).mean()) < 0.25 * actual.std()


def test_without_a_validation_part_it_trains_as_long_as_asked(tmp_path: Path) -> None:
    fitted = fit(request(tmp_path, validated=False, epochs=3))
    assert [sorted(row) for row in fitted.history] == [["iteration", "train_loss"]] * 3


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
def test_an_interrupted_training_ends_exactly_as_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str
) -> None:
    monkeypatch.setattr(network_fitting, "CHECKPOINT_SECONDS", 0.0)
    settings: dict[str, Any] = {"epochs": 8, "optimizer": optimizer, "dropout": 0.3, "patience": None}
    whole = fit(request(tmp_path / "a", **settings))

    class Interrupted(Exception):
        pass

    shown = network_fitting.print_progress

    def interrupt(unit: str, number: int, *rest: Any, **options: Any) -> None:
        if number == 5:
            raise Interrupted
        shown(unit, number, *rest, **options)

    asked = request(tmp_path / "b", **settings)
    monkeypatch.setattr(network_fitting, "print_progress", interrupt)
    with pytest.raises(Interrupted):
        fit(asked)
    monkeypatch.setattr(network_fitting, "print_progress", shown)
    continued = fit(asked)
    assert continued.history == whole.history
    x = held_out(asked)
    assert (continued.estimator.predict_proba(x) == whole.estimator.predict_proba(x)).all()


def test_a_killed_process_continues(tmp_path: Path) -> None:
    script = (
        "import sys, shutil; from pathlib import Path\n"
        f"sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]\n"
        "import test_train_torch as t\n"
        "t.network_fitting.CHECKPOINT_SECONDS = 0.0\n"
        "base = Path(sys.argv[1])\n"
        "[shutil.rmtree(base / name, ignore_errors=True) for name in ('train', 'validation')]\n"
        "t.fit(t.request(base, epochs=150, patience=None))\n"
        "print('finished')\n"
    )
    first = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    for line in first.stdout:
        if line.startswith("epoch 10/"):
            break
    first.send_signal(signal.SIGKILL)
    first.stdout.close()
    first.wait()
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "Continues after epoch" in done.stdout
    assert done.stdout.rstrip().endswith("finished")


def test_a_damaged_checkpoint_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(network_fitting, "CHECKPOINT_SECONDS", 0.0)
    asked = request(tmp_path, epochs=3)
    first = fit(asked)
    (asked.checkpoints / "neural_network" / network_fitting.STATE_FILE).write_bytes(b"nonsense")
    again = fit(asked)
    assert "is damaged" in capsys.readouterr().out
    assert again.history == first.history


def test_a_class_that_training_never_saw_gets_probability_zero(tmp_path: Path) -> None:
    asked = request(tmp_path, only={0, 2}, epochs=5)
    probabilities = fit(asked).estimator.predict_proba(held_out(asked))
    assert (probabilities[:, 1] == 0).all()
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(probabilities)))


def test_one_class_alone_is_no_training(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds 1 of 3 classes"):
        fit(request(tmp_path, only={1}))


def test_a_validation_part_of_unknown_classes_judges_nothing(tmp_path: Path) -> None:
    asked = request(tmp_path, only={0, 1}, epochs=2)
    assert asked.data.validation is not None
    x, y = asked.data.validation.matrix(), asked.data.validation.target()
    strange = part(tmp_path / "strange", x[y == 2], y[y == 2].astype(np.int32), classification=True)
    fitted = fit(replace(asked, data=replace(asked.data, validation=strange)))
    assert [sorted(row) for row in fitted.history] == [["iteration", "train_loss"]] * 2


def test_a_small_validation_part_is_shown_but_does_not_choose(tmp_path: Path) -> None:
    asked = request(tmp_path, rows=150)  # 30 rows to validate
    fitted = fit(asked)
    assert len(fitted.history) == fitted.facts["best_iteration"] == 50
    assert "validation_loss" in fitted.history[0]
    assert len(fit(replace(asked, hyperparameters={"patience": 3})).history) != 50


def test_the_seed_decides(tmp_path: Path) -> None:
    asked = request(tmp_path, epochs=3)
    x = held_out(asked)
    first, same, other = (fit(replace(asked, seed=seed)).estimator.predict_proba(x) for seed in (7, 7, 8))
    assert (first == same).all()
    assert (first != other).any()


def test_columns_that_nobody_scaled_are_learned_as_well(tmp_path: Path) -> None:
    asked = request(tmp_path, task="regression", epochs=40)
    assert asked.data.validation is not None
    parts = [
        part(tmp_path / name, np.float32(1e5) + np.float32(1e4) * old.matrix(), old.target(), classification=False)
        for name, old in (("large", asked.data.train), ("large-validation", asked.data.validation))
    ]
    large = replace(asked, data=replace(asked.data, train=parts[0], validation=parts[1]))
    errors = [
        float(np.sqrt(((fit(one).estimator.predict(held_out(one)) - one.data.validation.target()) ** 2).mean()))  # type: ignore[union-attr]
        for one in (asked, large)
    ]
    assert errors[1] < 1.2 * errors[0]


def test_one_row_far_out_moves_no_prediction_beyond_the_limit(tmp_path: Path) -> None:
    asked = request(tmp_path, task="regression", epochs=3)
    x = np.repeat(held_out(asked)[:1], 2, axis=0)
    x[0, 0], x[1, 0] = 1e9, 1e6
    before = x.copy()
    values = fit(asked).estimator.predict(x)
    assert values[0] == values[1]
    assert (x == before).all()


def test_weights_of_classes_matter(tmp_path: Path) -> None:
    means = [
        fit(request(tmp_path / name, weights=weights, epochs=3)).estimator.predict_proba(
            held_out(request(tmp_path / f"{name}-again"))
        )[:, 2].mean()
        for name, weights in (("plain", None), ("heavy", (1.0, 1.0, 30.0)))
    ]  # fmt: skip
    assert means[1] > means[0] + 0.05


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_numpys_forward_pass_is_pytorchs(activation: str) -> None:
    torch.manual_seed(0)
    settings = network_settings(
        {"activation": activation}, rows=100, validation_rows=50, seed=0, hidden=(16, 8), dropout=0.2
    )
    module = torch.nn.Sequential(*_stack(torch, [5, 16, 8, 4], settings)).eval()
    x = np.random.default_rng(0).normal(0, 3, (500, 5)).astype(np.float32)
    with torch.no_grad():
        expected = torch.softmax(module(torch.from_numpy(x)), dim=1).numpy()
    ours = Network(_layers(module, activation), known=(0, 1, 2, 3)).predict_proba(x)
    assert np.abs(ours - expected).max() < 1e-5


def test_an_autoencoder_restores_rows_and_finds_groups(tmp_path: Path) -> None:
    asked = request(tmp_path, task="clustering", algorithm="autoencoder", n_clusters=3, epochs=60)
    estimator = fit(asked).estimator
    x = held_out(asked)
    latent = estimator.transform(x)
    restored = estimator.inverse_transform(latent)
    assert restored is not None
    assert ((restored - x) ** 2).mean() < 0.6 * x.var()
    labels = estimator.labels(x)
    assert set(labels) == {0, 1, 2}
    centres = estimator.centres()
    assert centres is not None
    assert centres.shape == (3, 6)


def test_the_number_of_groups_is_chosen_where_none_is_given(tmp_path: Path) -> None:
    fitted = fit(request(tmp_path, task="clustering", algorithm="autoencoder", epochs=30))
    assert fitted.facts["n_clusters"] == len(set(fitted.estimator.labels(held_out(request(tmp_path / "x")))))
    assert len(fitted.facts["tried"]) >= 5


def test_a_network_that_diverges_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"diverged in epoch \d+.*Lower hyperparameters.learning_rate"):
        fit(request(tmp_path, task="regression", optimizer="sgd", learning_rate=10.0, momentum=0.99, epochs=50))


def test_a_saved_network_needs_no_pytorch_and_forged_files_are_refused(tmp_path: Path) -> None:
    asked = request(tmp_path / "data", epochs=3)
    estimator = fit(asked).estimator
    folder = tmp_path / "model"
    folder.mkdir()
    estimator.save(folder)
    x = held_out(asked)
    assert (network.load(folder, classes=3, features=6).predict_proba(x) == estimator.predict_proba(x)).all()
    code = (
        "import sys; sys.modules['torch'] = None\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path; from steps.estimators import network\n"
        f"print(network.load(Path({str(folder)!r}), classes=3, features=6).n_features)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "6", done.stderr
    for classes, features in ((3, 5), (2, 6), (0, 6)):
        with pytest.raises(ArtifactError):
            network.load(folder, classes=classes, features=features)
    shape = json.loads((folder / network.SHAPE_NAME).read_text())
    for change in (
        {"layers": ["relu"]},
        {"layers": ["magic"] * 3},
        {"known": [0, 0, 1]},
        {"mean": "x"},
        {"clusters": True},
        {"limit": -1.0},
        {"limit": None, "layers": []},
    ):
        (folder / network.SHAPE_NAME).write_text(json.dumps(shape | change))
        with pytest.raises(ArtifactError):
            network.load(folder, classes=3, features=6)
    (folder / network.SHAPE_NAME).write_text(json.dumps(shape))
    (folder / network.WEIGHTS_NAME).write_bytes(b"\x80\x04pickle")
    with pytest.raises(ArtifactError, match="missing or damaged"):
        network.load(folder, classes=3, features=6)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    weight = np.full((1, 2), np.nan, dtype=np.float32)
    Network((Layer(weight, np.zeros(1, dtype=np.float32), "none"),)).save(tmp_path)
    with pytest.raises(ArtifactError, match="not finite"):
        network.load(tmp_path, classes=0, features=2)
