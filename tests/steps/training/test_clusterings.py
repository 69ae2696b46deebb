"""K-Means and DBSCAN find known groups with what they choose themselves, and say why they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score

from contracts.errors import ConfigError, DataError
from steps.training import train_dbscan
from steps.training.clustering import choose_clusters
from steps.training.density import default_min_samples
from steps.training.train_sklearn import fit

from .conftest import Ask


def seven_balls(rows: int = 210) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """One ball in the middle and six around it, as in Ultsch's Hepta."""
    centres = np.vstack([np.zeros(3), 3 * np.eye(3), -3 * np.eye(3)])
    x, y = make_blobs(rows, centers=centres, cluster_std=0.4, random_state=3)
    return x.astype(np.float32), y


def moons(rows: int = 400) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    x, y = make_moons(rows, noise=0.06, random_state=2)
    return x.astype(np.float32), y


def test_kmeans_finds_the_number_of_groups(ask: Ask) -> None:
    x, y = seven_balls()
    fitted = fit(ask("kmeans", "clustering", x))
    assert fitted.facts["n_clusters"] == 7
    assert sorted(fitted.facts["cluster_sizes"]) == [30] * 7
    assert adjusted_rand_score(y, fitted.estimator.labels(x)) == 1.0
    assert max(fitted.facts["tried"], key=lambda row: row["silhouette"])["n_clusters"] == 7


def test_search_goes_on_while_the_last_number_is_the_best() -> None:
    x, _ = make_blobs(600, centers=[[10 * i, 10 * j] for i in range(5) for j in range(3)], random_state=0)
    choice = choose_clusters(x, seed=0)
    assert choice.clusters == 15
    assert 12 < max(choice.silhouettes) <= 24
    assert max(choose_clusters(seven_balls()[0], seed=0).silhouettes) == 12


def test_given_number_of_clusters_is_the_librarys_own_kmeans(ask: Ask) -> None:
    x, _ = seven_balls()
    fitted = fit(ask("kmeans", "clustering", x, n_clusters=4, init="random"))
    bare = KMeans(4, init="random", n_init=10, random_state=7).fit(x)
    assert np.array_equal(fitted.estimator.labels(x), bare.labels_)
    assert "tried" not in fitted.facts


def test_mini_batches_find_the_groups_too(ask: Ask) -> None:
    x, y = seven_balls(700)
    fitted = fit(ask("kmeans", "clustering", x, n_clusters=7, batch_size=100, algorithm="elkan"))
    assert adjusted_rand_score(y, fitted.estimator.labels(x)) == 1.0
    assert type(fitted.estimator.estimator).__name__ == "MiniBatchKMeans"  # type: ignore[attr-defined]


def test_more_clusters_than_different_rows_are_refused(ask: Ask) -> None:
    x = np.repeat(np.eye(3), 20, axis=0)
    with pytest.raises(ConfigError, match="n_clusters is 5, but the training part holds 3 different"):
        fit(ask("kmeans", "clustering", x, n_clusters=5))
    assert fit(ask("kmeans", "clustering", x, n_clusters=3)).facts["cluster_sizes"] == [20, 20, 20]


def test_rows_that_are_all_equal_are_refused(ask: Ask) -> None:
    with pytest.raises(DataError, match="1 different row"):
        fit(ask("kmeans", "clustering", np.ones((30, 2))))


@pytest.mark.parametrize("seed", [1, 2])
def test_seed_reproduces_kmeans(seed: int, ask: Ask) -> None:
    x, _ = moons()
    answers = [fit(ask("kmeans", "clustering", x, seed=seed)).estimator.labels(x) for _ in range(2)]
    assert np.array_equal(answers[0], answers[1])


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "chebyshev"])
def test_dbscan_derives_a_reach_that_separates_moons(metric: str, ask: Ask) -> None:
    x, y = moons()
    fitted = fit(ask("dbscan", "clustering", x, metric=metric))
    assert fitted.facts["n_clusters"] == 2
    assert fitted.facts["min_samples"] == 4
    assert fitted.facts["eps_rule"].startswith("longest stretch")
    assert adjusted_rand_score(y, fitted.estimator.labels(x)) > 0.98


def test_dbscan_separates_seven_balls_and_calls_far_rows_noise(ask: Ask) -> None:
    x, y = seven_balls()
    fitted = fit(ask("dbscan", "clustering", x))
    assert adjusted_rand_score(y, fitted.estimator.labels(x)) > 0.95
    assert fitted.estimator.labels(np.full((1, 3), 50, dtype=np.float32)).tolist() == [-1]


def test_core_points_keep_the_label_that_the_library_gave(ask: Ask) -> None:
    x, _ = moons()
    x = np.concatenate([x, x[:100], x[:50]])  # rows that occur several times weigh as often
    fitted = fit(ask("dbscan", "clustering", x, eps=0.12, min_samples=5))
    bare = DBSCAN(eps=0.12, min_samples=5).fit(x.astype(np.float64))
    core = bare.core_sample_indices_
    assert adjusted_rand_score(bare.labels_[core], fitted.estimator.labels(x[core])) == 1.0
    assert fitted.facts["n_clusters"] == bare.labels_.max() + 1
    assert fitted.facts["noise_share"] == pytest.approx(np.mean(bare.labels_ < 0), abs=1e-6)
    assert fitted.facts["eps_rule"] == "given"


def test_reach_that_finds_nothing_is_refused_with_a_better_one(ask: Ask) -> None:
    with pytest.raises(ConfigError, match=r"found no cluster: with eps 1e-05.*suggests an eps of about 0\.\d+"):
        fit(ask("dbscan", "clustering", moons()[0], eps=1e-5))
    with pytest.raises(ConfigError, match="choose a smaller min_samples"):
        fit(ask("dbscan", "clustering", moons()[0], eps=0.1, min_samples=1000))


def test_reach_that_would_fill_the_memory_is_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_dbscan, "MAX_PAIRS", 10_000)
    with pytest.raises(ConfigError, match=r"eps 1\.5 reaches \d+% of all rows"):
        fit(ask("dbscan", "clustering", moons()[0], eps=1.5))


def test_large_data_is_clustered_by_a_sample_that_is_stated(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_dbscan, "SAMPLE_ROWS", 400)
    x, y = moons(3000)
    fitted = fit(ask("dbscan", "clustering", x))
    assert fitted.facts["rows_clustered"] == 400
    assert adjusted_rand_score(y, fitted.estimator.labels(x)) > 0.9
    monkeypatch.setattr(train_dbscan, "MAX_ROWS", 2000)
    with pytest.raises(ConfigError, match="takes at most 2,000 rows, the training part has 3,000"):
        fit(ask("dbscan", "clustering", x, eps=0.1))


def test_rows_that_are_all_equal_are_one_cluster(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    fitted = fit(ask("dbscan", "clustering", np.ones((30, 2))))
    assert fitted.facts["n_clusters"] == 1
    assert "one cluster" in capsys.readouterr().out


def test_single_row_cannot_be_clustered(ask: Ask) -> None:
    with pytest.raises(DataError, match="two rows or more"):
        fit(ask("dbscan", "clustering", np.ones((1, 2))))


@pytest.mark.parametrize(
    ("rows", "features", "expected"), [(1000, 2, 4), (1000, 3, 6), (210, 7, 14), (1000, 50, 20), (30, 7, 3), (5, 2, 2)]
)
def test_min_samples_grows_with_the_features_within_limits(rows: int, features: int, expected: int) -> None:
    assert default_min_samples(rows, features) == expected
