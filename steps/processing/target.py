"""Finds the target column, infers the task from it and encodes it, in two passes over that one column.

Second stage of PrepareData. Rows without a target are left out and counted, never guessed. The labels that an
unsupervised data set may have are read the same way; nothing is fitted on them.
Cost: a class name is text in all that follows, also where the file held numbers.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass

import polars as pl

from contracts.errors import DataError
from contracts.metrics import CLASSIFICATION, REGRESSION
from steps.numbers_in_text import MISSING_MARKERS, Notation, detect
from steps.processing.finding import DataFinding
from steps.processing.settings import Settings
from steps.reading.source import Source
from steps.recipes.values import category_value, numeric_value

MIN_ROWS = 10
MAX_INTEGER_CLASSES = 20
MAX_CLASSES = 1000
SCANNED_ROWS = 200_000
NUMERIC_FRACTION = 0.95


@dataclass(frozen=True, slots=True)
class Target:
    """How cells of the target become class indices or values.

    Attributes:
        task_type: classification or regression; classification also for labels of an unsupervised data set.
        classes: names by index; None for a regression.
        counts: rows of each class; empty for a regression.
        rows: rows that have a target.
    """

    name: str
    task_type: str
    dtype: pl.DataType
    notation: Notation
    classes: tuple[str, ...] | None
    counts: tuple[int, ...]
    rows: int
    numeric: bool
    settings: Settings
    findings: tuple[DataFinding, ...] = ()

    def encode(self, frame: pl.DataFrame) -> pl.Series:
        """Class index (Int32) or value (Float64) of raw rows; null where the target is missing."""
        return frame.select(self._encoded().alias(self.name)).to_series()

    def _encoded(self) -> pl.Expr:
        numbers = numeric_value(self.name, self.dtype, self.notation, self.settings.missing_numbers)
        if self.classes is None:
            return numbers
        labels = category_value(self.name, self.dtype, self.settings.missing_texts)
        if self.numeric:  # so that "?" or NaN among numbers counts as missing, not as a class
            labels = pl.when(numbers.is_null()).then(None).otherwise(labels)
        return labels.replace_strict(list(self.classes), range(len(self.classes)), default=None, return_dtype=pl.Int32)


def read_target(source: Source, settings: Settings, batch_rows: int) -> Target:
    """Locate, type-check and describe the target.

    Raises:
        DataError: absent, entirely missing, one class or value only, too few rows, or unfit for the task.
    """
    name = resolve_column(settings.target or "", list(source.columns), "to predict")
    dtype = source.columns[name]
    head = next(source.batches(SCANNED_ROWS, [name]))
    notation, fraction = _notation(head.get_column(name), source.separator)
    numeric = fraction >= NUMERIC_FRACTION
    scan = _scan(source, name, dtype, notation, settings, batch_rows, numeric=numeric)
    if scan.labels.total() == 0 and not scan.too_many:
        raise DataError(f"The target '{name}' is missing in all {source.rows} rows; choose another target column.")
    task = (settings.task_type if settings.supervised else CLASSIFICATION) or _infer(scan, dtype, numeric)
    if task == REGRESSION:
        return _regression(name, dtype, notation, numeric, scan, settings)
    return _classification(name, dtype, notation, numeric, scan, settings)


def resolve_column(asked: str, columns: list[str], purpose: str) -> str:
    """The column meant by the configuration; DataError with the nearest names if there is none."""
    if asked in columns:
        return asked
    stripped = [column for column in columns if column.strip() == asked.strip()]
    if len(stripped) == 1:
        return stripped[0]
    if columns and all(re.fullmatch(r"column_\d+", column) for column in columns):
        if asked.strip().lower() in ("last column", "last"):
            return columns[-1]
        numbered = re.sub(r"\s+", "_", asked.strip().lower())
        if numbered in columns:
            return numbered
        raise DataError(
            f"The file seems to have no header row, so there is no column '{asked}'. Add a header line, set "
            f"column_names, or name the column by position: {columns[0]} to {columns[-1]}."
        )
    same = [column for column in columns if column.strip().casefold() == asked.strip().casefold()]
    near = same or difflib.get_close_matches(asked, columns, n=3, cutoff=0.5)
    listed = ", ".join(f"'{column}'" for column in (near or columns[:20]))
    lead = "Did you mean" if near else "The columns are"
    raise DataError(f"The dataset has no column '{asked}' {purpose}. {lead} {listed}{'?' if near else '.'}")


@dataclass(slots=True)
class _Scan:
    """What one pass over the column found."""

    labels: Counter[str]
    too_many: bool
    distinct: int
    rows: int
    numbers: int
    low: float
    high: float
    whole: bool


def _scan(
    source: Source, name: str, dtype: pl.DataType, notation: Notation, settings: Settings, batch_rows: int, *,
    numeric: bool,
) -> _Scan:  # fmt: skip
    label = category_value(name, dtype, settings.missing_texts)
    number = numeric_value(name, dtype, notation, settings.missing_numbers)
    if numeric:
        label = pl.when(number.is_null()).then(None).otherwise(label)
    scan = _Scan(Counter(), False, 0, 0, 0, float("inf"), float("-inf"), True)
    for batch in source.batches(batch_rows, [name]):
        cells = batch.select(label.alias("label"), number.alias("number"))
        present = cells.get_column("label").drop_nulls()
        scan.rows += len(present)
        if not scan.too_many:
            scan.labels.update(dict(present.value_counts().iter_rows()))
            scan.distinct = len(scan.labels)
            scan.too_many = len(scan.labels) > 50 * MAX_CLASSES
        numbers = cells.get_column("number").drop_nulls()
        if len(numbers):
            scan.numbers += len(numbers)
            scan.low, scan.high = min(scan.low, _float(numbers.min())), max(scan.high, _float(numbers.max()))
            scan.whole = scan.whole and bool((numbers == numbers.round(0)).all())
    return scan


def _notation(series: pl.Series, separator: str | None) -> tuple[Notation, float]:
    if series.dtype == pl.String:
        return detect(series, separator=separator)
    return Notation.PLAIN, 1.0 if series.dtype.is_numeric() else 0.0


def _infer(scan: _Scan, dtype: pl.DataType, numeric: bool) -> str:
    if not numeric or dtype == pl.Boolean:
        return CLASSIFICATION
    few = not scan.too_many and scan.distinct <= max(2, min(MAX_INTEGER_CLASSES, scan.numbers**0.5))
    return CLASSIFICATION if scan.whole and few else REGRESSION


def _regression(
    name: str, dtype: pl.DataType, notation: Notation, numeric: bool, scan: _Scan, settings: Settings
) -> Target:
    if not numeric:
        examples = ", ".join(f"'{value}'" for value in sorted(scan.labels)[:3])
        raise DataError(
            f"The target '{name}' holds text ({examples}), which cannot be the target of a regression. "
            "Set task_type to classification or choose a column of numbers."
        )
    _check_rows(name, scan.numbers)
    if scan.low == scan.high:
        raise DataError(f"The target '{name}' has the value {scan.low:g} in every row; there is nothing to learn.")
    if settings.class_weights != "none":
        raise DataError(f"class_weights is for classes, but the target '{name}' is a number; remove class_weights.")
    return Target(name, REGRESSION, dtype, notation, None, (), scan.numbers, numeric, settings)


def _classification(
    name: str, dtype: pl.DataType, notation: Notation, numeric: bool, scan: _Scan, settings: Settings
) -> Target:
    _check_rows(name, scan.rows)
    classes = _ordered(list(scan.labels))
    if len(classes) == 1 and settings.supervised:
        raise DataError(f"The target '{name}' has only one class, '{classes[0]}'; there is nothing to learn.")
    if scan.too_many or len(classes) > MAX_CLASSES or len(classes) * 2 > scan.rows:
        raise DataError(
            f"The target '{name}' has {len(classes)} classes in {scan.rows} rows; it looks like a number "
            "or an identifier. Set task_type to regression or choose another target."
        )
    if settings.target_transform != "none":
        raise DataError(f"target_transform is for numbers, but the target '{name}' has classes; remove it.")
    counts = tuple(scan.labels[label] for label in classes)
    findings = (*_label_findings(name, classes), *_balance_findings(name, classes, counts))
    return Target(
        name, CLASSIFICATION, dtype, notation, tuple(classes), counts, scan.rows, numeric, settings,
        findings if settings.supervised else (),
    )  # fmt: skip


def _label_findings(name: str, classes: list[str]) -> list[DataFinding]:
    findings = []
    spellings: dict[str, list[str]] = {}
    for label in classes:
        spellings.setdefault(" ".join(label.casefold().split()), []).append(label)
    alike = [group for group in spellings.values() if len(group) > 1]
    if alike:
        groups = "; ".join(" / ".join(repr(label) for label in group) for group in alike[:3])
        findings.append(
            DataFinding(
                "label-spelling",
                f"The target '{name}' has classes that differ in spelling only: {groups}.",
                "Write each class the same way in every row.",
                column=name,
            )
        )
    markers = [label for label in classes if label.casefold() in MISSING_MARKERS]
    if markers:
        findings.append(
            DataFinding(
                "label-missing-marker",
                f"The target '{name}' has the class {', '.join(map(repr, markers))}, which often means "
                "missing; it was kept as a class.",
                "Leave the cell empty where the target is missing, or list the word in missing_values.",
                column=name,
            )
        )
    return findings


def _balance_findings(name: str, classes: list[str], counts: tuple[int, ...]) -> list[DataFinding]:
    total, findings = sum(counts), []
    largest, smallest = max(counts), min(counts)
    if largest >= 4 * smallest and largest / total >= 0.75:
        often, rare = classes[counts.index(largest)], classes[counts.index(smallest)]
        findings.append(
            DataFinding(
                "class-imbalance",
                f"{largest / total:.0%} of the rows are of class '{often}'; always answering that is right as often. "
                f"The rarest class, '{rare}', has {smallest / total:.1%}.",
                "Judge by f1, balanced_accuracy or average_precision; class_weights: balanced weighs rare classes up.",
                column=name,
            )
        )
    few = [label for label, count in zip(classes, counts, strict=True) if count < 10]
    if few:
        findings.append(
            DataFinding(
                "rare-class",
                f"Class {', '.join(map(repr, few[:5]))} has fewer than 10 rows; its score says little.",
                "Collect more rows of that class, or merge it with another.",
                column=name,
            )
        )
    return findings


def _ordered(labels: list[str]) -> list[str]:
    try:
        return sorted(labels, key=float)
    except ValueError:
        return sorted(labels)


def _check_rows(name: str, rows: int) -> None:
    if rows < MIN_ROWS:
        raise DataError(
            f"Only {rows} row(s) have a value for the target '{name}'; at least {MIN_ROWS} are needed to "
            "train, validate and test."
        )


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
