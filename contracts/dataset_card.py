"""dataset.yaml: what a data set says of itself, so that issues need not repeat it.

Place in the flow: start_execution reads it beside the data and merges it under the issue's own fields, before
anything runs. One cost: a file of that name in a data set is never data.

    title: Palmer penguins
    target: species
    id_columns: [study_name]
    column_types: {island: categorical}
    licence: CC0-1.0
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts import bounded_yaml
from contracts.field_rows import FieldRow, flag, list_of_names, mapping_of, one_of, text_up_to, words_row
from contracts.findings import Finding, did_you_mean, shown_name
from contracts.hyperparameters import shown
from contracts.metrics import TASK_TYPES
from contracts.preprocessing import COLUMN_TYPES, MISSING_VALUES

FILE_NAME = "dataset.yaml"
MAX_BYTES = 65_536
READING = ("column_names", "has_header", "separator", "file_encoding", "missing_values")
CARD_FIELDS: tuple[FieldRow, ...] = (
    FieldRow("title", text_up_to(256), "text of at most 256 characters"),
    FieldRow("description", lambda v: isinstance(v, str) and len(v) <= 10_000, "text"),
    FieldRow("source", text_up_to(2000), "text of at most 2,000 characters"),
    FieldRow("licence", text_up_to(256), "text of at most 256 characters"),
    FieldRow("target", text_up_to(256), "the name of a column"),
    words_row("task_type", TASK_TYPES),
    FieldRow("id_columns", list_of_names(1000), "a list of column names"),
    FieldRow(
        "column_types", mapping_of(one_of(COLUMN_TYPES)), f"a mapping of columns to one of {', '.join(COLUMN_TYPES)}"
    ),
    MISSING_VALUES,
    FieldRow("column_names", list_of_names(10_000), "a list of column names, for files without a header"),
    FieldRow("has_header", flag, "true or false"),
    words_row("separator", (",", ";", "tab", "|")),
    FieldRow("file_encoding", text_up_to(40), "the name of a text encoding, such as shift_jis"),
)


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """A valid dataset.yaml; `reading` holds what tells how its files and cells are read."""

    target: str | None = None
    task_type: str | None = None
    id_columns: tuple[str, ...] = ()
    column_types: Mapping[str, str] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    licence: str = ""
    source: str = ""


def read_dataset_card(text: str) -> tuple[DatasetCard | None, list[Finding]]:
    """The card, or None with every mistake; never raises for any text."""
    if len(text) > MAX_BYTES:
        return None, [Finding(FILE_NAME, f"{FILE_NAME} must be at most {MAX_BYTES} characters, got {len(text)}.")]
    parsed = bounded_yaml.load(text)
    findings = [Finding(FILE_NAME, f"{FILE_NAME}: {found.message}", found.line) for found in parsed.findings]
    if findings or parsed.value is None:
        return (None, findings) if findings else (DatasetCard(), [])
    if not isinstance(parsed.value, dict):
        return None, [Finding(FILE_NAME, f"{FILE_NAME} must be a mapping of fields, such as 'target: price'.")]
    known = {row.name: row for row in CARD_FIELDS}
    good: dict[str, Any] = {}
    for name, value in parsed.value.items():
        row, line = known.get(name), parsed.lines.get((name,))
        if row is None:
            hint = did_you_mean(name, known) or f"; known are {', '.join(known)}."
            findings.append(Finding(FILE_NAME, f"{FILE_NAME}, line {line}: no field '{shown_name(name)}'{hint}", line))
        elif value is not None and not row.accepts(value):
            text = f"{FILE_NAME}, line {line}: {name} must be {row.expected}, got {shown(value)}."
            findings.append(Finding(FILE_NAME, text, line))
        elif value is not None:
            good[name] = value
    if findings:
        return None, findings
    return DatasetCard(
        target=good.get("target"),
        task_type=good.get("task_type"),
        id_columns=tuple(good.get("id_columns", ())),
        column_types=good.get("column_types", {}),
        reading={name: good[name] for name in READING if name in good},
        title=good.get("title", ""),
        licence=good.get("licence", ""),
        source=good.get("source", ""),
    ), []
