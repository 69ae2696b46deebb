"""The listed scores of plain libraries, and whether a score of ours reaches them.

Read by benchmarks.scores from a data folder's baselines.csv, seed_spread.csv, baselines_clustering.csv and
baselines_dimred.csv. Splits differ from the baselines', so scores are compared within the noise of a split.
Cost: where only one split was listed, its noise is taken to be that of our splits.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from contracts.metrics import METRICS

NOISE_LIMIT = 1.96  # standard deviations of a difference
ROUNDING = 5e-5  # the lists have four decimals
YES, WITHIN_NOISE, NO, UNKNOWN = "yes", "within noise", "no", "-"
_MODELS = {
    "linear": "linear_regression",
    "random_forest": "random_forest",
    "xgboost": "xgboost",
    "mlp": "neural_network",
}
_SPREAD_MODELS = {"rf": "random_forest", "xgb": "xgboost"}
_COLUMNS = {"accuracy": "accuracy", "auc": "auc_roc", "rmse": "rmse", "f1_macro": "f1_macro"}


@dataclass(frozen=True, slots=True)
class Baseline:
    """A listed score. ``deviation`` is that of the value given, or None where one split was listed."""

    value: float
    deviation: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Our score over some seeds.

    Attributes:
        value: the mean.
        deviation: that of one split: the larger of the bootstrap's and the one between seeds.
        seeds: splits measured.
    """

    value: float
    deviation: float
    seeds: int

    @classmethod
    def of(cls, values: Sequence[float], bootstrap: Sequence[float]) -> Score:
        """From the values of each seed and the bootstrap's deviation of each."""
        between = statistics.stdev(values) if len(values) > 1 else 0.0
        within = [value for value in bootstrap if math.isfinite(value)]
        deviation = max(between, statistics.fmean(within) if within else 0.0)
        return cls(statistics.fmean(values), deviation, len(values))


@dataclass(frozen=True, slots=True)
class Comparison:
    """``difference`` is signed so that more is better, whatever the metric's direction."""

    difference: float
    noise: float
    reached: str


def compare(metric: str, score: Score, baseline: Baseline) -> Comparison:
    """Whether the score reaches the baseline: yes, within noise (1.96 standard deviations), or no."""
    sign = 1 if METRICS[metric].direction == "maximize" else -1
    difference = sign * (score.value - baseline.value)
    theirs = score.deviation if baseline.deviation is None else baseline.deviation
    noise = math.hypot(score.deviation / math.sqrt(score.seeds), theirs)
    if difference >= -ROUNDING:
        return Comparison(difference, noise, YES)
    return Comparison(difference, noise, WITHIN_NOISE if -difference <= NOISE_LIMIT * noise else NO)


def read_baselines(data: Path) -> Mapping[tuple[str, str, str], Baseline]:
    """Baselines by set, algorithm and metric."""
    found: dict[tuple[str, str, str], Baseline] = {}
    for row in pl.read_csv(data / "baselines.csv").iter_rows(named=True):
        algorithm = _MODELS.get(row["model"])
        for column, metric in _COLUMNS.items():
            if algorithm is not None and row[column] is not None:
                found[row["dataset"], algorithm, metric] = Baseline(float(row[column]))
    for row in pl.read_csv(data / "seed_spread.csv").iter_rows(named=True):
        # The mean of several splits says more than the one of the list, which can be a lucky one.
        mean, deviation = float(row["mean"]), float(row["std"]) / math.sqrt(row["seeds"])
        key = row["dataset"], _SPREAD_MODELS[row["model"]], row["metric"]
        found[key] = Baseline(mean, deviation, f"baseline: mean of {row['seeds']} splits")
    return found | _clusterings(data) | _projections(data)


def _clusterings(data: Path) -> dict[tuple[str, str, str], Baseline]:
    found = {}
    for row in pl.read_csv(data / "baselines_clustering.csv").iter_rows(named=True):
        name = row["dataset"]
        raw = f"unscaled {row['kmeans_raw_ari']:.3f}"
        found[name, "kmeans", "ari"] = Baseline(row["kmeans_std_ari"], note=raw)
        best = f"best eps by the labels {row['dbscan_best_ari']:.3f}"
        found[name, "dbscan", "ari"] = Baseline(row["dbscan_default_std_ari"], note=best)
    return found


def _projections(data: Path) -> dict[tuple[str, str, str], Baseline]:
    found = {}
    for row in pl.read_csv(data / "baselines_dimred.csv").iter_rows(named=True):
        name = row["dataset"]
        found[name, "pca", "explained_variance"] = Baseline(row["pca_ev1"] + row["pca_ev2"])
        found[name, "pca", "trustworthiness"] = Baseline(row["trust_pca2"])
        found[name, "tsne", "trustworthiness"] = Baseline(row["trust_tsne2"])
        found[name, "autoencoder", "trustworthiness"] = Baseline(row["trust_pca2"], note="baseline: PCA's")
    return found
