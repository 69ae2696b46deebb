"""Fits XGBoost: quantised batches, early stopping on the validation part, checkpoints.

One of the framework modules that train dispatches to. Where even the quantised matrix would not fit into memory, it
stays on disk (external memory).
Cost: with early stopping the trees after the best one were fitted for nothing.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ConfigError
from contracts.metrics import CLASSIFICATION
from steps.estimators.boosted_trees import BoostedTrees
from steps.training.boosting_data import fits_in_memory, quantised
from steps.training.boosting_watch import Watch
from steps.training.checkpoints import Checkpoint
from steps.training.fitting import FitRequest, Fitted
from steps.training.known_classes import known_classes

MOST_TREES = 1_000
TREES_WITHOUT_STOPPING = 100
MIN_VALIDATION_ROWS = 40
"""Below, the validation part is too small to say when to stop; TREES_WITHOUT_STOPPING are fitted.

On six small data sets parts of 40 rows and more chose better numbers of trees than a fixed one, parts of 20 did not.
"""
OURS = ("n_estimators", "early_stopping_rounds")
DEFAULTS: Mapping[str, Any] = {"learning_rate": 0.1}


def fit(request: FitRequest) -> Fitted:
    """A fitted booster, its history, and how many trees were kept."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads once made it 200 times slower
    import xgboost

    data = request.data
    known = known_classes(data.train.target(), data.classes) if data.task_type == CLASSIFICATION else ()
    parameters = _parameters(request, known)
    stop_after, trees = _plan(request)
    watch = Watch(checkpoint=Checkpoint.of(request), trees=trees, stop_after=stop_after)
    with tempfile.TemporaryDirectory(prefix="xgboost-") as folder:
        try:
            booster = _boosted(request, parameters, known, watch, Path(folder))
        except xgboost.core.XGBoostError as error:
            raise ConfigError(f"xgboost refused the training: {str(error).splitlines()[0][:300]}") from error
    best = watch.best_trees
    facts: dict[str, Any] = {"trees": best, "fitted_trees": booster.num_boosted_rounds()}
    if stop_after is not None:
        facts["best_iteration"] = best
    kept = booster[:best] if best < booster.num_boosted_rounds() else booster
    estimator = BoostedTrees(kept, len(data.train.features), data.classes, known)
    return Fitted(estimator, watch.history, facts)


def _boosted(
    request: FitRequest, parameters: Mapping[str, Any], known: tuple[int, ...], watch: Watch, folder: Path
) -> Any:
    """The booster; the matrices, and with them XGBoost's files in the folder, are gone when this returns."""
    import xgboost

    booster = watch.resumed(xgboost)
    if booster is not None and (watch.done >= watch.trees or watch.stopped):
        return booster
    train, validation = _matrices(request, known, folder)
    return xgboost.train(
        dict(parameters),
        train,
        num_boost_round=watch.trees - watch.done,
        evals=[(train, "train"), *([(validation, "validation")] if validation is not None else [])],
        xgb_model=booster,
        callbacks=[watch.callback(xgboost)],
        verbose_eval=False,
    )


def _parameters(request: FitRequest, known: tuple[int, ...]) -> dict[str, Any]:
    given = {name: value for name, value in request.hyperparameters.items() if name not in OURS}
    if not known:
        objective: dict[str, Any] = {"objective": "reg:squarederror", "eval_metric": "rmse"}
    elif len(known) == 2:
        objective = {"objective": "binary:logistic", "eval_metric": "logloss"}
    else:
        objective = {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": len(known)}
    if len(known) != 2:
        given.pop("scale_pos_weight", None)
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    common = {"tree_method": "hist", "seed": request.seed, "seed_per_iteration": True, "nthread": threads}
    return {**common, **DEFAULTS, **objective, **given}


def _plan(request: FitRequest) -> tuple[int | None, int]:
    """Trees without progress that end the training (None: never), and trees at most."""
    validation = request.data.validation
    given = request.hyperparameters
    usable = validation is not None and (validation.rows >= MIN_VALIDATION_ROWS or "early_stopping_rounds" in given)
    stop_after = given.get("early_stopping_rounds", 50) if usable else None
    trees = given.get("n_estimators") or (MOST_TREES if stop_after is not None else TREES_WITHOUT_STOPPING)
    return stop_after, int(trees)


def _matrices(request: FitRequest, known: tuple[int, ...], folder: Path) -> tuple[Any, Any]:
    data = request.data
    place = np.full(max(1, data.classes), -1, dtype=np.int64)
    place[list(known)] = range(len(known))
    max_bin = int(request.hyperparameters.get("max_bin", 256))

    def labels(target: NDArray[Any]) -> NDArray[Any]:
        return place[target] if known else target

    def weights(target: NDArray[Any]) -> NDArray[np.float64] | None:
        found = data.row_weights(target)
        if known and (place[target] < 0).any():  # a class that training never saw judges nothing
            found = np.where(place[target] < 0, 0.0, 1.0 if found is None else found)
        return found

    def clipped(target: NDArray[Any]) -> NDArray[Any]:
        return np.maximum(labels(target), 0) if known else target

    cache = None if fits_in_memory(data.train) else folder
    train = quantised(data.train, max_bin=max_bin, labels=labels, weights=weights, cache=cache)
    if data.validation is None:
        return train, None
    beside = None if cache is None else folder / "validation"
    if beside is not None:
        beside.mkdir()
    validation = quantised(
        data.validation, max_bin=max_bin, labels=clipped, weights=weights, cache=beside, reference=train
    )
    return train, validation
