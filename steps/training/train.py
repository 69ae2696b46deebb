"""Step TrainModel: matrices in, a model that serves raw rows out.

read the channels -> validate against the catalogue -> fit with the algorithm's framework -> print metrics ->
cross-validate if asked -> write /opt/ml/model, which SageMaker packs as model.tar.gz.
Cost: how much of the data stands in memory is the trainer's choice; this module holds samples only.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contracts.algorithms import ALGORITHMS
from contracts.errors import ConfigError, DataError
from contracts.hyperparameters import validate_hyperparameters
from contracts.metrics import CLASSIFICATION, TASK_TYPES
from steps.bundle import beside_bundle
from steps.dependencies import ensure_dependencies
from steps.model_artifact import Model
from steps.preprocessor import Preprocessor
from steps.runtime import Runtime
from steps.training.card import model_card, write_code
from steps.training.cross_validation import count_folds, cross_validate
from steps.training.data import Part, TrainingData
from steps.training.fitting import FitRequest, Fitted
from steps.training.learning_curve import learning_curve
from steps.training.progress import print_metrics
from steps.training.scoring import Scorer, in_training

FRAMEWORKS: Mapping[str, str] = {
    "sklearn": "steps.training.train_sklearn",
    "xgboost": "steps.training.train_xgboost",
    "torch": "steps.training.train_torch",
}
TRAIN_ROWS, VALIDATION_ROWS = 20_000, 250_000  # that the metric lines are about, at most


def main(arguments: Sequence[str], runtime: Runtime) -> None:
    """Run the step on the job's folders."""
    argparse.ArgumentParser(prog="train").parse_args(arguments)
    raw = runtime.hyperparameters()
    metadata = json.loads((runtime.channel("metadata") / "metadata.json").read_text(encoding="utf-8"))
    preprocessor = Preprocessor.load(runtime.channel("preprocessor"))
    algorithm, task_type = _algorithm(raw, metadata)
    request = FitRequest(
        data=_data(runtime, metadata, preprocessor.features),
        algorithm=algorithm,
        hyperparameters=_hyperparameters(raw, algorithm, task_type),
        seed=_seed(raw),
        checkpoints=runtime.checkpoint_dir(),
    )
    fit = _framework(ALGORITHMS[algorithm].framework)
    train = request.data.train
    print(f"{algorithm} on {train.rows} rows with {len(train.features)} features ({task_type}).", flush=True)
    started = time.perf_counter()
    fitted = fit(request)
    seconds = time.perf_counter() - started

    scorer = Scorer(task_type, preprocessor, request.seed)
    _print_scores(request.data, fitted, scorer)
    card = model_card(
        request,
        fitted,
        metadata,
        preprocessor,
        seconds=seconds,
        curve=learning_curve(request, fitted, fit=fit, scorer=scorer),
        cross_validation=_cross_validation(runtime, request, fit, scorer),
    )
    folder = runtime.model_dir()
    Model(preprocessor, fitted.estimator, card).save(folder)
    write_code(folder / "code", fitted.estimator.kind)


def _data(runtime: Runtime, metadata: Mapping[str, Any], features: tuple[str, ...]) -> TrainingData:
    task_type = str(metadata["task_type"])
    is_classification = task_type == CLASSIFICATION
    train, validation = (
        Part.open(runtime.channel(name), features, is_classification=is_classification)
        for name in ("train", "validation")
    )
    if not train.rows:
        raise DataError("The training part has no rows; lower test_size and validation_size, or bring more data.")
    weights = metadata.get("class_weights")
    return TrainingData(
        train=train,
        validation=validation if validation.rows else None,
        task_type=task_type,
        classes=len(metadata["classes"] or ()),
        class_weights=tuple(weights) if weights else None,
    )


def _framework(name: str) -> Callable[[FitRequest], Fitted]:
    """The framework's fit; its library is installed if the image lacks it, and imported only now."""
    ensure_dependencies(name, beside_bundle("wheels"))
    fit: Callable[[FitRequest], Fitted] = importlib.import_module(FRAMEWORKS[name]).fit
    return fit


def _print_scores(data: TrainingData, fitted: Fitted, scorer: Scorer) -> None:
    """Lines that the job's MetricDefinitions pick up."""
    wanted = in_training(data.task_type)
    print_metrics("train", scorer.score(fitted.estimator, data.train, limit=TRAIN_ROWS, wanted=wanted))
    if data.validation is not None:
        scores = scorer.score(fitted.estimator, data.validation, limit=VALIDATION_ROWS, wanted=wanted)
        print_metrics("validation", scores)


def _cross_validation(
    runtime: Runtime, request: FitRequest, fit: Callable[[FitRequest], Fitted], scorer: Scorer
) -> dict[str, dict[str, Any]] | None:
    try:
        folder = runtime.channel("folds")
    except DataError:  # the job was started without that channel
        return None
    if not count_folds(folder):
        return None
    found = cross_validate(request, folder, fit=fit, scorer=scorer, limit=VALIDATION_ROWS)
    print_metrics("cv", {name: row["mean"] for name, row in found.items()})
    return found


def _algorithm(raw: Mapping[str, str], metadata: Mapping[str, Any]) -> tuple[str, str]:
    name = raw.get("algorithm", "")
    if name not in ALGORITHMS:
        raise ConfigError(f"Unknown algorithm '{name}'; expected one of {', '.join(ALGORITHMS)}.")
    task_type = str(metadata["task_type"])
    asked = raw.get("task_type", "")
    if asked in TASK_TYPES and asked != task_type:
        raise ConfigError(f"task_type is {asked}, but the data was prepared for {task_type}; prepare it again.")
    if task_type not in ALGORITHMS[name].task_types:
        fitting = ", ".join(item for item, row in ALGORITHMS.items() if task_type in row.task_types)
        target = metadata["target"]
        why = f"the target '{target}' asks for" if target else "the data was prepared for"
        raise ConfigError(f"'{name}' does not do {task_type}, which {why}; use {fitting}.")
    return name, task_type


def _hyperparameters(raw: Mapping[str, str], algorithm: str, task_type: str) -> dict[str, Any]:
    try:
        values = json.loads(raw.get("hyperparameters") or "{}")
    except json.JSONDecodeError as error:
        raise ConfigError(f"hyperparameters is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ConfigError("hyperparameters must be a JSON object.")
    checked, findings = validate_hyperparameters(ALGORITHMS[algorithm], values, task_type)
    if findings:
        raise ConfigError(" ".join(finding.message for finding in findings))
    return dict(checked)


def _seed(raw: Mapping[str, str]) -> int:
    text = raw.get("seed", "0")
    try:
        seed = int(text)
    except ValueError as error:
        raise ConfigError(f"seed must be an integer, got '{text}'.") from error
    if not 0 <= seed < 2**32:
        raise ConfigError(f"seed must be an integer in [0, 4294967295], got {seed}.")
    return seed
