"""Which of the measured metrics a reader is shown, and in which order.

Used by the reports and by the plot of the champion. Cost: the first metric that is not built in makes the look-up of
plug-ins read the installed packages.
"""

from __future__ import annotations

from contracts.metric_plugins import find_metric
from contracts.metrics import METRICS
from steps.evaluation.evaluation import Evaluation

MEANS_OF_CLASSES = {"precision_macro": "precision", "recall_macro": "recall", "f1_macro": "f1"}
"""With more than two classes these are the same numbers under two names."""


def titled_metrics(evaluation: Evaluation, judged: str = "") -> list[str]:
    """Metrics that have a title: the judged one, then the catalogue's order, then custom ones."""
    measured = evaluation.metrics
    known = [name for name in METRICS if name in measured and not _said_already(evaluation, name)]
    custom = [name for name in measured if name not in METRICS and find_metric(name) is not None]
    names = dict.fromkeys(([judged] if judged else []) + known + custom)
    return list(names)


def _said_already(evaluation: Evaluation, name: str) -> bool:
    return len(evaluation.classes or ()) > 2 and MEANS_OF_CLASSES.get(name) in evaluation.metrics
