"""PCA and t-SNE choose sensible sizes, keep neighbours together, and say what they changed."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_blobs
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from contracts.errors import ConfigError, DataError
from steps.training import train_projection
from steps.training.train_sklearn import fit

from .conftest import Ask

IRIS = load_iris().data.astype(np.float32)


def test_pca_keeps_as_many_components_as_explain_95_percent(ask: Ask) -> None:
    fitted = fit(ask("pca", "dimensionality_reduction", IRIS))
    assert fitted.facts["n_components"] == 2
    assert fitted.facts["explained_variance"] >= 0.95
    assert fitted.facts["explained_variance_ratio"][0] < 0.95
    bare = PCA(2).fit_transform(IRIS.astype(np.float64))
    assert np.allclose(fitted.estimator.transform(IRIS), bare)


@pytest.mark.parametrize(("asked", "kept"), [(1, 1), (4, 4), (0.99, 3), (0.5, 1)])
def test_number_or_fraction_of_components_is_taken_as_given(asked: float, kept: int, ask: Ask) -> None:
    fitted = fit(ask("pca", "dimensionality_reduction", IRIS, n_components=asked))
    assert fitted.estimator.transform(IRIS).shape == (150, kept)


def test_projection_that_cannot_be_is_refused_with_a_remedy(ask: Ask) -> None:
    with pytest.raises(ConfigError, match="n_components is 5, but 150 rows with 4 features have at most 4"):
        fit(ask("pca", "dimensionality_reduction", IRIS, n_components=5))
    with pytest.raises(ConfigError, match="set n_components to an integer"):
        fit(ask("pca", "dimensionality_reduction", IRIS, svd_solver="randomized"))
    with pytest.raises(DataError, match="no variance"):
        fit(ask("pca", "dimensionality_reduction", np.ones((20, 3))))
    assert fit(ask("pca", "dimensionality_reduction", IRIS, svd_solver="randomized", n_components=2)).facts


def test_tsne_keeps_neighbours_together_and_places_new_rows_among_them(ask: Ask) -> None:
    x, groups = make_blobs(240, n_features=6, centers=3, random_state=0)
    x = x.astype(np.float32)
    fitted = fit(ask("tsne", "dimensionality_reduction", x[:200], max_iter=400))
    coordinates = fitted.estimator.transform(x[:200])
    assert trustworthiness(x[:200], coordinates) > 0.9
    centres = np.array([coordinates[groups[:200] == group].mean(axis=0) for group in range(3)])
    new = fitted.estimator.transform(x[200:])
    assert np.array_equal(np.linalg.norm(new[:, None] - centres, axis=2).argmin(axis=1), groups[200:])
    assert fitted.facts["perplexity"] == 30.0


def test_perplexity_is_capped_at_a_third_of_the_rows(ask: Ask) -> None:
    fitted = fit(ask("tsne", "dimensionality_reduction", IRIS[:31], max_iter=250))
    assert fitted.facts["perplexity"] == 10.0


def test_one_feature_has_no_two_principal_components_to_start_from(ask: Ask) -> None:
    fitted = fit(ask("tsne", "dimensionality_reduction", IRIS[:40, :1], max_iter=250))
    assert fitted.facts["init"] == "random"
    assert fitted.estimator.transform(IRIS[:3, :1]).shape == (3, 2)


@pytest.mark.parametrize("metric", ["manhattan", "cosine"])
def test_tsne_takes_other_distances_and_three_dimensions(metric: str, ask: Ask) -> None:
    fitted = fit(ask("tsne", "dimensionality_reduction", IRIS[:60], metric=metric, n_components=3, max_iter=250))
    assert fitted.estimator.transform(IRIS[60:70]).shape == (10, 3)


def test_large_data_is_embedded_by_a_sample_that_is_stated(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_projection, "SAMPLE_ROWS", 60)
    fitted = fit(ask("tsne", "dimensionality_reduction", IRIS, max_iter=250))
    assert fitted.facts["rows_embedded"] == 60
    assert fitted.estimator.transform(IRIS).shape == (150, 2)


def test_seed_reproduces_tsne(ask: Ask) -> None:
    settings = {"max_iter": 250, "init": "random"}
    first, second, other = (
        fit(ask("tsne", "dimensionality_reduction", IRIS[:50], seed=seed, **settings)).estimator.transform(IRIS[:50])
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.allclose(first, other)


def test_three_rows_are_too_few_for_tsne(ask: Ask) -> None:
    with pytest.raises(DataError, match="4 rows or more"):
        fit(ask("tsne", "dimensionality_reduction", IRIS[:3]))
