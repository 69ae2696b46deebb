"""Whether an ensemble of trees, as read from a file, is one that XGBoost can walk without leaving its memory.

Used by boosted_trees before XGBoost sees the file: a child, feature or output that does not exist would be followed
unchecked. Cost: a pass over the nodes of all trees, a tenth of a second for 2,000 trees.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

OBJECTIVES = {0: "reg:squarederror", 2: "binary:logistic"}
"""By the number of known classes; more than two are multi:softprob."""
NODE_ARRAYS = {
    "left_children": "i",
    "right_children": "i",
    "parents": "i",
    "split_indices": "i",
    "split_conditions": "f",
    "default_left": "u",
    "split_type": "u",
}
CATEGORY_ARRAYS = ("categories", "categories_nodes", "categories_segments", "categories_sizes")


def check_ensemble(content: Any, *, features: int, known_classes: int) -> None:
    """Return if the ensemble is sound and made for these features and classes.

    Raises:
        ValueError: what is wrong.
    """
    try:
        learner = content["learner"]
        model = learner["gradient_booster"]["model"]
        _check_learner(learner, features, known_classes)
        trees, groups = model["trees"], max(1, known_classes if known_classes > 2 else 1)
        _demand(len(trees) == _integer(model["gbtree_model_param"]["num_trees"]) > 0, "its number of trees")
        _demand(_integer(model["gbtree_model_param"]["num_parallel_tree"]) == 1, "its parallel trees")
        output = np.asarray(model["tree_info"], dtype=np.int64)
        _demand(output.shape == (len(trees),) and bool(((output >= 0) & (output < groups)).all()), "its outputs")
        steps = np.asarray(model["iteration_indptr"], dtype=np.int64)
        _demand(steps.ndim == 1 and bool((np.diff(steps) == groups).all()), "its iterations")
        _demand(steps[0] == 0 and steps[-1] == len(trees), "its iterations")
        for number, tree in enumerate(trees):
            _check_tree(tree, features, f"tree {number}")
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise ValueError(f"it is no ensemble of trees ({type(error).__name__}: {error})") from error


def _check_learner(learner: Mapping[str, Any], features: int, known_classes: int) -> None:
    facts = learner["learner_model_param"]
    wanted = OBJECTIVES.get(known_classes, "multi:softprob")
    classes = known_classes if known_classes > 2 else 0
    _demand(learner["gradient_booster"]["name"] == "gbtree", "its kind of booster")
    _demand(learner["objective"]["name"] == wanted, "its objective")
    if classes:
        _demand(_integer(learner["objective"]["softmax_multiclass_param"]["num_class"]) == classes, "its objective")
    _demand(_integer(facts["num_feature"]) == features, "its features")
    _demand(_integer(facts["num_class"]) == classes and _integer(facts["num_target"]) == 1, "its classes")
    base = np.atleast_1d(np.asarray(json.loads(facts["base_score"]), dtype=np.float64))
    _demand(base.shape in {(1,), (max(1, classes),)} and bool(np.isfinite(base).all()), "its base score")
    categories = learner["gradient_booster"]["model"].get("cats", {})
    _demand(not any(len(values) for values in categories.values()), "its categories")


def _check_tree(tree: Mapping[str, Any], features: int, where: str) -> None:
    facts = tree["tree_param"]
    nodes = _integer(facts["num_nodes"])
    sizes = (nodes > 0, _integer(facts["num_deleted"]) == 0, _integer(facts["size_leaf_vector"]) <= 1)
    _demand(all(sizes) and _integer(facts["num_feature"]) == features, f"the size of {where}")
    arrays = {name: tree[name] for name in NODE_ARRAYS}
    for name, kind in NODE_ARRAYS.items():
        _demand(isinstance(arrays[name], np.ndarray), f"{name} of {where}")
        _demand(arrays[name].shape == (nodes,) and arrays[name].dtype.kind == kind, f"{name} of {where}")
    _demand(not any(len(tree[name]) for name in CATEGORY_ARRAYS) and not arrays["split_type"].any(), f"{where}")
    left, right, parents = arrays["left_children"], arrays["right_children"], arrays["parents"]
    number = np.arange(nodes)
    inner = left != -1
    _demand(np.array_equal(inner, right != -1), f"the children of {where}")
    for child in (left[inner], right[inner]):  # children come later, so no path has a cycle
        _demand(bool(((child > number[inner]) & (child < nodes)).all()), f"the children of {where}")
        _demand(np.array_equal(parents[child], number[inner]), f"the parents of {where}")
    split = arrays["split_indices"][inner]
    _demand(bool(((split >= 0) & (split < features)).all()), f"the features of {where}")
    _demand(bool(np.isfinite(arrays["split_conditions"][~inner]).all()), f"the leaves of {where}")


def _integer(text: Any) -> int:
    if not (isinstance(text, str) and text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"{what} cannot be right")
