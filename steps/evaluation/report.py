"""The content of an evaluation report, before it becomes Markdown or HTML.

Filled by EvaluateModel, laid out by report_sections, read by both writers.
Cost: mappings of the JSON files pass through untyped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from steps.evaluation.evaluation import Evaluation
from steps.evaluation.metric_names import titled_metrics
from steps.evaluation.plots.plot import Plot
from steps.evaluation.report_text import shown


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report shows.

    Attributes:
        evaluation: what was measured.
        model: the model's card (model.json).
        metadata: what PrepareData wrote (metadata.json).
        judge: {"metric", "value", "threshold", "direction", "margin", "passed"}, as in evaluation.json.
        plots: pictures of the evaluation, in reading order.
    """

    evaluation: Evaluation
    model: Mapping[str, Any]
    metadata: Mapping[str, Any]
    judge: Mapping[str, Any]
    plots: Sequence[Plot] = ()

    @property
    def title(self) -> str:
        """One line naming model and data."""
        data = self.metadata.get("dataset_id") or self.metadata.get("target") or "the data"
        return f"{self.model['algorithm']} on {data}"

    @property
    def passed(self) -> bool:
        """Whether the judge lets the model pass."""
        return bool(self.judge["passed"])

    @property
    def verdict(self) -> str:
        """One sentence: passed or not, and by how much."""
        judge = self.judge
        outcome = "Passed" if self.passed else "Below the bar"
        return (
            f"{outcome}: {judge['metric']} is {shown(judge['value'])}, "
            f"asked for {self.relation} {judge['threshold']:g} (margin {judge['margin']:+.4g})."
        )

    @property
    def relation(self) -> str:
        """How the judged metric has to stand to its threshold."""
        return "at least" if self.judge["direction"] == "maximize" else "at most"

    @property
    def summary(self) -> str:
        """One sentence: the task, its target, and the rows of each part."""
        target = self.metadata.get("target")
        task = str(self.metadata["task_type"]).replace("_", " ").capitalize()
        rows = self.metadata["rows"]
        parts = ", ".join(f"{rows[part]:,} {part}" for part in ("train", "validation", "test") if rows.get(part))
        return f"{task}{f' of {target}' if target else ''} · rows: {parts}"

    def metric_names(self) -> list[str]:
        """The metrics to show, the judged one first."""
        return titled_metrics(self.evaluation, str(self.judge["metric"]))
