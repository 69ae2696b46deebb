"""Metrics of other people: an entry point in the group `sagemaker_issueops.metrics` adds one.

Place in the flow: issue validation and EvaluateModel look names up here, built-in metrics first. A plug-in must be
installed wherever issues are validated and models are evaluated (beside the step bundle, as a wheel). One cost: the
first look-up of a name that is not built in reads the installed packages' metadata.

    [project.entry-points."sagemaker_issueops.metrics"]
    cost = "our_metrics:COST"

    COST = CustomMetric(Metric("cost", ("classification",), "minimize", 0.0, math.inf, "cost", "Cost"), cost)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from contracts.errors import ConfigError
from contracts.metrics import METRICS, SUPERVISED_TASKS, Metric

GROUP = "sagemaker_issueops.metrics"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class CustomMetric:
    """A metric and the function that measures it.

    ``score(actual, predicted, probabilities)``: (n,) class names or values, (n,) predictions of the same kind, and
    for a classification {class name: (n,) probabilities}, else None. Returns one number.
    """

    metric: Metric
    score: Callable[[Any, Any, Mapping[str, Any] | None], float]


@cache
def custom_metrics() -> Mapping[str, CustomMetric]:
    """Every installed custom metric by name.

    Raises:
        ConfigError: a plug-in offers something else, or a name that is taken.
    """
    found: dict[str, CustomMetric] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        offered = entry.load()
        if not isinstance(offered, CustomMetric):
            raise ConfigError(f"Entry point {entry.value} must be a CustomMetric, got {type(offered).__name__}.")
        name = offered.metric.name
        if not _NAME.match(name) or not set(offered.metric.task_types) <= set(SUPERVISED_TASKS):
            raise ConfigError(f"Metric '{name}' of {entry.value} must have a plain name and judge a supervised task.")
        if name in METRICS or name in found:
            raise ConfigError(f"Metric '{name}' of {entry.value} exists already; give it another name.")
        found[name] = offered
    return found


def find_metric(name: str) -> Metric | None:
    """The metric of that name, built in or custom, or None."""
    if name in METRICS:
        return METRICS[name]
    custom = custom_metrics().get(name)
    return None if custom is None else custom.metric


def metric_names(task_type: str | None = None) -> tuple[str, ...]:
    """Names of all metrics (of a task), built-in ones first."""
    rows = (*METRICS.values(), *(custom.metric for custom in custom_metrics().values()))
    return tuple(row.name for row in rows if task_type is None or task_type in row.task_types)
