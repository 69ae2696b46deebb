"""Evaluates classifications and regressions: metrics, dummy, champion, worst groups of rows, importances.

Called by evaluate. Everything is measured on the same rows through the same answers.
Cost: predictions of all test rows stand in memory; beyond MAX_CELLS probabilities a sample of the rows is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import DataError
from contracts.metrics import CLASSIFICATION, REGRESSION
from steps.evaluation import asking
from steps.evaluation.answers import Answers, ClassAnswers, ValueAnswers
from steps.evaluation.baseline import dummy_class_answers, dummy_value_answers, dummy_values
from steps.evaluation.champion import compare_with_champion
from steps.evaluation.custom import custom_answers
from steps.evaluation.evaluation import Evaluation, Importance, Predictions, SliceScore
from steps.evaluation.held_out import HeldOut
from steps.evaluation.importance import MAX_ROWS, permutation_importances
from steps.evaluation.quality import classification_details, other_metrics
from steps.evaluation.scoring import advantage, outcome, scored, value_of
from steps.evaluation.setting import Setting
from steps.evaluation.slices import MAX_SHOWN, groups_of, worst_classes, worst_slices
from steps.evaluation.verdict import sentence
from steps.metrics.classification import class_metrics, confusion_matrix
from steps.metrics.clustering import sampled
from steps.metrics.weighted import Floats, Indices
from steps.model_artifact import Model

MAX_CELLS = 50_000_000
DUMMY = "a dummy that ignores every feature"
Answer = Callable[[NDArray[Any], Floats], list[Answers]]
"""True and predicted values of the same rows, as answers."""


def evaluate_classification(setting: Setting) -> Evaluation:
    """Everything about a classifier."""
    classes = list(setting.model.classes or ())
    held_out = setting.held_out.at_most(MAX_CELLS // max(1, len(classes)), setting.seed)
    actual = _target(held_out).astype(np.int64)
    if actual.min() < 0 or actual.max() >= len(classes):
        raise DataError(f"The test part names class {actual.max()}, the model knows {len(classes)}; prepare it again.")

    def answer(true: NDArray[Any], probabilities: Floats) -> list[Answers]:
        return _class_answers(true, probabilities, classes)

    def ask(model: Model) -> tuple[list[Answers], list[str]]:
        return answer(actual, asking.class_probabilities(model, held_out, classes)), []

    probabilities = asking.class_probabilities(setting.model, held_out, classes)
    ours = answer(actual, probabilities)
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    confusion = confusion_matrix(actual, predicted, len(classes))
    common = _common(
        setting,
        held_out,
        ours,
        dummy=dummy_class_answers(actual, _training_target(setting), classes),
        slices=worst_classes(
            actual, classes, ours, setting.metric, target=str(setting.metadata.get("target")), seed=setting.seed
        ),
    )
    return Evaluation(
        task_type=CLASSIFICATION,
        predictions=Predictions(actual, predicted, probabilities),
        champion=compare_with_champion(setting, ours, ask),
        classes=classes,
        class_rows=[{"class": name, **row} for name, row in zip(classes, class_metrics(confusion), strict=True)],
        confusion=confusion.astype(np.int64),
        details=classification_details(actual, probabilities, confusion, classes),
        importances=_importances(setting, held_out, actual, setting.model.predict_proba, answer),
        **common,
    )


def evaluate_regression(setting: Setting) -> Evaluation:
    """Everything about a regression."""
    held_out = setting.held_out.at_most(MAX_CELLS, setting.seed)
    actual = _target(held_out)

    def ask(model: Model) -> tuple[list[Answers], list[str]]:
        return _value_answers(actual, asking.values(model, held_out)), []

    predicted = asking.values(setting.model, held_out)
    ours = _value_answers(actual, predicted)
    common = _common(setting, held_out, ours, dummy=dummy_value_answers(actual, _training_target(setting)), slices=())
    return Evaluation(
        task_type=REGRESSION,
        predictions=Predictions(actual, predicted),
        champion=compare_with_champion(setting, ours, ask),
        details=other_metrics(common["metrics"]),
        importances=_importances(setting, held_out, actual, setting.model.predict_values, _value_answers),
        **common,
    )


def _common(
    setting: Setting, held_out: HeldOut, ours: Sequence[Answers], *, dummy: Sequence[Answers],
    slices: Sequence[SliceScore],
) -> dict[str, Any]:  # fmt: skip
    """What both tasks have: metrics, dummy, slices of columns beside those of classes, remarks."""
    metric, seed = setting.metric, setting.seed
    remarks = []
    if held_out.rows < setting.held_out.rows:
        remarks.append(f"Measured on a sample of {held_out.rows:,} of the {setting.held_out.rows:,} test rows.")
    difference = advantage(ours, dummy, metric, seed)
    verdict = ""
    if difference is not None:
        verdict = sentence(DUMMY, metric, (value_of(ours, metric), value_of(dummy, metric)), difference)
        if outcome(difference) != "better":
            remarks.append(verdict)
    groups = groups_of(held_out, setting.metadata["columns"])
    classes = len(setting.model.classes or ())
    worst = [*slices, *worst_slices(groups, ours, metric, classes=classes, seed=seed)]
    return {
        "metrics": scored(ours, seed),
        "baseline": dummy_values(dummy),
        "baseline_difference": difference,
        "baseline_verdict": verdict,
        "slices": sorted(worst, key=lambda item: item.gap)[:MAX_SHOWN],
        "remarks": remarks,
    }


def _importances(
    setting: Setting,
    held_out: HeldOut,
    actual: NDArray[Any],
    predict: Callable[[Any], Floats],
    answer: Answer,
) -> list[Importance]:
    rows = sampled(held_out.rows, MAX_ROWS, setting.seed)
    true = actual[rows]
    return permutation_importances(
        held_out.take(rows),
        setting.model.preprocessor.columns,
        predict,
        lambda predicted: answer(true, predicted),
        setting.metric,
        seed=setting.seed,
    )


def _class_answers(actual: Indices, probabilities: Floats, classes: Sequence[str]) -> list[Answers]:
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    names = np.asarray(classes, dtype=object)
    shares = {name: probabilities[:, index] for index, name in enumerate(classes)}
    custom = custom_answers(CLASSIFICATION, names[actual], names[predicted], shares)
    return [ClassAnswers(actual, predicted, probabilities), *custom]


def _value_answers(actual: Floats, predicted: Floats) -> list[Answers]:
    return [ValueAnswers(actual, predicted), *custom_answers(REGRESSION, actual, predicted, None)]


def _target(held_out: HeldOut) -> Floats:
    target = held_out.target()
    if target is None or not np.isfinite(target).all():
        raise DataError("The test part lacks the target of some rows; prepare the data again.")
    return target


def _training_target(setting: Setting) -> Mapping[str, Any]:
    """What the dummy knows: of the rows that the model was trained on."""
    stated = setting.metadata.get("training_target") or setting.model.card.get("training_target")
    if not isinstance(stated, Mapping):
        raise DataError("metadata.json says nothing of the training rows' target; prepare the data again.")
    return stated
