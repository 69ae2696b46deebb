"""Fits the preprocessor on the training part: a recipe for every usable column, and a sentence that says what it does.

Fifth stage of PrepareData; the only one that computes what the model will depend on, and it never sees a row of the
validation or test part. Means, spreads and counts are exact; quantiles and powers come from the sample's training rows.
Columns that carry nothing (constant, empty) are left out here.
Cost: a level that first appears in the test part is unknown to the model, as it would be in production.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from contracts.errors import DataError
from contracts.metrics import REGRESSION
from steps.preprocessor import Interaction, Preprocessor, Recipe
from steps.processing.feature_names import unique
from steps.processing.finding import DataFinding
from steps.processing.fitting_categories import fit_levels, fit_ordinal, target_features
from steps.processing.fitting_dates import fit_dates
from steps.processing.fitting_numbers import fit_numbers
from steps.processing.kinds import ColumnKind
from steps.processing.settings import Settings
from steps.processing.statistics import Levels, Statistics
from steps.processing.target import Target
from steps.processing.target_means import MAX_OUTPUTS, OutOfFold, TargetMeans
from steps.recipes.target_transform import TargetTransform

MAX_INTERACTIONS = 500
TOLD_BEFORE = ("it is equal to", "it holds")


@dataclass(frozen=True, slots=True)
class Fitted:
    """The preprocessor and all that is told about it.

    Attributes:
        out_of_fold: how training rows of target-encoded columns are encoded.
        dropped: columns left out, with the reason.
        treatments: what is done with each column, as a sentence.
    """

    preprocessor: Preprocessor
    out_of_fold: Mapping[str, OutOfFold]
    dropped: Mapping[str, str]
    treatments: Mapping[str, str]
    findings: tuple[DataFinding, ...]


@dataclass(slots=True)
class _Outcome:
    recipes: list[Recipe] = field(default_factory=list)
    out_of_fold: dict[str, OutOfFold] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    treatments: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


def encodes_target(kind: ColumnKind, settings: Settings) -> bool:
    """Whether a column of categories becomes the target's mean: asked for, or too many levels for flags."""
    if kind.kind != "categorical" or not settings.supervised:
        return False
    encoding = settings.column(kind.name).encoding
    return encoding == "target" or (encoding == "auto" and kind.levels > settings.max_levels)


def target_outputs(target: Target) -> tuple[int, ...] | None:
    """Classes whose shares are encoded: the second of two, or the most frequent ones; None for a number."""
    if target.classes is None:
        return None
    if len(target.classes) == 2:
        return (1,)
    ranked = sorted(range(len(target.classes)), key=lambda index: (-target.counts[index], index))
    return tuple(sorted(ranked[:MAX_OUTPUTS]))


def fit_preprocessor(
    kinds: list[ColumnKind],
    statistics: Statistics,
    means: Mapping[str, TargetMeans],
    train_sample: pl.DataFrame,
    target: Target | None,
    settings: Settings,
) -> Fitted:
    """Fit every column.

    Args:
        means: sums of target-encoded columns, by column.
        train_sample: raw training rows of the sample.
    """
    outcome = _Outcome()
    for kind in kinds:
        if kind.kind == "dropped":
            outcome.dropped[kind.name] = kind.reason
            continue
        values = train_sample.select(kind.value(settings)).to_series()
        fitted, text = _fit(kind, statistics, means, values, target, settings, outcome)
        if fitted is None:
            outcome.dropped[kind.name] = text
        else:
            outcome.recipes.append(fitted)
            outcome.treatments[kind.name] = text
    recipes = tuple(outcome.recipes)
    preprocessor = Preprocessor(recipes, _interactions(recipes, settings, outcome))
    return Fitted(
        preprocessor, outcome.out_of_fold, outcome.dropped, outcome.treatments, tuple(_findings(outcome.dropped))
    )


def fit_target_transform(values: pl.Series, settings: Settings) -> TargetTransform | None:
    """The transform that was asked for, fitted on training values."""
    if settings.target_transform == "log1p":
        return TargetTransform("log1p")
    if settings.target_transform == "yeo_johnson":
        from steps.processing.powers import best_power

        return TargetTransform("yeo_johnson", best_power(values.drop_nulls().to_numpy()))
    return None


def _fit(
    kind: ColumnKind,
    statistics: Statistics,
    means: Mapping[str, TargetMeans],
    values: pl.Series,
    target: Target | None,
    settings: Settings,
    outcome: _Outcome,
) -> tuple[Recipe | None, str]:
    """The recipe and what it does, or None and why the column is left out."""
    if kind.kind == "categorical":
        return _fit_category(kind, statistics.levels[kind.name].train, means, target, settings, outcome)
    train = statistics.numbers[kind.name].train
    if train.count == 0:
        return None, "it is missing in every training row"
    if train.low == train.high and train.missing == 0:
        shown = f"{train.low:g}" if kind.kind == "numeric" else "one date"
        return None, f"it has the same value ({shown}) in every training row"
    fit = fit_dates if kind.kind == "date" else fit_numbers
    return fit(kind, train, values, settings, outcome.taken)


def _fit_category(
    kind: ColumnKind,
    train: Levels,
    means: Mapping[str, TargetMeans],
    target: Target | None,
    settings: Settings,
    outcome: _Outcome,
) -> tuple[Recipe | None, str]:
    taken = outcome.taken
    if train.counts.is_empty():
        return None, "it is missing in every training row"
    if train.counts.height == 1 and train.missing == 0:
        return None, f"it has the same value ({train.counts.item(0, 'level')!r}) in every training row"
    if kind.name in means and target is not None:
        features = target_features(kind.name, target, target_outputs(target), taken)
        whole, others = means[kind.name].encoder(features, settings.missing_texts)
        outcome.out_of_fold[kind.name] = others
        what = "mean" if target.task_type == REGRESSION else "class shares"
        text = f"{len(whole.levels)} levels become the target's {what} at that level, fitted out of fold"
        return whole, text
    if settings.column(kind.name).encoding == "ordinal":
        return fit_ordinal(kind, train, settings, taken)
    return fit_levels(kind, train, settings, taken)


def _interactions(recipes: tuple[Recipe, ...], settings: Settings, outcome: _Outcome) -> tuple[Interaction, ...]:
    outputs = {recipe.name: recipe.outputs for recipe in recipes}
    made: list[Interaction] = []
    for left, right in settings.interactions:
        for name in (left, right):
            if name not in outputs:
                reason = outcome.dropped.get(name, "the dataset does not have it")
                raise DataError(f"interactions names '{name}', which is no feature ({reason}); remove the pair.")
        for one in outputs[left]:
            for other in outputs[right]:
                made.append(Interaction(one, other, unique(f"{one} × {other}", outcome.taken)))
    if len(made) > MAX_INTERACTIONS:
        raise DataError(f"interactions make {len(made)} features, at most {MAX_INTERACTIONS}; remove some pairs.")
    return tuple(made)


def _findings(dropped: Mapping[str, str]) -> list[DataFinding]:
    asked = ("named in drop_columns", "its column type is 'ignore'", "it tells the groups apart")
    return [
        DataFinding(
            "column-dropped",
            f"'{name}' was left out: {reason}.",
            "Nothing to do, unless the column should carry information; keep_columns keeps it.",
            "info",
            name,
        )
        for name, reason in dropped.items()
        if reason not in asked and not reason.startswith(TOLD_BEFORE)
    ]
