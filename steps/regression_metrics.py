"""Moved to steps.metrics.regression. Cost: none."""

from steps.metrics.regression import regression_metrics

__all__ = ["regression_metrics"]
