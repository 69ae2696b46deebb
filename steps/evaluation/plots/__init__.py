"""Plots of an evaluation as PNG files: readable without colours, safe with any name from the data."""

from steps.evaluation.plots.gallery import draw_all
from steps.evaluation.plots.plot import Plot

__all__ = ["Plot", "draw_all"]
