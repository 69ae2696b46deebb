"""Fits a column of numbers: what a missing cell becomes, where outliers are cut, how the rest is scaled or binned.

Part of the fit. Mean and spread are exact over all training rows unless clipping or a transform changes the values;
then, as for quantiles, the sample's training rows speak.
Cost: on data sets larger than the sample, quantiles are estimates.
"""

from __future__ import annotations

import itertools

import polars as pl

from contracts.errors import DataError
from steps.processing.feature_names import unique
from steps.processing.kinds import ColumnKind
from steps.processing.powers import best_power
from steps.processing.settings import ColumnSettings, Settings
from steps.processing.statistics import Moments
from steps.recipes.numeric import NumericColumn, Transform, transformed

INDICATOR_FRACTION = 0.05
SKEWED = 2.0
_SHOWN = {"standard": "standardised", "min_max": "scaled to [0, 1]", "robust": "scaled by median and quartiles"}


def fit_numbers(
    kind: ColumnKind, train: Moments, sample: pl.Series, settings: Settings, taken: set[str]
) -> tuple[NumericColumn, str]:
    """The recipe, and what it does.

    Args:
        train: statistics of all training rows.
        sample: the column's values in the sample's training rows.
    """
    own = settings.column(kind.name)
    present = sample.drop_nulls()
    if present.is_empty():
        present = pl.Series([train.mean])
    fill = _fill(kind.name, train, present, own)
    clip = _clip(present, own.outlier_clipping)
    transform = _transform(present, own)
    filled = sample.fill_null(fill)
    filled = filled.clip(*clip) if clip is not None else filled
    power = best_power(filled.to_numpy()) if transform == "yeo_johnson" else 1.0
    done = filled.to_frame("x").select(transformed(pl.col("x"), transform, power)).to_series()
    as_it_is = clip is None and transform == "none"
    center, scale = _center_and_scale(done, own.scaling, train if as_it_is else None, fill)
    edges = _edges(done if as_it_is else filled, own.bins)
    indicator = _wants_indicator(own, train)
    recipe = NumericColumn(
        name=kind.name,
        notation=kind.notation.value,
        features=tuple(unique(name, taken) for name in _feature_names(kind.name, edges)),
        fill=fill,
        missing=settings.missing_numbers,
        clip=clip,
        transform=transform,
        power=power,
        center=center,
        scale=scale if scale > 1e-30 else 1.0,
        indicator=unique(f"{kind.name}=(missing)", taken) if indicator else None,
        edges=edges,
    )
    return recipe, _sentence(recipe, own, train)


def _fill(name: str, train: Moments, present: pl.Series, own: ColumnSettings) -> float:
    if own.numeric_imputation == "constant":
        if isinstance(own.fill_value, str):
            raise DataError(f"columns.{name}.fill_value must be a number for this column, got '{own.fill_value}'.")
        return float(own.fill_value or 0.0)
    if own.numeric_imputation == "mean":
        return train.mean
    if own.numeric_imputation == "most_frequent":
        return _number(present.mode().sort()[0])
    if own.numeric_imputation == "missing_level":
        raise DataError(f"columns.{name}.imputation is missing_level, which is for categories; use median or mean.")
    return _number(present.median())


def _clip(present: pl.Series, share: float) -> tuple[float, float] | None:
    if share <= 0:
        return None
    return _quantile(present, share), _quantile(present, 1 - share)


def _transform(present: pl.Series, own: ColumnSettings) -> Transform:
    if own.transform == "auto":
        skew = present.skew()
        return "yeo_johnson" if skew is not None and abs(skew) > SKEWED else "none"
    return own.transform  # type: ignore[return-value]  # checked by contracts.preprocessing


def _center_and_scale(done: pl.Series, scaling: str, exact: Moments | None, fill: float) -> tuple[float, float]:
    if scaling == "standard":
        return exact.with_fill(fill) if exact is not None else (_number(done.mean()), _number(done.std(ddof=0)))
    if scaling == "min_max":
        low, high = _number(done.min()), _number(done.max())
        if exact is not None:
            low, high = min(exact.low, fill), max(exact.high, fill)
        return low, high - low
    if scaling == "robust":
        return _number(done.median()), _quantile(done, 0.75) - _quantile(done, 0.25)
    return 0.0, 1.0


def _edges(values: pl.Series, bins: int | None) -> tuple[float, ...]:
    if bins is None:
        return ()
    return tuple(sorted({_quantile(values, index / bins) for index in range(1, bins)}))


def _wants_indicator(own: ColumnSettings, train: Moments) -> bool:
    if isinstance(own.missing_indicator, bool):
        return own.missing_indicator and train.missing > 0
    return train.missing >= INDICATOR_FRACTION * (train.count + train.missing)


def _feature_names(name: str, edges: tuple[float, ...]) -> list[str]:
    if not edges:
        return [name]
    bounds = ["-inf", *(f"{edge:.6g}" for edge in edges), "inf"]
    return [f"{name} in ({low}, {high}]" for low, high in itertools.pairwise(bounds)]


def _sentence(recipe: NumericColumn, own: ColumnSettings, train: Moments) -> str:
    parts = []
    if train.missing:
        how = own.numeric_imputation.replace("_", " ")
        parts.append(f"missing cells become {recipe.fill:.6g} ({how})")
    if recipe.indicator is not None:
        parts.append("a flag tells where it was missing")
    if recipe.clip is not None:
        parts.append(f"clipped to [{recipe.clip[0]:.6g}, {recipe.clip[1]:.6g}]")
    if recipe.edges:
        parts.append(f"cut into {len(recipe.features)} bins")
        return ", ".join(parts)
    if recipe.transform == "log1p":
        parts.append("logarithm taken")
    if recipe.transform == "yeo_johnson":
        parts.append(f"Yeo-Johnson transform with lambda {recipe.power:.3g}")
    parts.append(_SHOWN.get(own.scaling, "used as it is"))
    return ", ".join(parts)


def _quantile(values: pl.Series, share: float) -> float:
    return _number(values.quantile(share, interpolation="linear"))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
