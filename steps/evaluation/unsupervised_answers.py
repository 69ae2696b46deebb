"""Answers of clusterings and projections, whose metrics need the matrix and, some of them, every pair of its rows.

Between a model's labels or coordinates and scoring. Metrics of pairs are not measured again in each replica: rows are
resampled by their jackknife pseudo-values, which count what a row does to the others, too.
Cost: pairs are compared on a sample (5,000 rows for silhouette, 2,000 for trustworthiness, 2,000 for either's spread);
Davies-Bouldin and Calinski-Harabasz are resampled from at most 5,000 rows, centres given for inertia stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steps.evaluation.answers import Answers, RowMeans
from steps.evaluation.bootstrap import Resampling
from steps.metrics.agreement import agreement
from steps.metrics.clustering import NOISE, SILHOUETTE_ROWS, sampled, separation, silhouette, squared_distances
from steps.metrics.jackknife import pseudo_values, silhouettes_without_each, trustworthiness_without_each
from steps.metrics.projection import TRUSTWORTHINESS_ROWS, reconstruction_metrics, trustworthiness_rows
from steps.metrics.weighted import Floats, Indices, mean

UNKNOWN = -1
"""Reference label of a row that has none."""
RESAMPLED_ROWS = 5_000
JACKKNIFED_ROWS = 2_000
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PartitionAnswers:
    """(n,) reference labels and cluster ids; noise is a cluster of its own."""

    reference: Indices
    labels: Indices

    @property
    def rows(self) -> int:
        return len(self.labels)

    @property
    def names(self) -> tuple[str, ...]:
        return ("ari", "nmi")

    def resampling(self, seed: int) -> Resampling:
        return Resampling(self.rows, seed)

    def take(self, rows: Indices) -> PartitionAnswers:
        return PartitionAnswers(self.reference[rows], self.labels[rows])

    def measure(self, weights: Floats | None, wanted: Collection[str]) -> Mapping[str, Floats]:
        known = self.reference != UNKNOWN
        return agreement(self.reference[known], self.labels[known], None if weights is None else weights[:, known])


@dataclass(frozen=True, slots=True)
class Jackknifed:
    """A metric of all pairs, and (n,) pseudo-values that say how it moves with the rows; NaN ones do not count."""

    name: str
    value: float
    moves: Floats

    @property
    def rows(self) -> int:
        return len(self.moves)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def resampling(self, seed: int) -> Resampling:
        return Resampling(self.rows, seed)

    def take(self, rows: Indices) -> Jackknifed:
        return Jackknifed(self.name, self.value, self.moves[rows])

    def measure(self, weights: Floats | None, wanted: Collection[str]) -> Mapping[str, Floats]:
        if weights is None:
            return {self.name: np.array([self.value])}
        known = np.isfinite(self.moves)
        return {self.name: mean(self.moves[known], weights[:, known])}


@dataclass(frozen=True, slots=True)
class ClusterAnswers:
    """(n, features) rows and (n,) cluster ids, a sample of ``population`` rows; noise is left out."""

    matrix: Matrix
    labels: Indices
    population: int

    @property
    def rows(self) -> int:
        return len(self.labels)

    @property
    def names(self) -> tuple[str, ...]:
        return ("davies_bouldin", "calinski_harabasz")

    def resampling(self, seed: int) -> Resampling:
        return Resampling(self.rows, seed, limit=RESAMPLED_ROWS)

    def take(self, rows: Indices) -> ClusterAnswers:
        return ClusterAnswers(self.matrix[rows], self.labels[rows], self.population)

    def measure(self, weights: Floats | None, wanted: Collection[str]) -> Mapping[str, Floats]:
        kept = self.labels != NOISE
        stands_for = round(self.population * float(kept.mean())) if len(kept) else 0
        return separation(
            self.matrix[kept],
            self.labels[kept],
            None if weights is None else weights[:, kept],
            population=stands_for,
        )


@dataclass(frozen=True, slots=True)
class ReconstructionAnswers:
    """(n, features) rows and what their coordinates give back."""

    matrix: Matrix
    reconstruction: Floats

    @property
    def rows(self) -> int:
        return len(self.matrix)

    @property
    def names(self) -> tuple[str, ...]:
        return ("explained_variance", "reconstruction_error")

    def resampling(self, seed: int) -> Resampling:
        return Resampling(self.rows, seed, limit=RESAMPLED_ROWS)

    def take(self, rows: Indices) -> ReconstructionAnswers:
        return ReconstructionAnswers(self.matrix[rows], self.reconstruction[rows])

    def measure(self, weights: Floats | None, wanted: Collection[str]) -> Mapping[str, Floats]:
        return reconstruction_metrics(self.matrix, self.reconstruction, weights)


def cluster_answers(
    matrix: Matrix, labels: Indices, *, population: int, centres: Floats | None, seed: int
) -> tuple[Answers, ...]:
    """Internal indices of (m, features) rows and their (m,) cluster ids, a sample of ``population`` rows."""
    clustered = np.flatnonzero(labels != NOISE)
    distances = np.full(len(labels), np.nan)
    distances[clustered] = squared_distances(matrix[clustered], labels[clustered], centres)
    return (
        _silhouette(matrix, labels, seed),
        ClusterAnswers(matrix, labels, population),
        RowMeans({"inertia": distances}),
    )


def projection_answers(
    matrix: Matrix, coordinates: Floats, reconstruction: Floats | None, *, seed: int
) -> tuple[Answers, ...]:
    """Metrics of (m, features) rows and their (m, d) coordinates; some need a reconstruction."""
    trust = _trustworthiness(matrix, coordinates, seed)
    return (trust,) if reconstruction is None else (trust, ReconstructionAnswers(matrix, reconstruction))


def _silhouette(matrix: Matrix, labels: Indices, seed: int) -> Jackknifed:
    value = silhouette(matrix, labels, seed=seed)
    chosen = sampled(len(labels), JACKKNIFED_ROWS, seed)
    inside = labels[chosen] != NOISE
    moves = np.full(len(chosen), np.nan)
    moves[inside] = silhouettes_without_each(matrix[chosen[inside]], labels[chosen[inside]])
    return _jackknifed("silhouette", value, moves, min(int((labels != NOISE).sum()), SILHOUETTE_ROWS))


def _trustworthiness(matrix: Matrix, coordinates: Floats, seed: int) -> Jackknifed:
    chosen = sampled(len(matrix), TRUSTWORTHINESS_ROWS, seed)
    x, z = matrix[chosen], coordinates[chosen]
    value = float(trustworthiness_rows(x, z).mean()) if len(x) else float("nan")
    return _jackknifed("trustworthiness", value, trustworthiness_without_each(x, z), len(chosen))


def _jackknifed(name: str, value: float, without_each: Floats, measured: int) -> Jackknifed:
    """Pseudo-values of some rows around a value that was measured on more, with the spread that those have."""
    pseudo = pseudo_values(value, without_each)
    known = int(np.isfinite(pseudo).sum())
    if known:
        pseudo = value + (pseudo - np.nanmean(pseudo)) * np.sqrt(known / measured)
    return Jackknifed(name, value, pseudo)
