"""The reference in docs/ says what the tables say."""

from __future__ import annotations

from pathlib import Path

from contracts.algorithms import ALGORITHMS
from contracts.fields import FIELDS
from contracts.metrics import METRICS
from contracts.preprocessing import PREPROCESSING_FIELDS
from contracts.reference import reference

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reference.md"


def test_the_document_equals_what_the_tables_generate() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == reference(), "run: python -m contracts.reference > docs/reference.md"


def test_every_row_of_every_table_is_in_it() -> None:
    text = reference()
    hyperparameters = [row.name for algorithm in ALGORITHMS.values() for row in algorithm.hyperparameters]
    fields = [row.name for row in (*FIELDS, *PREPROCESSING_FIELDS)]
    assert all(f"| `{name}` |" in text for name in (*hyperparameters, *fields, *METRICS))
