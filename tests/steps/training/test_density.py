"""The reach of DBSCAN: what is computed for all reaches at once equals DBSCAN run for each."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_blobs
from sklearn.neighbors import NearestNeighbors

from steps.training.density import LEAST_SHARE, _clusters_along, _density, choose_eps


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "chebyshev"])
@pytest.mark.parametrize("seed", range(3))
def test_cluster_counts_along_the_curve_equal_those_of_dbscan(metric: str, seed: int) -> None:
    points, _ = make_blobs(250, centers=4, n_features=3, cluster_std=1.5, random_state=seed)
    core = NearestNeighbors(n_neighbors=6, metric=metric).fit(points).kneighbors(points)[0][:, -1]
    grid = np.geomspace(np.percentile(core, 5), 2 * core.max(), 25)
    counts, outside = _clusters_along(grid, _density(points, core, metric))
    for eps, count, missed in zip(grid, counts, outside, strict=True):
        labels = DBSCAN(eps=eps, min_samples=6, metric=metric).fit_predict(points)
        sizes = np.bincount(labels[labels >= 0], minlength=1)
        least = LEAST_SHARE * len(points)
        # A border row between two clusters may go to either, so sizes may differ by such rows.
        assert (sizes >= least + 2).sum() <= count <= (sizes >= least - 2).sum()
        assert missed == pytest.approx(1 - sizes[sizes >= least].sum() / len(points), abs=0.04)


def test_reach_scales_with_the_data() -> None:
    points, _ = make_blobs(300, centers=3, cluster_std=0.5, random_state=1)
    small, large = (choose_eps(np.float32(factor) * points.astype(np.float32), 4, "euclidean") for factor in (1, 64))
    assert large.eps == pytest.approx(64 * small.eps, rel=1e-3)


def test_data_without_clusters_gets_the_knee_of_the_curve() -> None:
    x = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    reach = choose_eps(x, 6, "euclidean")
    assert reach.rule == "knee of the k-distance curve"
    labels = DBSCAN(eps=reach.eps, min_samples=6).fit_predict(x)
    assert np.bincount(labels + 1).max() > 0.8 * len(x)


def test_rows_that_mostly_repeat_still_get_a_positive_reach() -> None:
    x = np.repeat(np.array([[0.0], [1.0], [2.5]], dtype=np.float32), [50, 50, 2], axis=0)
    assert choose_eps(x, 4, "euclidean").eps > 0
    assert choose_eps(x[:100], 4, "euclidean").eps > 0
