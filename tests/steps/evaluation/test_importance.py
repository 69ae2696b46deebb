"""Shuffling a column that matters costs what it should; one that the model ignores costs nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance

from steps.evaluation import importance
from steps.evaluation.answers import Answers, ClassAnswers, ValueAnswers
from steps.evaluation.importance import MAX_COLUMNS, REPEATS, permutation_importances


def table(rows: int = 300, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    generator = np.random.default_rng(seed)
    frame = pl.DataFrame({name: generator.normal(size=rows) for name in ("strong", "weak", "ignored", "unread")})
    return frame, (frame["strong"] * 3 + frame["weak"]).to_numpy()


def predict(frame: pl.DataFrame) -> np.ndarray:
    return (frame["strong"] * 3 + frame["weak"] + frame["ignored"] * 0).to_numpy()


def test_columns_are_ranked_by_what_shuffling_them_costs() -> None:
    frame, actual = table()
    found = permutation_importances(
        frame, ("weak", "strong", "ignored"), predict, lambda p: [ValueAnswers(actual, p)], "rmse", seed=1
    )
    assert [item.column for item in found] == ["strong", "weak", "ignored"]
    assert found[0].drop.value == pytest.approx(3 * np.sqrt(2), rel=0.15)
    assert found[1].drop.value == pytest.approx(np.sqrt(2), rel=0.15)
    assert found[2].drop.value == found[2].drop.deviation == 0.0


def test_importances_are_scikit_learns_within_their_noise() -> None:
    frame, actual = table()
    names = ["strong", "weak", "ignored"]
    model = RandomForestRegressor(n_estimators=20, random_state=0).fit(frame.select(names).to_numpy(), actual)
    expected = permutation_importance(
        model, frame.select(names).to_numpy(), actual, scoring="r2", n_repeats=20, random_state=0
    )
    found = permutation_importances(
        frame, names, lambda rows: model.predict(rows.to_numpy()), lambda p: [ValueAnswers(actual, p)], "r2", seed=1
    )
    for item in found:
        assert item.drop.value == pytest.approx(expected.importances_mean[names.index(item.column)], abs=0.15)


def test_probabilities_are_shuffled_row_by_row_too() -> None:
    frame, values = table()
    actual = (values > 0).astype(np.int64)

    def probabilities(rows: pl.DataFrame) -> np.ndarray:
        positive = 1 / (1 + np.exp(-predict(rows)))
        return np.column_stack([1 - positive, positive])

    def answer(predicted: np.ndarray) -> list[Answers]:
        return [ClassAnswers(actual, predicted.argmax(axis=1), predicted)]

    found = permutation_importances(frame, ("strong", "weak", "ignored"), probabilities, answer, "auc_roc", seed=1)
    assert [item.column for item in found] == ["strong", "weak", "ignored"]
    assert 0.3 < found[0].drop.value < 0.6


def test_the_same_seed_gives_the_same_importances_however_many_rows_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, actual = table()

    def run() -> list[importance.Importance]:
        return permutation_importances(
            frame, ("strong", "weak", "ignored"), predict, lambda p: [ValueAnswers(actual, p)], "mae", seed=5
        )

    together = run()
    monkeypatch.setattr(importance, "STACKED_ROWS", 1)
    assert run() == together


def test_of_many_columns_the_telling_ones_are_kept() -> None:
    frame, actual = table()
    generator = np.random.default_rng(1)
    noise = {f"n{index}": generator.normal(size=300) for index in range(60)}
    texts = {"text": generator.choice(list("abc"), 300), "id": [f"id{index}" for index in range(300)]}
    wide = pl.DataFrame(noise | texts).hstack(frame)
    asked: list[int] = []

    def counted(rows: pl.DataFrame) -> np.ndarray:
        asked.append(rows.height)
        return predict(rows)

    found = permutation_importances(wide, wide.columns, counted, lambda p: [ValueAnswers(actual, p)], "rmse", seed=1)
    assert len(found) == MAX_COLUMNS
    assert [item.column for item in found[:2]] == ["strong", "weak"]
    assert sum(asked) == 300 + 300 * REPEATS * MAX_COLUMNS


def test_a_metric_that_is_not_defined_gives_no_importances() -> None:
    frame, _ = table()

    def answer(predicted: np.ndarray) -> list[Answers]:
        return [ValueAnswers(np.ones(300), predicted)]

    assert permutation_importances(frame, frame.columns, predict, answer, "r2", seed=0) == []
