"""A metric from another package: installed, it judges an issue like a built-in one."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from contracts.issue_text import parse_issue
from contracts.judge import margin
from contracts.metric_plugins import custom_metrics, find_metric, metric_names

MODULE = """
import math
from contracts.metric_plugins import CustomMetric
from contracts.metrics import Metric


def cost(actual, predicted, probabilities):
    return float(sum(5.0 if a == "ill" else 1.0 for a, p in zip(actual, predicted) if a != p))


COST = CustomMetric(Metric("cost", ("classification",), "minimize", 0.0, math.inf, "cost", "Cost of mistakes"), cost)
TAKEN = CustomMetric(Metric("accuracy", ("classification",), "minimize", 0.0, 1.0, "accuracy", "No"), cost)
NONE = 7
"""


@pytest.fixture
def offered(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package whose entry point is the parameter."""
    folder = tmp_path / "our_metrics-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: our-metrics\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(f"[sagemaker_issueops.metrics]\nx = our_metrics:{request.param}\n")
    (tmp_path / "our_metrics.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    custom_metrics.cache_clear()
    yield
    custom_metrics.cache_clear()
    sys.modules.pop("our_metrics", None)


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize("offered", ["COST"], indirect=True)
def test_an_installed_metric_judges_an_issue() -> None:
    body = "algorithm: random_forest\ndataset_id: d\ntarget: t\nevaluation_metric: cost\nevaluation_threshold: 40\n"
    config = parse_issue(body).config
    assert config is not None
    assert (config.evaluation_metric, config.task_type) == ("cost", "classification")
    assert margin("cost", 30.0, 40.0) == 10.0
    assert metric_names("classification")[-1] == "cost"
    score = custom_metrics()["cost"].score
    assert score(["ill", "well"], ["well", "ill"], None) == 6.0
    found = find_metric("cost")
    assert found is not None
    assert math.isinf(found.maximum)


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("offered", "wrong"),
    [("TAKEN", "exists already"), ("NONE", "must be a CustomMetric, got int")],
    indirect=["offered"],
)
def test_a_plug_in_that_offers_something_else_is_named(wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        custom_metrics()
