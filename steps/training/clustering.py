"""Chooses the number of clusters where the issue does not: the one with the best silhouette.

Used by K-Means and by the clustering autoencoder. Numbers from 2 to 12 are tried on a sample; while the best one is
the last one tried, the search goes on, up to 24.
Cost: distances between all pairs of the sample (16 MB) and some fits on it, a second or two in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import DataError

SAMPLE_ROWS = 2_000
FIRST, LAST, FAR = 2, 12, 24
_STARTS = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen number and the silhouette of every number tried."""

    clusters: int
    silhouettes: dict[int, float]

    def facts(self) -> dict[str, Any]:
        """What model.json says about the choice."""
        tried = [{"n_clusters": count, "silhouette": round(score, 4)} for count, score in self.silhouettes.items()]
        return {"tried": tried}


def choose_clusters(x: NDArray[np.floating], seed: int) -> Choice:
    """The number of clusters of these rows, of which at most SAMPLE_ROWS are looked at.

    Raises:
        DataError: fewer than three different rows.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import pairwise_distances, silhouette_score
    from threadpoolctl import threadpool_limits

    sample = x
    if len(x) > SAMPLE_ROWS:
        sample = x[np.sort(np.random.default_rng(seed).choice(len(x), size=SAMPLE_ROWS, replace=False))]
    different = len(np.unique(sample, axis=0))
    if different <= FIRST:
        raise DataError(f"The data has {different} different row(s), which is too few to choose a number of clusters.")
    distances = pairwise_distances(np.asarray(sample, dtype=np.float64))
    silhouettes: dict[int, float] = {}
    for count in range(FIRST, min(FAR, different - 1) + 1):
        best = max(silhouettes, key=lambda item: silhouettes[item], default=count)
        if count > LAST and best < count - 1:
            break
        with threadpool_limits(1):  # the sample is small: waking threads takes longer than the work
            labels = KMeans(count, n_init=_STARTS, random_state=seed).fit_predict(sample)
        silhouettes[count] = float(silhouette_score(distances, labels, metric="precomputed"))
    return Choice(max(silhouettes, key=lambda item: silhouettes[item]), silhouettes)
