"""evaluation.json: the shared contract's document, and beside it what only the Evaluation Agent knows.

Last stage of EvaluateModel. Cost: undefined metrics are left out of ``metrics``, because JSON has no NaN.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.errors import DataError
from contracts.evaluation_report import EvaluationReport, group_of
from contracts.metric_plugins import find_metric
from contracts.metrics import CLUSTERING, DIMENSIONALITY_REDUCTION, METRICS
from steps.evaluation.evaluation import Champion, Evaluation, Measured
from steps.evaluation.quality import measured, number

MAX_LEVEL = 200
_DESCRIBED = ("algorithm", "task_type", "hyperparameters", "facts", "seed", "features", "versions")
_WHY_UNDEFINED = {
    CLUSTERING: "the clusters it compares are missing: fewer than two, or no reference labels; choose other "
    "hyperparameters or another metric",
    DIMENSIONALITY_REDUCTION: "the method cannot restore rows, or there are too few; choose another metric",
}


def judged_report(
    evaluation: Evaluation, metric: str, threshold: float, card: Mapping[str, Any], metadata: Mapping[str, Any]
) -> EvaluationReport:
    """The contract's part.

    Raises:
        DataError: the judged metric is not defined on these rows.
    """
    judged = evaluation.metrics.get(metric)
    if judged is None or not math.isfinite(judged.value):
        why = _WHY_UNDEFINED.get(
            evaluation.task_type,
            "it may hold one class or one value only; choose another metric or a larger test_size",
        )
        raise DataError(f"{metric} is not defined on this test part: {why}.")
    known = _known(evaluation.metrics)
    dummy = {name: value for name, value in evaluation.baseline.items() if name in known and math.isfinite(value)}
    return EvaluationReport(
        metric=metric,
        threshold=threshold,
        metrics={name: item.value for name, item in known.items()},
        group=group_of(evaluation.task_type, len(evaluation.classes or ())),
        deviations={name: item.deviation for name, item in known.items()},
        details=evaluation.details,
        baseline={"dummy": dummy} if dummy else {},
        dataset={name: metadata.get(name) for name in ("dataset_id", "fingerprint", "target", "rows", "split", "seed")},
        model={name: card[name] for name in _DESCRIBED if name in card},
    )


def document(
    report: EvaluationReport,
    evaluation: Evaluation,
    card: Mapping[str, Any],
    metadata: Mapping[str, Any],
    plots: Sequence[str],
) -> str:
    """The whole file."""
    classes = evaluation.classes
    difference = evaluation.baseline_difference
    content = report.to_mapping() | {
        "classes": None if evaluation.class_rows is None else [dict(row) for row in evaluation.class_rows],
        "positive_class": classes[1] if classes and len(classes) == 2 else None,
        "baseline_comparison": None
        if difference is None
        else {"verdict": evaluation.baseline_verdict, "difference": measured(difference)},
        "champion": None if evaluation.champion is None else _champion(evaluation.champion),
        "slices": [
            {
                "column": item.column,
                "level": item.level[:MAX_LEVEL],
                "rows": item.rows,
                "metric": item.metric or report.metric,
                **measured(item.score),
                "gap": number(item.gap),
            }
            for item in evaluation.slices
        ],
        "importances": [{"column": item.column, **measured(item.drop)} for item in evaluation.importances],
        "clusters": {str(name): size for name, size in evaluation.cluster_sizes.items()},
        "cross_validation": card.get("cross_validation"),
        "plots": list(plots),
        "remarks": list(evaluation.remarks),
        "findings": metadata.get("findings", []),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _champion(champion: Champion) -> dict[str, Any]:
    return {
        "reference": champion.reference,
        "outcome": champion.outcome,
        "verdict": champion.verdict,
        "difference": None if champion.difference is None else measured(champion.difference),
        "metrics": {name: measured(item) for name, item in _known(champion.metrics).items()},
        "remarks": list(champion.remarks),
    }


def _known(metrics: Mapping[str, Measured]) -> dict[str, Measured]:
    """Metrics that one may judge by and that are defined, in the catalogue's order, custom ones last."""
    named = [*(name for name in METRICS if name in metrics), *(name for name in metrics if name not in METRICS)]
    return {
        name: metrics[name] for name in named if find_metric(name) is not None and math.isfinite(metrics[name].value)
    }
