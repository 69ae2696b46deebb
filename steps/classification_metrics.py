"""Moved to steps.metrics.classification. Cost: none."""

from steps.metrics.classification import class_metrics, confusion_matrix, confusion_metrics
from steps.metrics.ranking import auc_roc, precision_recall_curve, roc_curve

__all__ = ["auc_roc", "class_metrics", "confusion_matrix", "confusion_metrics", "precision_recall_curve", "roc_curve"]
