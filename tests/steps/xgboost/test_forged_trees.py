"""A booster's file is refused before XGBoost would follow it out of its memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from contracts.errors import ArtifactError
from steps.estimators import boosted_trees
from steps.estimators.boosted_trees import BoostedTrees
from steps.estimators.ubjson import read_ubjson

X = np.random.default_rng(0).normal(size=(400, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
PARAMETERS: dict[int, dict[str, Any]] = {
    0: {"objective": "reg:squarederror"},
    2: {"objective": "binary:logistic"},
    3: {"objective": "multi:softprob", "num_class": 3},
}


def boosted(classes: int, **more: Any) -> Any:
    target = np.minimum(Y, classes - 1) if classes else X[:, 0]
    return xgboost.train({**PARAMETERS[classes], **more}, xgboost.QuantileDMatrix(X, target), 6)


def saved(booster: Any, folder: Path, classes: int) -> Path:
    BoostedTrees(booster, 4, classes, tuple(range(classes))).save(folder)
    return folder


@pytest.mark.parametrize("classes", [0, 2, 3])
@pytest.mark.parametrize("more", [{}, {"gamma": 5.0}, {"grow_policy": "lossguide", "max_leaves": 5}, {"max_depth": 1}])
def test_what_training_writes_is_accepted(tmp_path: Path, classes: int, more: dict[str, Any]) -> None:
    booster = boosted(classes, **more)[:4]
    model = boosted_trees.load(saved(booster, tmp_path, classes), classes=classes, features=4)
    assert (model.booster.inplace_predict(X) == booster.inplace_predict(X)).all()


def change_tree(name: str, place: int, value: int) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        model["learner"]["gradient_booster"]["model"]["trees"][0][name][place] = value

    return change


def change_outputs(model: Any) -> None:
    model["learner"]["gradient_booster"]["model"]["tree_info"][0] = 1_000_000


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (change_tree("left_children", 0, 100_000_000), "the children of tree 0"),
        (change_tree("left_children", 1, 0), "the children of tree 0"),
        (change_tree("right_children", 0, -1), "the children of tree 0"),
        (change_tree("split_indices", 0, 50_000_000), "the features of tree 0"),
        (change_outputs, "its outputs"),
    ],
)
def test_a_tree_that_points_outside_itself_is_refused(tmp_path: Path, forge: Callable[[Any], None], told: str) -> None:
    content = json.loads(boosted(3).save_raw("json"))
    forge(content)
    booster = xgboost.Booster()
    booster.load_model(bytearray(json.dumps(content).encode()))  # XGBoost takes it, and would crash when it predicts
    with pytest.raises(ArtifactError, match=told):
        boosted_trees.load(saved(booster, tmp_path, 3), classes=3, features=4)


def test_an_ensemble_for_another_purpose_is_refused(tmp_path: Path) -> None:
    ranks = xgboost.train({"objective": "count:poisson"}, xgboost.QuantileDMatrix(X, Y), 3)
    with pytest.raises(ArtifactError, match="its objective"):
        boosted_trees.load(saved(ranks, tmp_path, 0), classes=0, features=4)
    linear = xgboost.train({"booster": "gblinear"}, xgboost.DMatrix(X, Y), 3)
    with pytest.raises(ArtifactError, match="forged"):
        boosted_trees.load(saved(linear, tmp_path, 0), classes=0, features=4)


def test_a_file_that_ends_early_or_late_is_refused() -> None:
    content = bytes(boosted(2).save_raw("ubj"))
    assert read_ubjson(content)["learner"]["learner_model_param"]["num_feature"] == "4"
    for end in range(0, len(content), 97):
        with pytest.raises(ValueError, match=r"."):
            read_ubjson(content[:end])
    with pytest.raises(ValueError, match="follow the end"):
        read_ubjson(content + b"}")


@pytest.mark.parametrize(
    "content",
    [b"[" * 10_000, b"{L" + b"\xff" * 8, b"[$d#L\x7f" + b"\xff" * 7, b"[$S#U\x01", b"{U\x01aTU\x01aT}", b"N"],
)  # fmt: skip
def test_bytes_that_would_exhaust_memory_or_mean_two_things_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_ubjson(content)
