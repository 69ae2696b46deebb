"""Only groups that are worse beyond the noise are named, and none for a lack of rows of some class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from steps.evaluation.answers import ClassAnswers, ValueAnswers
from steps.evaluation.slices import MAX_SHOWN, groups_of, slice_metric, worst_classes, worst_slices

from .models import held_out


def guesses(right: np.ndarray, actual: np.ndarray, classes: int = 2) -> ClassAnswers:
    """A classifier that is right where told so."""
    predicted = np.where(right, actual, (actual + 1) % classes)
    return ClassAnswers(actual, predicted, np.eye(classes)[predicted] * 0.8 + 0.2 / classes)


def test_a_place_where_half_is_wrong_is_found(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    place = np.repeat(["north", "south", "west"], 100)
    actual = generator.integers(0, 2, 300)
    answers = guesses((place != "south") | (generator.random(300) < 0.5), actual)
    rows = held_out(tmp_path, pl.DataFrame({"place": place, "kind": actual}))
    groups = groups_of(rows, [{"name": "place", "kind": "categorical", "levels": 3}])
    found = worst_slices(groups, [answers], "accuracy", classes=2, seed=0)
    assert [(item.column, item.level, item.rows, item.metric) for item in found] == [
        ("place", "south", 100, "accuracy")
    ]
    assert found[0].gap == pytest.approx(found[0].score.value - (answers.actual == answers.predicted).mean())


def test_groups_that_differ_by_chance_only_are_seldom_named() -> None:
    generator = np.random.default_rng(1)
    named = 0
    for seed in range(20):
        answers = guesses(generator.random(400) < 0.8, generator.integers(0, 2, 400))
        levels = generator.integers(0, 4, 400)
        groups = [("x", str(level), np.flatnonzero(levels == level)) for level in range(4)]
        named += len(worst_slices(groups, [answers], "accuracy", classes=2, seed=seed))
    assert named <= 6


def test_small_groups_and_the_whole_are_no_groups() -> None:
    answers = guesses(np.arange(1000) >= 60, np.arange(1000) % 2)
    small = [("x", "19", np.arange(19)), ("x", "less than 5 %", np.arange(45)), ("x", "all", np.arange(1000))]
    assert worst_slices(small, [answers], "accuracy", classes=2, seed=0) == []
    assert len(worst_slices([("x", "60", np.arange(60))], [answers], "accuracy", classes=2, seed=0)) == 1


def test_the_worst_come_first_and_at_most_five_are_shown() -> None:
    right = np.repeat([10, 20, 30, 40, 50, 60, 70, *[100] * 13], 100)
    answers = guesses(np.tile(np.arange(100), 20) < right, np.arange(2000) % 2)
    groups = [("x", str(index), np.arange(index * 100, index * 100 + 100)) for index in range(20)]
    found = worst_slices(groups, [answers], "accuracy", classes=2, seed=0)
    assert [item.level for item in found] == ["0", "1", "2", "3", "4"]
    assert len(found) == MAX_SHOWN
    assert found[0].gap < found[1].gap < 0


def test_an_error_is_worse_where_it_is_larger() -> None:
    generator = np.random.default_rng(3)
    error = generator.normal(size=200) * np.repeat([1.0, 4.0], 100)
    actual = generator.normal(size=200) * 10
    groups = [("x", "quiet", np.arange(100)), ("x", "loud", np.arange(100, 200))]
    for metric, measured in (("rmse", "rmse"), ("mae", "mae"), ("r2", "rmse")):
        found = worst_slices(groups, [ValueAnswers(actual, actual + error)], metric, classes=0, seed=0)
        assert [(item.level, item.metric) for item in found] == [("loud", measured)]


def test_a_group_of_one_class_is_not_blamed_for_the_classes_it_lacks() -> None:
    """One row in fifty is wrong everywhere; the mean over classes would be 0.33 in a group of one class."""
    actual = np.repeat([0, 1, 2], 100)
    answers = guesses(np.arange(300) % 50 != 0, actual, classes=3)
    groups = [("x", str(kind), np.flatnonzero(actual == kind)) for kind in range(3)]
    assert worst_slices(groups, [answers], "f1", classes=3, seed=0) == []


def test_a_group_without_positive_rows_is_not_blamed_for_its_recall() -> None:
    actual = np.r_[np.zeros(100, dtype=np.int64), np.ones(100, dtype=np.int64)]
    answers = guesses(np.arange(200) % 10 != 0, actual)
    groups = [("x", "no positives", np.arange(90))]
    for metric in ("precision", "recall", "f1"):
        assert worst_slices(groups, [answers], metric, classes=2, seed=0) == []


def test_a_class_that_is_often_missed_is_named_by_its_recall() -> None:
    generator = np.random.default_rng(4)
    actual = np.repeat([0, 1], [300, 60])
    answers = guesses((actual == 0) | (generator.random(360) < 0.4), actual)
    found = worst_classes(actual, ["no", "yes"], [answers], "auc_roc", target="late", seed=0)
    assert [(item.column, item.level, item.metric) for item in found] == [("late", "yes", "accuracy")]


@pytest.mark.parametrize(
    ("metric", "classes", "expected"),
    [
        ("accuracy", 3, "accuracy"),
        ("f1", 2, "f1"),
        ("f1", 3, "accuracy"),
        ("recall_macro", 2, "accuracy"),
        ("f1_weighted", 3, "f1_weighted"),
        ("average_precision", 2, "auc_roc"),
        ("log_loss", 2, "log_loss"),
        ("r2", 0, "rmse"),
        ("mae", 0, "mae"),
    ],
)
def test_metrics_that_depend_on_the_mix_of_rows_are_replaced(metric: str, classes: int, expected: str) -> None:
    assert slice_metric(metric, classes) == expected


def test_columns_with_few_levels_give_groups_whatever_they_are_stored_as(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "text": ["a", " a ", None, "", "b", "b"],
            "whole": [1.0, 1.0, 2.0, 2.0, None, float("nan")],
            "flag": [True, False, True, False, True, False],
            "ids": [str(index) for index in range(6)],
            "kind": [0, 1, 0, 1, 0, 1],
        }
    )
    rows = held_out(tmp_path, frame)
    columns = [{"name": name, "kind": "categorical"} for name in ("text", "whole", "flag", "absent")]
    groups = [(column, level, positions.tolist()) for column, level, positions in groups_of(rows, columns)]
    assert groups == [
        ("text", "(missing)", [2, 3]),
        ("text", "a", [0, 1]),
        ("text", "b", [4, 5]),
        ("whole", "(missing)", [4, 5]),
        ("whole", "1", [0, 1]),
        ("whole", "2", [2, 3]),
        ("flag", "false", [1, 3, 5]),
        ("flag", "true", [0, 2, 4]),
    ]


def test_columns_with_many_levels_give_none(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": list(range(11)), "t": [f"t{i}" for i in range(11)], "c": ["x"] * 11, "kind": [0] * 11})
    rows = held_out(tmp_path, frame)
    columns = [
        {"name": "n", "kind": "numeric"},
        {"name": "t", "kind": "categorical", "levels": 100_000},
        {"name": "c", "kind": "dropped"},
    ]
    assert list(groups_of(rows, columns)) == []
