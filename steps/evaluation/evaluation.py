"""Everything an evaluation found, before it becomes JSON, Markdown, HTML or a plot.

Filled by evaluate, read by the report writers and by plots. Cost: the test part's predictions stay in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's value and standard deviation; NaN where it is not defined."""

    value: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Predictions:
    """What the model answered for the test part; absent members are None.

    Attributes:
        actual: (n,) class indices or values; for unsupervised tasks the reference labels, if there are any.
        predicted: (n,) class indices, values, or cluster ids (-1: noise).
        probabilities: (n, classes).
        matrix: (m, features) preprocessed rows that the cluster and projection plots use, m <= n.
        coordinates: (m, d) projection of ``matrix``: the model's own, or two principal components for clusterings.
        sample: (m,) positions of ``matrix`` among the n rows.
    """

    actual: NDArray[Any] | None
    predicted: NDArray[Any] | None = None
    probabilities: Floats | None = None
    matrix: NDArray[np.float32] | None = None
    coordinates: Floats | None = None
    sample: Indices | None = None


@dataclass(frozen=True, slots=True)
class Champion:
    """The model in place, on the same test rows.

    Attributes:
        reference: such as penguin-species@3.
        metrics: by catalogue name; empty where it could not be scored.
        difference: judged metric, new minus champion, signed so that > 0 is better; deviation by paired bootstrap.
        verdict: better, worse, or no difference beyond the noise; or why it could not be compared. A sentence.
        remarks: such as that it may have seen some of these rows in training.
        outcome: better, worse, same (within the noise) or unknown, for programs.
    """

    reference: str
    metrics: Mapping[str, Measured]
    difference: Measured | None
    verdict: str
    remarks: Sequence[str] = ()
    outcome: str = "unknown"


@dataclass(frozen=True, slots=True)
class SliceScore:
    """The judged metric on the rows where a column has a certain level."""

    column: str
    level: str
    rows: int
    score: Measured
    gap: float
    """score minus the whole test part's, signed so that < 0 is worse."""
    metric: str = ""
    """What is scored: the judged metric, or one like it that means the same on every group of rows."""


@dataclass(frozen=True, slots=True)
class Importance:
    """How much the judged metric worsens when a raw column is shuffled (mean and deviation of the repeats)."""

    column: str
    drop: Measured


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The whole of it.

    Attributes:
        task_type: classification, regression, clustering or dimensionality_reduction.
        metrics: by catalogue name, the judged one among them.
        baseline: metrics of a dummy that ignores every feature; empty for unsupervised tasks.
        classes: names; None where there are none.
        class_rows: per class {"class", "precision", "recall", "f1", "support"}.
        confusion: (classes, classes) counts.
        cluster_sizes: rows by cluster id, for clusterings.
        details: further members of SageMaker's metric group (curves, confusion matrix).
        baseline_difference: judged metric, model against dummy, signed so that > 0 is better; by paired bootstrap.
        baseline_verdict: the same in a sentence; empty where there is no dummy.
    """

    task_type: str
    metrics: Mapping[str, Measured]
    predictions: Predictions
    baseline: Mapping[str, float] = field(default_factory=dict)
    champion: Champion | None = None
    classes: Sequence[str] | None = None
    class_rows: Sequence[Mapping[str, Any]] | None = None
    confusion: NDArray[Any] | None = None
    cluster_sizes: Mapping[int, int] = field(default_factory=dict)
    slices: Sequence[SliceScore] = ()
    importances: Sequence[Importance] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    baseline_difference: Measured | None = None
    baseline_verdict: str = ""
