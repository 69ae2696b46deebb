"""Finds the target column, infers the task from it and encodes it.

Second stage of PrepareData. Rows without a target are dropped and counted, never guessed.
Cost: a class name is text in all that follows, also where the file held numbers.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import polars as pl

from contracts.errors import DataError
from steps.numbers_in_text import MISSING_MARKERS, Notation, detect
from steps.preprocessor import category_value, numeric_value
from steps.processing.finding import DataFinding
from steps.processing.reading import RawTable
from steps.processing.settings import Settings, TaskType

MIN_ROWS = 10
MAX_INTEGER_CLASSES = 20
MAX_CLASSES = 1000


@dataclass(frozen=True, slots=True)
class Target:
    """The encoded target of the rows that have one."""

    name: str
    task_type: TaskType
    classes: tuple[str, ...] | None
    values: pl.Series  # class index (Int32) or value (Float64), no nulls
    kept: pl.Series  # mask over the raw rows
    findings: tuple[DataFinding, ...]

    @property
    def dropped(self) -> int:
        """Rows without a target."""
        return len(self.kept) - int(self.kept.sum())


def read_target(table: RawTable, settings: Settings) -> Target:
    """Locate, type-check and encode the target.

    Raises:
        DataError: absent, entirely missing, one class or value only, too few rows, or unfit for the task.
    """
    frame = table.frame
    name = resolve_target(settings.target, frame.columns)
    dtype = frame.schema[name]
    labels = frame.select(category_value(name, dtype).alias(name)).to_series()
    if labels.null_count() == len(labels):
        raise DataError(f"The target '{name}' is missing in all {len(labels)} rows; choose another target column.")
    notation, numeric_fraction = _notation(frame.get_column(name), table.separator)
    is_numeric = numeric_fraction >= 0.95
    numbers = frame.select(numeric_value(name, dtype, notation)).to_series() if is_numeric else None
    task = settings.task_type or _infer(numbers, dtype)
    if task == "regression":
        if numbers is None:
            examples = ", ".join(f"'{value}'" for value in labels.drop_nulls().unique(maintain_order=True)[:3])
            raise DataError(
                f"The target '{name}' holds text ({examples}), which cannot be the target of a regression. "
                "Set task_type to classification or choose a column of numbers."
            )
        return _regression(name, numbers)
    if numbers is not None:  # so that "?" or NaN among numbers counts as missing, not as a class
        labels = labels.set(numbers.is_null(), None)
    return _classification(name, labels)


def resolve_target(asked: str, columns: list[str]) -> str:
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
            f"The file seems to have no header row, so there is no column '{asked}'. "
            f"Add a header line, or name the target by position: {columns[0]} to {columns[-1]}."
        )
    same = [column for column in columns if column.strip().casefold() == asked.strip().casefold()]
    near = same or difflib.get_close_matches(asked, columns, n=3, cutoff=0.5)
    listed = ", ".join(f"'{column}'" for column in (near or columns[:20]))
    lead = "Did you mean" if near else "The columns are"
    raise DataError(f"The dataset has no column '{asked}' to predict. {lead} {listed}{'?' if near else '.'}")


def _notation(series: pl.Series, separator: str | None) -> tuple[Notation, float]:
    if series.dtype == pl.String:
        return detect(series, separator=separator)
    return Notation.PLAIN, 1.0 if series.dtype.is_numeric() else 0.0


def _infer(numbers: pl.Series | None, dtype: pl.DataType) -> TaskType:
    if numbers is None or dtype == pl.Boolean:
        return "classification"
    present = numbers.drop_nulls()
    whole = bool((present == present.round(0)).all())
    few = present.n_unique() <= max(2, min(MAX_INTEGER_CLASSES, len(present) ** 0.5))
    return "classification" if whole and few else "regression"


def _regression(name: str, numbers: pl.Series) -> Target:
    kept = numbers.is_not_null()
    values = numbers.filter(kept)
    _check_rows(name, len(values))
    if values.n_unique() == 1:
        raise DataError(f"The target '{name}' has the value {values[0]:g} in every row; there is nothing to learn.")
    return Target(name, "regression", None, values, kept, ())


def _classification(name: str, labels: pl.Series) -> Target:
    kept = labels.is_not_null()
    present = labels.filter(kept)
    _check_rows(name, len(present))
    classes = _ordered(present.unique().to_list())
    if len(classes) == 1:
        raise DataError(f"The target '{name}' has only one class, '{classes[0]}'; there is nothing to learn.")
    if len(classes) > MAX_CLASSES or len(classes) * 2 > len(present):
        raise DataError(
            f"The target '{name}' has {len(classes)} classes in {len(present)} rows; it looks like a number "
            "or an identifier. Set task_type to regression or choose another target."
        )
    index = pl.DataFrame({name: classes, "__index__": range(len(classes))}, schema_overrides={"__index__": pl.Int32})
    values = present.to_frame().join(index, on=name, how="left", maintain_order="left").get_column("__index__")
    return Target(name, "classification", tuple(classes), values, kept, tuple(_label_findings(name, classes)))


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
            )
        )
    markers = [label for label in classes if label.casefold() in MISSING_MARKERS]
    if markers:
        findings.append(
            DataFinding(
                "label-missing-marker",
                f"The target '{name}' has the class {', '.join(map(repr, markers))}, which often means "
                "missing; it was kept as a class.",
                "Leave the cell empty where the target is missing.",
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
