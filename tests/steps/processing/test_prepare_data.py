"""The whole of PrepareData: what is fitted sees training rows alone, and every setting does what it says."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from contracts.errors import ConfigError, DataError
from steps.preprocessor import as_matrix
from steps.processing import prepare_data

from .conftest import Prepare

RANDOM = np.random.default_rng(7)
ROWS = 600


def table(rows: int = ROWS) -> pl.DataFrame:
    """Numbers, categories of few and many levels, dates and an identifier; y follows from them with noise."""
    random = np.random.default_rng(3)
    a, b = random.normal(10, 3, rows), random.gamma(2.0, 50.0, rows)
    colour, city = random.integers(0, 4, rows), random.integers(0, 90, rows)
    score = a / 3 - 4 + 0.6 * (colour == 1) + 0.8 * (city % 2) + random.normal(0, 0.5, rows)
    start = dt.datetime(2025, 1, 1)
    return pl.DataFrame(
        {
            "a": pl.Series(a).scatter(list(range(0, rows, 11)), None),
            "b": b,
            "colour": [("red", "green", "blue", None)[i] for i in colour],
            "city": [f"city {i}" for i in city],
            "when": [start + dt.timedelta(hours=7 * i) for i in range(rows)],
            "id": [f"row-{i}" for i in range(rows)],
            "y": ["good" if value > 0 else "bad" for value in score],
        }
    )


def test_every_row_stands_in_one_part_and_the_test_part_is_raw(prepare: Prepare) -> None:
    done = prepare(table())
    rows = done.metadata["rows"]
    assert (rows["train"], rows["validation"], rows["test"]) == (420, 60, 120)
    assert done.table("train").columns == [*done.metadata["features"], "__target__"]
    test = done.table("test")
    assert test.columns == ["a", "b", "colour", "city", "when", "id", "__target__"]
    assert test.get_column("__target__").dtype == pl.Int32


def test_training_rows_sent_raw_give_the_training_matrix(prepare: Prepare) -> None:
    """Without target encoding, the served path and the training path are one."""
    done = prepare(table(), encoding="one_hot")
    served = {row.tobytes() for row in done.preprocessor.matrix(table())}
    train = as_matrix(done.table("train").select(done.metadata["features"]))
    assert len(train) == 420
    assert all(row.tobytes() in served for row in train)


def test_what_is_fitted_does_not_change_with_rows_that_do_not_train(prepare: Prepare) -> None:
    data, done = table(), prepare(table())
    held_out = set(done.table("test").get_column("id"))
    wild = data.with_columns(
        pl.when(pl.col("id").is_in(held_out)).then(1e6).otherwise(pl.col("a")).alias("a"),
        pl.when(pl.col("id").is_in(held_out)).then(pl.lit("mars")).otherwise(pl.col("colour")).alias("colour"),
    )
    other = prepare(wild)
    assert other.preprocessor.to_json() == done.preprocessor.to_json()
    assert other.table("train").equals(done.table("train"))


def test_a_column_of_many_levels_is_encoded_out_of_fold(prepare: Prepare) -> None:
    """Pure noise: encoded with its own target it would predict the target; out of fold it must not."""
    random = np.random.default_rng(0)
    data = pl.DataFrame(
        {"code": [f"c{i}" for i in random.integers(0, 400, 1200)], "y": random.integers(0, 2, 1200), "x": range(1200)}
    )
    done = prepare(data)
    assert done.metadata["features"][0] == "code (target mean)"
    train = done.table("train")
    leaked = done.preprocessor.transform(data).get_column("code (target mean)")
    honest = np.corrcoef(train.get_column("code (target mean)"), train.get_column("__target__"))[0, 1]
    cheating = np.corrcoef(leaked, data.get_column("y"))[0, 1]
    assert abs(honest) < 0.12
    assert cheating > 0.3


def test_batches_do_not_change_the_result(prepare: Prepare, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = prepare(table())
    monkeypatch.setattr(prepare_data, "_batch_rows", lambda source, settings: 37)
    pieces = prepare(table())
    assert len(list(pieces.file("train").iterdir())) > 10
    for part in ("train", "validation", "test"):
        left, right = whole.table(part), pieces.table(part)
        assert left.columns == right.columns
        for name in left.columns:
            if left.schema[name].is_float():
                assert np.allclose(left.get_column(name), right.get_column(name), atol=1e-5, equal_nan=True)
            else:
                assert left.get_column(name).equals(right.get_column(name), null_equal=True)


def test_the_seed_decides_the_parts(prepare: Prepare) -> None:
    first, again, other = prepare(table()), prepare(table()), prepare(table(), seed=43)
    assert first.file("metadata/metadata.json").read_bytes() == again.file("metadata/metadata.json").read_bytes()
    assert first.table("test").equals(again.table("test"))
    assert set(first.table("test")["id"]) != set(other.table("test")["id"])


@pytest.mark.parametrize(
    ("scaling", "low", "high"), [("standard", -9.0, 9.0), ("min_max", 0.0, 1.0), ("robust", -6.0, 12.0)]
)
def test_numbers_are_scaled(prepare: Prepare, scaling: str, low: float, high: float) -> None:
    values = prepare(table(), scaling=scaling).table("train").get_column("b").to_numpy()
    assert low <= values.min() < values.max() <= high + 1e-6
    if scaling == "standard":
        assert (values.mean(), values.std()) == pytest.approx((0.0, 1.0), abs=1e-5)
    if scaling == "robust":
        assert np.quantile(values, [0.25, 0.5, 0.75]) == pytest.approx(
            [np.quantile(values, 0.25), 0.0, np.quantile(values, 0.75)], abs=1e-5
        )
        assert np.quantile(values, 0.75) - np.quantile(values, 0.25) == pytest.approx(1.0, abs=1e-5)


def test_a_column_may_have_settings_of_its_own(prepare: Prepare) -> None:
    done = prepare(
        table(),
        columns={
            "a": {"imputation": "constant", "fill_value": -1, "scaling": "none", "missing_indicator": True},
            "b": {"transform": "yeo_johnson", "outlier_clipping": 0.05},
            "colour": {"levels": ["red", "green", "blue"]},
        },
        interactions=[["a", "b"]],
    )
    train = done.table("train")
    assert train.get_column("a").min() == -1.0
    assert train.get_column("a=(missing)").sum() > 0
    assert set(train.get_column("colour").unique()) == {-1.0, 0.0, 0.5, 1.0}
    assert abs(float(train.get_column("b").skew() or 9)) < 0.3
    assert train.get_column("a × b").to_numpy() == pytest.approx(
        train.get_column("a").to_numpy() * train.get_column("b").to_numpy(), abs=1e-5
    )
    assert "Yeo-Johnson transform" in done.column("b")["treatment"]
    assert (
        done.column("a")["treatment"]
        == "missing cells become -1 (constant), a flag tells where it was missing, used as it is"
    )


def test_dates_become_their_parts(prepare: Prepare) -> None:
    features = prepare(table()).metadata["features"]
    assert [name for name in features if name.startswith("when.")] == [
        "when.month", "when.day", "when.weekday", "when.hour", "when.elapsed_days",
    ]  # fmt: skip
    assert not any(name.startswith("when") for name in prepare(table(), date_features="none").metadata["features"])


def test_a_number_can_be_cut_into_bins(prepare: Prepare) -> None:
    done = prepare(table(), columns={"b": {"bins": 4}})
    bins = [name for name in done.metadata["features"] if name.startswith("b in ")]
    assert len(bins) == 4
    shares = done.table("train").select(bins).mean().row(0)
    assert shares == pytest.approx((0.25,) * 4, abs=0.02)


def test_later_rows_are_tested_where_time_decides(prepare: Prepare) -> None:
    done = prepare(table(), split="time", time_column="when")
    test, trained = done.table("test").get_column("when"), done.metadata["rows"]["train"]
    assert test.min() == table().get_column("when")[480]
    assert trained == 420


def test_groups_do_not_stand_in_two_parts(prepare: Prepare) -> None:
    done = prepare(table(), split="group", group_column="city")
    assert "city" not in {name.split("=")[0] for name in done.metadata["features"]}
    cities = set(done.table("test").get_column("city"))
    assert 10 <= len(cities) <= 25
    assert done.metadata["split"] == {"kind": "group", "test_size": 0.2, "validation_size": 0.1, "column": "city"}
    assert table().filter(pl.col("city").is_in(cities)).height == done.metadata["rows"]["test"]


def test_folds_are_prepared_each_with_its_own_statistics(prepare: Prepare) -> None:
    done = prepare(table(), cross_validation_folds=4)
    validated = []
    for fold in range(4):
        parts = {
            name: pl.concat([pl.read_parquet(path) for path in sorted(done.file(f"folds/{fold}/{name}").iterdir())])
            for name in ("train", "validation")
        }
        assert parts["train"].height + parts["validation"].height == 420
        assert abs(float(parts["train"].get_column("b").mean())) < 1e-5  # type: ignore[arg-type]
        validated.append(parts["validation"].height)
    assert validated == [105] * 4
    assert done.file("folds/folds.json").read_text() == '{"folds": 4}\n'


def test_class_weights_balance_or_are_given(prepare: Prepare) -> None:
    counts = prepare(table(), class_weights="balanced").metadata
    trained = counts["class_counts"]["train"]
    assert counts["class_weights"] == pytest.approx([sum(trained) / (2 * count) for count in trained])
    assert prepare(table(), class_weights={"good": 3}).metadata["class_weights"] == [1.0, 3.0]
    with pytest.raises(DataError, match="class_weights names 'god'; the classes are 'bad', 'good'"):
        prepare(table(), class_weights={"god": 3})


def test_a_target_is_transformed_for_the_trainer_only(prepare: Prepare) -> None:
    data = table().with_columns(pl.col("b").alias("y")).drop("b")
    done = prepare(data, target_transform="log1p", task_type="regression")
    assert done.table("train").get_column("__target__").max() < 8
    assert done.table("test").get_column("__target__").max() > 50
    assert done.metadata["training_target"]["mean"] > 50
    assert done.metadata["target_transform"] == "log1p"


def test_a_clustering_needs_no_target_and_hides_known_labels(prepare: Prepare) -> None:
    free = prepare(table().drop("y"), target=None, learning_type="unsupervised", task_type="clustering")
    assert (free.metadata["target"], free.metadata["classes"], free.metadata["reference"]) == (None, None, None)
    assert "__target__" not in free.table("train").columns
    known = prepare(table(), learning_type="unsupervised", task_type="clustering")
    assert known.metadata["reference"] == {"name": "y", "classes": ["bad", "good"]}
    assert not any(name.startswith("y") for name in known.metadata["features"])
    assert "__target__" not in known.table("train").columns
    assert set(known.table("test").get_column("__target__").unique()) == {0, 1}


def test_repeated_rows_can_be_left_out(prepare: Prepare) -> None:
    data = table().drop("id")
    done = prepare(pl.concat([data, data[:100]]), drop_duplicates=True)
    assert done.metadata["rows"]["dropped_duplicates"] == 100
    assert done.metadata["rows"]["train"] + done.metadata["rows"]["validation"] + done.metadata["rows"]["test"] == ROWS


def test_words_and_numbers_can_mean_missing(prepare: Prepare) -> None:
    data = pl.DataFrame({"a": [*range(50), *[-999] * 10], "c": ["x", "y", "n/k"] * 20, "y": [0, 1] * 30})
    done = prepare(data, missing_values=[-999, "n/k"])
    assert (done.column("a")["missing"], done.column("a")["min"]) == (10, 0.0)
    assert done.column("c")["missing"] == 20


def test_all_columns_that_settings_name_and_data_lack_are_named_at_once(prepare: Prepare) -> None:
    with pytest.raises(DataError) as caught:
        prepare(table(), split="group", group_column="citty", columns={"colr": {"scaling": "none"}})
    assert "no column 'citty' (group_column). Did you mean 'city'?" in str(caught.value)
    assert "no column 'colr' (columns)" in str(caught.value)


def test_all_mistakes_of_the_configuration_are_named_at_once(prepare: Prepare) -> None:
    with pytest.raises(ConfigError) as caught:
        prepare(table(), scaling="loud", test_size=3, columns={"a": {"bins": 1}}, colour="red")
    for part in ("scaling must be one of", "test_size must be", "columns.a.bins must be", 'no field "colour"'):
        assert part in str(caught.value).replace("'", '"')


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (table().with_columns(leak=pl.col("y").replace({"good": "yes", "bad": "no"})), "target-leak"),
        (table().with_columns(twin=pl.col("b")), "identical-columns"),
        (
            table().with_columns(y=pl.when(pl.int_range(ROWS) < 40).then(pl.lit("bad")).otherwise(pl.lit("good"))),
            "class-imbalance",
        ),
        (table().with_columns(gap=pl.when(pl.int_range(ROWS) % 3 == 0).then(pl.col("b") + 1)), "much-missing"),
        (pl.concat([table().drop("id")] * 2), "duplicate-rows"),
        (table().with_columns(const=pl.lit(4)), "column-dropped"),
    ],
)
def test_what_is_odd_about_the_data_is_told(prepare: Prepare, data: pl.DataFrame, finding: str) -> None:
    found = next(item for item in prepare(data).metadata["findings"] if item["id"] == finding)
    assert found["severity"] in ("info", "warning")
    assert found["remedy"].endswith(".")


def test_a_number_that_gives_two_classes_away_is_told(prepare: Prepare) -> None:
    data = table()
    noise = np.random.default_rng(1).normal(0, 0.05, ROWS)
    revealing = data.with_columns(after=pl.Series((data.get_column("y") == "good").to_numpy() + noise))
    assert "target-leak" in prepare(revealing).finding_ids
    assert "target-leak" not in prepare(data).finding_ids


def test_the_profile_says_what_a_column_holds(prepare: Prepare) -> None:
    done = prepare(table())
    b = done.column("b")
    values = table().get_column("b")
    assert b["mean"] == pytest.approx(values.mean())
    assert b["std"] == pytest.approx(values.std())
    assert sum(b["histogram"]) == ROWS
    assert b["quartiles"][1] == pytest.approx(values.median())
    colour = done.column("colour")
    assert colour["levels"] == 3
    assert sum(count for _, count in colour["top"]) + colour["missing"] == ROWS
    assert done.column("when")["first"] == "2025-01-01 00:00:00"
    assert "identifier" in done.column("id")["reason"]
