"""Metrics with their spread, and differences of two models on the same rows with theirs.

Between answers and the evaluation. A difference is called one only beyond NOISE standard deviations.
Cost: every metric is measured once per bootstrap replica.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from contracts.errors import ConfigError
from contracts.metric_plugins import find_metric, metric_names
from steps.evaluation.answers import Answers
from steps.evaluation.bootstrap import MAX_ROWS, Resampling
from steps.evaluation.evaluation import Measured
from steps.metrics.weighted import Floats

NOISE = 2.0
Outcome = Literal["better", "worse", "same", "unknown"]


def scored(
    answers: Sequence[Answers], seed: int, wanted: Collection[str] | None = None, *, resampled_rows: int = MAX_ROWS
) -> dict[str, Measured]:
    """Every wanted metric (all of them by default) with its bootstrap standard deviation; NaN where undefined.

    Args:
        resampled_rows: rows that the spread is measured on, at most.
    """
    metrics: dict[str, Measured] = {}
    for part in answers:
        names = [name for name in part.names if wanted is None or name in wanted]
        if not names:
            continue
        values = part.measure(None, names)
        resampling = part.resampling(seed)
        resampling = replace(resampling, limit=min(resampling.limit, resampled_rows))
        spread = _replicas(part, names, resampling)
        for name in names:
            deviation = resampling.deviation(spread[name]) if name in spread else math.nan
            metrics[name] = Measured(float(values[name][0]), deviation)
    return metrics


def value_of(answers: Sequence[Answers], metric: str) -> float:
    """One metric's value; NaN where these answers do not give it."""
    for part in answers:
        if metric in part.names:
            return float(part.measure(None, (metric,))[metric][0])
    return math.nan


def advantage(ours: Sequence[Answers], theirs: Sequence[Answers], metric: str, seed: int) -> Measured | None:
    """By how much the first is better than the second (> 0: better, whatever the metric's direction).

    The deviation is that of the difference over replicas of the same rows, which is smaller than either model's own
    where they err on the same rows. None where one of the two has no such value.
    """
    first = next((part for part in ours if metric in part.names), None)
    second = next((part for part in theirs if metric in part.names), None)
    if first is None or second is None:
        return None
    sign = 1.0 if is_maximized(metric) else -1.0
    difference = sign * (value_of((first,), metric) - value_of((second,), metric))
    if not math.isfinite(difference):
        return None
    resampling = first.resampling(seed)
    spread = [_replicas(part, (metric,), resampling) for part in (first, second)]
    if not all(metric in values for values in spread):
        return Measured(difference, math.nan)
    return Measured(difference, resampling.deviation(spread[0][metric] - spread[1][metric]))


def outcome(difference: Measured | None) -> Outcome:
    """Better, worse, or the same within the noise; unknown without a spread to compare with."""
    if difference is None or not math.isfinite(difference.value) or not math.isfinite(difference.deviation):
        return "unknown"
    if abs(difference.value) <= NOISE * difference.deviation or difference.value == 0:
        return "same"
    return "better" if difference.value > 0 else "worse"


def is_maximized(metric: str) -> bool:
    """Whether more is better."""
    row = find_metric(metric)
    if row is None:
        raise ConfigError(f"Metric '{metric}' is not known here; use one of {', '.join(metric_names())}.")
    return row.direction == "maximize"


def _replicas(answers: Answers, names: Collection[str], resampling: Resampling) -> dict[str, Floats]:
    sample = answers.take(resampling.sample)
    return resampling.replicate(lambda weights: sample.measure(weights, names))
