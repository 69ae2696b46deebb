"""Which plots an evaluation gets: a table of drawers per task.

Called by EvaluateModel once everything is scored. A new plot is a function and a row here.
Cost: about 0.1 s a plot, and half a second to import matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.metrics import CLASSIFICATION, CLUSTERING, DIMENSIONALITY_REDUCTION, REGRESSION
from steps.evaluation.evaluation import Evaluation
from steps.evaluation.plots.calibration import calibration_plot
from steps.evaluation.plots.champion import champion_plot
from steps.evaluation.plots.clusters import cluster_choice_plot, cluster_map_plot, cluster_sizes_plot
from steps.evaluation.plots.confusion import confusion_plot
from steps.evaluation.plots.curves import precision_recall_plot, roc_plot
from steps.evaluation.plots.errors import predicted_against_actual_plot, residuals_plot
from steps.evaluation.plots.importance import importance_plot
from steps.evaluation.plots.learning import learning_curve_plot
from steps.evaluation.plots.plot import Drawer, Plot, Source
from steps.evaluation.plots.projection import explained_variance_plot, projection_plot, reconstruction_plot
from steps.evaluation.plots.silhouettes import silhouette_plot
from steps.evaluation.plots.style import styled

DRAWERS: Mapping[str, tuple[Drawer, ...]] = {
    CLASSIFICATION: (
        confusion_plot, importance_plot, roc_plot, precision_recall_plot, calibration_plot, learning_curve_plot,
        champion_plot,
    ),
    REGRESSION: (
        predicted_against_actual_plot, residuals_plot, importance_plot, learning_curve_plot, champion_plot,
    ),
    CLUSTERING: (
        cluster_map_plot, silhouette_plot, cluster_sizes_plot, cluster_choice_plot, learning_curve_plot,
        importance_plot, champion_plot,
    ),
    DIMENSIONALITY_REDUCTION: (
        projection_plot, explained_variance_plot, reconstruction_plot, learning_curve_plot, importance_plot,
        champion_plot,
    ),
}  # fmt: skip


def draw_all(evaluation: Evaluation, card: Mapping[str, Any], metadata: Mapping[str, Any]) -> list[Plot]:
    """Every plot that the evaluation has the numbers for, in the order of the table; equal input, equal bytes."""
    with styled():
        drawn = [drawer(Source(evaluation, card, metadata)) for drawer in DRAWERS[evaluation.task_type]]
    return [plot for plot in drawn if plot is not None]
