"""What evaluation.json holds beside the judged metrics: the model in place, worst groups, importances, plots, findings.

Place in the flow: `EvaluationReport.from_json` reads these members for comments and for the history; they decide
nothing. One cost: whatever exceeds a bound is cut or left out here, silently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

UNDEFINED = "–"
OUTCOMES = ("better", "worse", "same", "unknown")
MAX_NAME = 300
MAX_SENTENCE = 2_000
MAX_ITEMS = 1_000
MAX_PLOTS = 12
_PLOT = re.compile(r"[a-z0-9_]{1,60}")
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value and its standard deviation, None where that cannot be told; the value may be NaN."""

    value: float
    deviation: float | None = None

    def text(self, digits: int = 4) -> str:
        """`0.9855 ± 0.014`; a dash where the value is not defined."""
        if not math.isfinite(self.value):
            return UNDEFINED
        spread = "" if self.deviation is None else f" ± {self.deviation:.2g}"
        return f"{self.value:.{digits}g}{spread}"


@dataclass(frozen=True, slots=True)
class ComparedChampion:
    """The model in place, scored on the same test rows.

    Attributes:
        outcome: better, worse, same (no difference beyond the noise) or unknown.
        verdict: the same as a sentence; for unknown it says why.
        difference: in the judged metric, signed so that > 0 means that the new model is better.
    """

    reference: str
    outcome: str
    verdict: str = ""
    difference: Measurement | None = None
    metrics: Mapping[str, Measurement] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataFinding:
    """What PrepareData remarked; severity is error, warning or info."""

    severity: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """A metric on the rows where a column has a level; a gap below 0 is worse than the whole."""

    column: str
    level: str
    rows: int
    metric: str
    score: Measurement
    gap: float


@dataclass(frozen=True, slots=True)
class Importance:
    """How much the judged metric worsens when a column is shuffled."""

    column: str
    drop: Measurement


@dataclass(frozen=True, slots=True)
class Context:
    """All of it; empty where a document has none of it."""

    champion: ComparedChampion | None = None
    plots: tuple[str, ...] = ()
    findings: tuple[DataFinding, ...] = ()
    slices: tuple[Slice, ...] = ()
    importances: tuple[Importance, ...] = ()

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Context:
        """Read the members that are there.

        Raises:
            ValueError: one is not what it should be; the message names it.
        """
        champion = document.get("champion")
        plots = _items(document, "plots", lambda item: _text(item, "plots", MAX_NAME))
        return cls(
            champion=None if champion is None else _champion(_mapping(champion, "champion")),
            plots=tuple(name for name in plots if _PLOT.fullmatch(name))[:MAX_PLOTS],
            findings=_items(document, "findings", _finding),
            slices=_items(document, "slices", _slice),
            importances=_items(document, "importances", _importance),
        )


def measurement(value: object, what: str) -> Measurement:
    """{"value": x, "standard_deviation": y}, either one "NaN" where it is not defined. Raises ValueError."""
    members = _mapping(value, what)
    deviation = _number(members.get("standard_deviation", "NaN"), f"{what}.standard_deviation")
    return Measurement(_number(members.get("value"), f"{what}.value"), deviation if math.isfinite(deviation) else None)


def _champion(members: Mapping[str, Any]) -> ComparedChampion:
    outcome = members.get("outcome")
    if outcome not in OUTCOMES:
        raise ValueError(f"champion.outcome must be one of {', '.join(OUTCOMES)}, got {str(outcome)[:60]!r}")
    difference = members.get("difference")
    metrics = _mapping(members.get("metrics", {}), "champion.metrics")
    return ComparedChampion(
        reference=_text(members.get("reference"), "champion.reference", MAX_NAME),
        outcome=outcome,
        verdict=_text(members.get("verdict", ""), "champion.verdict", MAX_SENTENCE),
        difference=None if difference is None else measurement(difference, "champion.difference"),
        metrics={str(name): measurement(item, "champion.metrics") for name, item in metrics.items()},
        remarks=_items(members, "remarks", lambda item: _text(item, "champion.remarks", MAX_SENTENCE)),
    )


def _finding(item: object) -> DataFinding:
    members = _mapping(item, "findings")
    return DataFinding(
        severity=_text(members.get("severity", "warning"), "findings.severity", MAX_NAME),
        message=_text(members.get("message"), "findings.message", MAX_SENTENCE),
        remedy=_text(members.get("remedy") or "", "findings.remedy", MAX_SENTENCE),
    )


def _slice(item: object) -> Slice:
    members = _mapping(item, "slices")
    rows = members.get("rows")
    if not isinstance(rows, int) or isinstance(rows, bool):
        raise ValueError(f"slices.rows must be an integer, got {type(rows).__name__}")
    return Slice(
        column=_text(members.get("column"), "slices.column", MAX_NAME),
        level=_text(members.get("level"), "slices.level", MAX_NAME),
        rows=rows,
        metric=_text(members.get("metric", ""), "slices.metric", MAX_NAME),
        score=measurement(members, "slices"),
        gap=_number(members.get("gap", "NaN"), "slices.gap"),
    )


def _importance(item: object) -> Importance:
    members = _mapping(item, "importances")
    column = _text(members.get("column"), "importances.column", MAX_NAME)
    return Importance(column, measurement(members, "importances"))


def _items(members: Mapping[str, Any], name: str, read: Callable[[object], _Item]) -> tuple[_Item, ...]:
    """The list under a name, at most MAX_ITEMS of it."""
    value = members.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list, got {type(value).__name__}")
    return tuple(read(item) for item in value[:MAX_ITEMS])


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} must be an object, got {type(value).__name__}")
    return value


def _text(value: object, what: str, limit: int) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what} must be text, got {type(value).__name__}")
    return value if len(value) <= limit else value[: limit - 1] + "…"


def _number(value: object, what: str) -> float:
    if value == "NaN":
        return math.nan
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{what} must be a number or 'NaN', got {type(value).__name__}")
    return float(value)
