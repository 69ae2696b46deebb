"""Ranks evaluated models by one metric, and says which differences exceed the noise.

Place in the flow: the command line and the registry read evaluation reports and ask here. One cost: reports hold each
model's own spread only, so models of the same test rows look less different here than in a paired comparison.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.errors import ConfigError
from contracts.evaluation_report import EvaluationReport
from contracts.metric_plugins import find_metric, metric_names
from contracts.metrics import METRICS, Direction, Metric

NOISE = 2.0


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """One model's place.

    Attributes:
        deviation: bootstrap standard deviation; None where the report has none.
        difference: to the best, in the metric's unit; 0 or below: worse, whatever the direction.
        exceeds_noise: whether the difference is more than NOISE standard deviations of it; None where it cannot be
            told.
        others: every further metric of the report.
    """

    rank: int
    name: str
    value: float
    deviation: float | None
    difference: float
    exceeds_noise: bool | None
    others: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models by rank, the best first, and what makes them less comparable than they look."""

    metric: str
    direction: Direction
    rows: Sequence[ComparedModel]
    notes: Sequence[str] = ()

    @property
    def summary(self) -> str:
        """One sentence: the best, and whether the next is really worse."""
        best = self.rows[0]
        text = f"{best.name} has the best {self.metric}, {best.value:.4g}"
        if len(self.rows) == 1:
            return f"{text}."
        second = self.rows[1]
        told = {
            True: "a difference beyond the noise",
            False: "no difference beyond the noise",
            None: "whether that is more than noise cannot be told",
        }[second.exceeds_noise]
        return f"{text}; {second.name} follows with {second.value:.4g}, {told}."

    def to_mapping(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return {
            "metric": self.metric,
            "direction": self.direction,
            "summary": self.summary,
            "models": [
                {
                    "rank": row.rank,
                    "model": row.name,
                    "value": row.value,
                    "standard_deviation": row.deviation,
                    "difference_to_best": row.difference,
                    "exceeds_noise": row.exceeds_noise,
                    "metrics": {self.metric: row.value, **row.others},
                }
                for row in self.rows
            ],
            "notes": list(self.notes),
        }

    def to_markdown(self) -> str:
        """The summary, a table and the notes."""
        others = [name for name in _ordered(self.rows) if name != self.metric]
        header = ["rank", "model", self.metric, "±", "to the best", "beyond the noise", *others]
        lines = [f"**{_text(self.summary)}**", "", f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
        for row in self.rows:
            told = "–" if row is self.rows[0] else {True: "yes", False: "no", None: "unknown"}[row.exceeds_noise]
            cells = [
                str(row.rank),
                _text(row.name),
                f"{row.value:.4g}",
                "–" if row.deviation is None else f"{row.deviation:.2g}",
                "–" if row is self.rows[0] else f"{row.difference:+.3g}",
                told,
                *(f"{row.others[name]:.4g}" if name in row.others else "–" for name in others),
            ]
            lines.append(f"| {' | '.join(cells)} |")
        better = "Higher" if self.direction == "maximize" else "Lower"
        lines += ["", f"{better} {self.metric} is better; noise is {NOISE:g} standard deviations of the difference."]
        lines += [line for note in self.notes for line in ("", f"> {_text(note)}")]
        return "\n".join(lines) + "\n"


def compare_models(reports: Mapping[str, EvaluationReport], metric: str | None = None) -> Comparison:
    """Rank models by a metric, in its direction; equal values share their order of names.

    Args:
        reports: by model name.
        metric: the one they were all judged by where absent.

    Raises:
        ConfigError: no reports, reports of different tasks, or one without the metric.
    """
    if not reports:
        raise ConfigError("A comparison needs at least one evaluation report, got none.")
    _check_tasks(reports)
    row = _metric(reports, metric)
    sign = 1.0 if row.direction == "maximize" else -1.0
    names = sorted(reports, key=lambda name: (-sign * reports[name].metrics[row.name], name))
    best = reports[names[0]]
    rows = []
    for rank, name in enumerate(names, start=1):
        report = reports[name]
        value = report.metrics[row.name]
        difference = sign * (value - best.metrics[row.name]) + 0.0  # never -0.0
        rows.append(
            ComparedModel(
                rank=rank,
                name=name,
                value=value,
                deviation=_deviation(report, row.name),
                difference=difference,
                exceeds_noise=_exceeds_noise(difference, _deviation(report, row.name), _deviation(best, row.name)),
                others={other: number for other, number in report.metrics.items() if other != row.name},
            )
        )
    return Comparison(row.name, row.direction, tuple(rows), tuple(_notes(reports)))


def _check_tasks(reports: Mapping[str, EvaluationReport]) -> None:
    groups = _by(reports, lambda report: report.group.removesuffix("_metrics").replace("_", " "))
    if len(groups) > 1:
        shown = "; ".join(f"{group}: {', '.join(names)}" for group, names in groups.items())
        raise ConfigError(f"Only models of one task can be compared, got {shown}. Compare each group alone.")


def _metric(reports: Mapping[str, EvaluationReport], asked: str | None) -> Metric:
    if asked is None:
        judged = _by(reports, lambda report: report.metric)
        if len(judged) > 1:
            raise ConfigError(f"The models were judged by different metrics ({', '.join(judged)}); name one of them.")
        asked = next(iter(judged))
    row = find_metric(asked)
    if row is None:
        raise ConfigError(f"metric must be one of {', '.join(metric_names())}, got '{asked}'.")
    lacking = [name for name, report in reports.items() if asked not in report.metrics]
    if lacking:
        common = [name for name in METRICS if all(name in report.metrics for report in reports.values())]
        have = ", ".join(common) or "none in common"
        raise ConfigError(f"{asked} was not measured for {', '.join(lacking)}; all models have {have}.")
    return row


def _deviation(report: EvaluationReport, metric: str) -> float | None:
    deviation = report.deviations.get(metric)
    return deviation if deviation is not None and math.isfinite(deviation) else None


def _exceeds_noise(difference: float, first: float | None, second: float | None) -> bool | None:
    if difference == 0:
        return False
    return None if first is None or second is None else abs(difference) > NOISE * math.hypot(first, second)


def _notes(reports: Mapping[str, EvaluationReport]) -> list[str]:
    """What differs in the data that the models were measured on."""
    notes = []
    states = _by(reports, lambda report: f"{report.dataset.get('dataset_id')} {report.dataset.get('fingerprint')}")
    if len(states) > 1:
        sets = _by(reports, lambda report: str(report.dataset.get("dataset_id")))
        what = "different data sets" if len(sets) > 1 else "different states of the data set"
        notes.append(f"The models were measured on {what} ({_listed(states)}); their test rows differ.")
    else:
        sizes = _by(reports, lambda report: str(_test_rows(report)))
        splits = _by(reports, lambda report: f"{report.dataset.get('seed')} {report.dataset.get('split')}")
        if len(sizes) > 1:
            notes.append(f"The models were measured on different numbers of test rows ({_listed(sizes)}).")
        elif len(splits) > 1:
            notes.append("The models were measured on different splits of the data; their test rows differ.")
    return notes


def _test_rows(report: EvaluationReport) -> object:
    rows = report.dataset.get("rows")
    return rows.get("test") if isinstance(rows, Mapping) else rows


def _by(reports: Mapping[str, EvaluationReport], key: Any) -> dict[str, list[str]]:
    """Model names by what their report says, in the order of the reports."""
    found: dict[str, list[str]] = {}
    for name, report in reports.items():
        found.setdefault(key(report), []).append(name)
    return found


def _listed(groups: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{', '.join(names)}: {said[:60]}" for said, names in groups.items())


def _ordered(rows: Sequence[ComparedModel]) -> list[str]:
    """Metrics of any row, in the catalogue's order, custom ones last."""
    present = {name for row in rows for name in row.others}
    return [*(name for name in METRICS if name in present), *sorted(present - METRICS.keys())]


def _text(text: str) -> str:
    """Text on one line that Markdown shows as it is; mentions notify nobody."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>#|!~$&])", r"\\\1", line).replace("@", "@\u200b")
