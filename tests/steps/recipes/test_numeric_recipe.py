"""Numbers become what scikit-learn makes of them; a cell that is no number is missing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import KBinsDiscretizer, PowerTransformer

from steps.processing.powers import best_power
from steps.recipes.numeric import NumericColumn, transformed
from steps.recipes.target_transform import TargetTransform

SKEWED = np.random.default_rng(0).gamma(1.5, 20.0, 500) - 5.0


def applied(recipe: NumericColumn, values: list[object]) -> pl.DataFrame:
    series = pl.Series("a", values, strict=False)
    return pl.DataFrame(recipe.encode(series.to_frame().select(recipe.value(series.dtype)).to_series()))


def test_missing_is_filled_then_clipped_then_scaled() -> None:
    recipe = NumericColumn(
        "a", "plain", ("a",), fill=100.0, missing=(-999.0,), clip=(0.0, 50.0), center=10.0, scale=4.0, indicator="m"
    )
    done = applied(recipe, ["1", "", "abc", "-999", "60", "inf", None])
    assert done.get_column("a").to_list() == [-2.25, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0]
    assert done.get_column("m").to_list() == [0, 1, 1, 1, 0, 1, 1]


def test_yeo_johnson_is_scikit_learns() -> None:
    reference = PowerTransformer(method="yeo-johnson", standardize=False).fit(SKEWED[:, None])
    power = best_power(SKEWED)
    assert power == pytest.approx(reference.lambdas_[0], abs=2e-3)
    frame = pl.DataFrame({"x": SKEWED})
    ours = frame.select(transformed(pl.col("x"), "yeo_johnson", float(reference.lambdas_[0]))).to_series()
    assert np.allclose(ours.to_numpy(), reference.transform(SKEWED[:, None])[:, 0])


@pytest.mark.parametrize("power", [-2.0, 0.0, 0.5, 1.0, 2.0, 3.0])
def test_the_polars_and_the_numpy_power_agree(power: float) -> None:
    values = np.linspace(-20, 20, 81)
    ours = pl.DataFrame({"x": values}).select(transformed(pl.col("x"), "yeo_johnson", power)).to_series().to_numpy()
    assert np.allclose(ours, TargetTransform("yeo_johnson", power).forward(values))


@given(
    st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30),
    st.one_of(st.just(("log1p", 1.0)), st.floats(-1.0, 3.0).map(lambda power: ("yeo_johnson", power))),
)
def test_a_target_comes_back_from_its_transform(values: list[float], chosen: tuple[str, float]) -> None:
    transform = TargetTransform(chosen[0], chosen[1])  # type: ignore[arg-type]
    array = np.asarray(values)
    if chosen[0] == "yeo_johnson":
        array = np.clip(array, -50, 50)  # beyond that a strong power leaves no digits to come back with
    assert np.allclose(transform.invert(transform.forward(array)), array, rtol=1e-5, atol=1e-5)


def test_bins_are_scikit_learns_quantile_bins() -> None:
    edges = KBinsDiscretizer(5, encode="onehot-dense", strategy="quantile", quantile_method="linear").fit(
        SKEWED[:, None]
    )
    inner = tuple(float(edge) for edge in edges.bin_edges_[0][1:-1])
    recipe = NumericColumn("a", "plain", tuple(f"b{i}" for i in range(5)), fill=0.0, edges=inner)
    ours = applied(recipe, SKEWED.tolist()).to_numpy()
    assert (ours.sum(axis=1) == 1).all()
    assert (ours == edges.transform(SKEWED[:, None])).mean() > 0.99  # a value on an edge belongs to the lower bin here


def test_features_are_finite_whatever_the_cell() -> None:
    recipe = NumericColumn("a", "plain", ("a",), fill=0.0, scale=1e-20)
    assert np.isfinite(applied(recipe, [1e308, -1e308, 5e-324, None]).to_numpy()).all()
