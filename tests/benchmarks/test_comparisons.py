"""What a benchmark concludes from what it measured."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from benchmarks import mixed_data
from benchmarks.baselines import NO, WITHIN_NOISE, YES, Baseline, Score, compare, read_baselines
from benchmarks.preparation import Summary, claims, differences
from benchmarks.score_sets import SUPERVISED_SETS, LearningSet, data_file, learning_sets
from benchmarks.scores import algorithms_for
from benchmarks.tables import markdown

ROWS = {"train": 700, "validation": 100, "test": 200}


def summary(title: str, seconds: float = 1.0, peak: float = 100.0, rows: dict[str, int] = ROWS, features: int = 78):
    return Summary(title, seconds, seconds, peak, peak, rows, features)


def test_less_error_is_better_and_more_accuracy_is_better():
    score = Score(0.8, 0.01, 1)
    assert compare("accuracy", score, Baseline(0.7)).reached == YES
    assert compare("rmse", score, Baseline(0.7)).reached == NO
    assert compare("rmse", score, Baseline(0.9)).difference == pytest.approx(0.1)


def test_a_score_below_the_baseline_is_within_noise_up_to_two_deviations_of_the_difference():
    one_split = Score(0.80, 0.01, 1)
    assert compare("accuracy", one_split, Baseline(0.825)).reached == WITHIN_NOISE  # two splits: 0.014
    assert compare("accuracy", one_split, Baseline(0.83)).reached == NO
    assert compare("accuracy", one_split, Baseline(0.825, deviation=0.001)).reached == NO


def test_more_seeds_leave_less_noise():
    few, many = Score(0.80, 0.02, 1), Score(0.80, 0.02, 100)
    baseline = Baseline(0.83, deviation=0.0)
    assert compare("accuracy", few, baseline).reached == WITHIN_NOISE
    assert compare("accuracy", many, baseline).reached == NO


def test_the_spread_of_a_score_is_the_larger_of_bootstrap_and_seeds():
    assert Score.of([0.8, 0.8, 0.8], [0.02, 0.02, 0.02]).deviation == pytest.approx(0.02)
    assert Score.of([0.7, 0.9], [0.02, float("nan")]).deviation == pytest.approx(0.1414, abs=1e-4)


def test_preparations_that_lose_rows_or_features_are_not_compared_silently():
    good = summary("a")
    assert differences([good, summary("b", features=74)], 1000) == []
    assert "b wrote 999 of 1,000 rows" in differences([good, summary("b", rows=ROWS | {"test": 199})], 1000)
    assert differences([good, summary("b", features=30)], 1000) == ["features: a 78, b 30"]
    moved = differences([good, summary("b", rows={"train": 600, "validation": 200, "test": 200})], 1000)
    assert len(moved) == 2


def test_the_ratio_to_polars_is_taken_to_the_faster_way():
    done = [
        summary("pandas + scikit-learn", 20.0, 1800.0),
        summary("Polars, eager", 6.0),
        summary("Polars, lazy", 5.0),
        summary("PrepareData", 10.0, 600.0),
    ]
    assert [line.split()[0] for line in claims(done)] == ["2.00", "0.33", "2.00"]
    assert claims(done[:3]) == []


def test_mixed_data_is_the_same_whenever_it_is_made_and_however_long_it_is(tmp_path: Path):
    mixed_data.write(tmp_path / "long.csv", 3000)
    mixed_data.write(tmp_path / "short.csv", 1000)
    long, short = (tmp_path / "long.csv").read_bytes(), (tmp_path / "short.csv").read_bytes()
    assert long.startswith(short)
    table = pl.read_csv(tmp_path / "long.csv", try_parse_dates=True)
    assert table.shape == (3000, 30)
    assert table["amount_9"].null_count() == pytest.approx(900, abs=150)
    assert table["opened_on"].dtype == pl.Date
    assert set(table["churned"]) == {"yes", "no"}


def test_a_cell_cannot_break_a_table():
    assert markdown(("a", "b"), [("x|y", "1\n2")]).splitlines()[2] == "| x\\|y | 1 2 |"


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    (tmp_path / "baselines.csv").write_text(
        "dataset,model,accuracy,f1_macro,auc,rmse\n"
        "titanic,random_forest,0.78,0.76,0.83,\n"
        "titanic,dummy,0.6,0.3,0.5,\n"
        "mpg,mlp,,,,2.1\n"
    )
    (tmp_path / "seed_spread.csv").write_text("dataset,metric,model,seeds,mean,std\ntitanic,accuracy,rf,10,0.81,0.03\n")
    (tmp_path / "baselines_clustering.csv").write_text(
        "dataset,k,kmeans_raw_ari,kmeans_std_ari,dbscan_default_std_ari,dbscan_best_ari\n"
        "atom,2,0.18,0.17,0.56,1.0\nseeds,3,0.71,0.77,0.0,0.0\n"
    )
    (tmp_path / "baselines_dimred.csv").write_text(
        "dataset,pca_ev1,pca_ev2,trust_pca2,trust_tsne2\nseeds,0.7,0.2,0.94,0.98\n"
    )
    return tmp_path


def test_the_mean_of_several_splits_stands_in_for_a_single_one(lists: Path):
    found = read_baselines(lists)
    assert found["titanic", "random_forest", "accuracy"].value == 0.81
    assert found["titanic", "random_forest", "accuracy"].deviation == pytest.approx(0.0095, abs=1e-4)
    assert found["titanic", "random_forest", "auc_roc"].deviation is None
    assert found["mpg", "neural_network", "rmse"].value == 2.1
    assert found["atom", "kmeans", "ari"].value == 0.17
    assert found["seeds", "pca", "explained_variance"].value == pytest.approx(0.9)


def test_every_task_of_the_sets_has_algorithms(lists: Path):
    sets = learning_sets(lists)
    assert {item.name for item in SUPERVISED_SETS} < {item.name for item in sets}
    assert [(item.name, item.clusters) for item in sets if item.task_type == "clustering"] == [
        ("atom", 2),
        ("seeds", 3),
    ]
    found = {item.task_type: set(algorithms_for(item)) for item in sets}
    assert {"random_forest", "xgboost", "neural_network"} <= found["classification"]
    assert {"linear_regression", "random_forest", "xgboost", "neural_network"} <= found["regression"]
    assert {"kmeans", "dbscan", "autoencoder"} <= found["clustering"]
    assert {"pca", "tsne", "autoencoder"} <= found["dimensionality_reduction"]


def test_lateness_is_derived_and_unknown_arrivals_stay_unknown(tmp_path: Path):
    (tmp_path / "flights").mkdir()
    pl.DataFrame({"arr_delay": [16.0, 15.0, None]}).write_parquet(tmp_path / "flights" / "flights.parquet")
    late = next(item for item in SUPERVISED_SETS if item.name == "flights_late")
    assert pl.read_parquet(data_file(tmp_path, late, tmp_path))["late"].to_list() == [True, False, None]
    assert "arr_delay" in late.drop
    same = LearningSet("x", "a.csv", "y", "regression")
    assert data_file(tmp_path, same, tmp_path) == tmp_path / "a.csv"
