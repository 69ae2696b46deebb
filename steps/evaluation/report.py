"""The content of an evaluation report, before it becomes Markdown or HTML.

Filled by EvaluateModel, read by both writers. Cost: mappings of the JSON files pass through untyped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.metrics import METRICS
from steps.evaluation.scoring import Measured


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report shows; ``drawing`` is an SVG element or empty."""

    model: Mapping[str, Any]
    metadata: Mapping[str, Any]
    metrics: Mapping[str, Measured]
    baseline: Mapping[str, float]
    judge: Mapping[str, Any]
    confusion: Sequence[Sequence[int]] | None
    classes: Sequence[Mapping[str, Any]] | None
    drawing: str
    importances: Sequence[tuple[str, float]]

    @property
    def title(self) -> str:
        """One line naming model and data."""
        return f"{self.model['algorithm']} on {self.metadata['dataset_id'] or self.metadata['target']}"

    @property
    def verdict(self) -> str:
        """One sentence: passed or not, and by how much."""
        judge = self.judge
        relation = "at least" if judge["direction"] == "maximize" else "at most"
        outcome = "Passed" if judge["passed"] else "Below the bar"
        return (
            f"{outcome}: {judge['metric']} is {judge['value']:.4g}, "
            f"asked for {relation} {judge['threshold']:g} (margin {judge['margin']:+.4g})."
        )

    @property
    def note(self) -> str:
        """How to read the metrics."""
        text = "The baseline ignores every feature; ± is what another test sample of this size would change."
        if self.classes is None:
            return text
        if len(self.classes) == 2:
            return f"{text} Precision, recall and F1 are those of class {self.classes[1]['class']}."
        return f"{text} Precision, recall, F1 and AUC are plain means over the classes."

    def metric_rows(self) -> list[tuple[str, str, str, str]]:
        """Title, value, standard deviation and baseline of the catalogue's metrics, in its order."""
        return [
            (
                METRICS[name].title,
                shown(self.metrics[name].value),
                shown(self.metrics[name].deviation),
                shown(self.baseline.get(name, float("nan"))),
            )
            for name in METRICS
            if name in self.metrics
        ]


def shown(value: float) -> str:
    """Four significant digits; a dash where undefined."""
    return f"{value:.4g}" if value == value else "–"
