"""Step PrepareData: raw files in; training and validation matrices, a raw test part and metadata out.

read -> sample -> target -> kinds -> split -> statistics -> fit on training rows -> transform -> write. Every stage
goes through the data set in batches, so that memory is bounded whatever its size. The test part stays raw on purpose:
EvaluateModel sends it through the model as a caller would.
Cost: five passes over a Parquet copy of the data set on the job's own disk.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.errors import DataError
from steps.processing.assignment import assign_rows
from steps.processing.finding import DataFinding
from steps.processing.fitting import Fitted
from steps.processing.kinds import ColumnKind, classify_columns
from steps.processing.leakage import duplicate_findings, leakage_findings
from steps.processing.metadata import Prepared, metadata_of
from steps.processing.passes import Preparation
from steps.processing.remarks import cell_remarks, setting_remarks, split_remarks
from steps.processing.sampling import Sample, take_sample
from steps.processing.settings import Settings
from steps.processing.target import Target, read_target, resolve_column
from steps.reading.source import ReadOptions, Source, open_source
from steps.runtime import Runtime


def main(arguments: Sequence[str], runtime: Runtime) -> None:
    """Run the step on the job's folders."""
    parser = argparse.ArgumentParser(prog="prepare-data")
    parser.add_argument("--dataset-id", default="")
    parser.add_argument("--dataset-fingerprint", default="")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args(arguments)
    settings = Settings.load(runtime.processing_input("config"))
    seed = settings.seed if options.seed is None else options.seed
    with tempfile.TemporaryDirectory(prefix="prepare-data-") as scratch:
        source = open_source(runtime.processing_input("dataset"), Path(scratch), _read_options(settings))
        prepared = _prepare(source, settings, seed, runtime)
    metadata = metadata_of(prepared, settings, seed, options.dataset_id, options.dataset_fingerprint)
    text = json.dumps(metadata, ensure_ascii=False, indent=1, allow_nan=False)
    (runtime.processing_output("metadata") / "metadata.json").write_text(text + "\n", encoding="utf-8")
    _report(metadata, prepared.findings)


def _prepare(source: Source, settings: Settings, seed: int, runtime: Runtime) -> Prepared:
    batch_rows = _batch_rows(source, settings)
    _check_names(source, settings)
    target = read_target(source, settings, batch_rows) if settings.target is not None else None
    sample = take_sample(source, seed, batch_rows)
    left_out = _left_out(source, settings)
    describing = sample.frame if target is None else sample.frame.drop(target.name)
    kinds, noticed = classify_columns(describing, settings, separator=source.separator, left_out=left_out)
    assignment = assign_rows(source, target, settings, seed, _time_formats(sample, settings))
    preparation = Preparation(source, settings, target, kinds, sample, seed, batch_rows)
    statistics, fitted = preparation.fit(assignment)
    if not fitted.preprocessor.features:
        raise DataError(_nothing_left(fitted))
    counts = preparation.write(assignment, fitted, {name: runtime.processing_output(name) for name in _PARTS})
    folds = settings.cross_validation_folds
    folder = runtime.processing_output("folds")
    for number in range(folds):
        preparation.write_fold(assignment.fold(number, folds, seed), folder / str(number))
    (folder / "folds.json").write_text(json.dumps({"folds": folds}) + "\n", encoding="utf-8")
    fitted.preprocessor.save(runtime.processing_output("preprocessor"))
    usable = [kind for kind in kinds if kind.name not in fitted.dropped]
    findings = [
        *(target.findings if target is not None else ()),
        *noticed,
        *setting_remarks(list(source.columns), settings, source.renamed),
        *cell_remarks(statistics, usable),
        *fitted.findings,
        *split_remarks(target, source.rows, assignment.class_counts),
        *_leaks(sample, usable, target, settings),
        *([] if settings.drop_duplicates else duplicate_findings(sample.frame)),
        *(DataFinding("as-read", f"{note}.", "Nothing to do.", "info") for note in source.notes),
    ]
    return Prepared(source, target, kinds, statistics, fitted, assignment, counts, sample, findings)


_PARTS = ("train", "validation", "test")
RESERVED_MB = 400
"""What Python, Polars and the reader take before the first batch."""
BATCH_COPIES = 8
"""Raw cells, typed cells, features, and their like, that stand in memory for one batch."""
MAX_BATCH_ROWS = 65_536
"""A row group of the Parquet copy; larger batches are no faster (measured), and fewer of them overlap."""


def _batch_rows(source: Source, settings: Settings) -> int:
    """Rows of a batch, so that its copies fit into what max_memory_mb leaves."""
    head = next(source.batches(1_000))
    row_bytes = max(64.0, head.estimated_size() / max(1, head.height))
    budget = max(64, settings.max_memory_mb - RESERVED_MB) * 2**20
    return int(min(MAX_BATCH_ROWS, max(1_000, budget / BATCH_COPIES / row_bytes)))


def _read_options(settings: Settings) -> ReadOptions:
    as_text = [name for name, kind in settings.column_types.items() if kind in ("categorical", "date")]
    return ReadOptions(
        names=settings.column_names or None,
        header=settings.has_header,
        separator=settings.separator,
        encoding=settings.file_encoding,
        text_columns=frozenset(as_text),
        max_memory_mb=settings.max_memory_mb,
    )


def _check_names(source: Source, settings: Settings) -> None:
    """Every column that a setting relies on must be there; all that are not are named at once."""
    wrong = []
    columns = list(source.columns)
    for name, field in settings.named_columns().items():
        try:
            if name not in columns:
                resolve_column(name, columns, f"({field})")
                raise DataError(f"{field} names '{name}'; columns are matched exactly, so write it as in the file.")
        except DataError as error:
            wrong.append(str(error))
    if settings.target is not None and wrong:
        try:
            resolve_column(settings.target, columns, "to predict")
        except DataError as error:
            wrong.insert(0, str(error))
    if wrong:
        raise DataError(" ".join(wrong))


def _left_out(source: Source, settings: Settings) -> dict[str, str]:
    """Columns that are no features whatever they hold."""
    left_out = dict.fromkeys(settings.drop_columns, "named in drop_columns")
    if settings.group_column is not None:
        left_out[settings.group_column] = "it tells the groups apart"
    for name in settings.keep_columns:
        if left_out.get(name) == "it tells the groups apart":
            del left_out[name]
    return {name: reason for name, reason in left_out.items() if name in source.columns}


def _time_formats(sample: Sample, settings: Settings) -> tuple[str, ...]:
    """How the time column is written; DataError if it holds no times."""
    name = settings.time_column
    if name is None:
        return ()
    kinds, _ = classify_columns(sample.frame.select(name), settings, separator=None, left_out={})
    if kinds[0].kind not in ("date", "numeric"):
        raise DataError(f"time_column '{name}' holds neither dates nor numbers; choose another column.")
    return kinds[0].formats


def _leaks(sample: Sample, kinds: list[ColumnKind], target: Target | None, settings: Settings) -> list[DataFinding]:
    if target is None or not settings.supervised:
        return []
    return leakage_findings(sample.frame, kinds, target, settings)


def _nothing_left(fitted: Fitted) -> str:
    why = "; ".join(f"'{name}' was left out because {reason}" for name, reason in fitted.dropped.items())
    return f"No usable column is left: {why}. Add columns that describe the rows."


def _report(metadata: Mapping[str, Any], findings: Sequence[DataFinding]) -> None:
    rows = metadata["rows"]
    of = f" of '{metadata['target']}'" if metadata["target"] else ""
    print(
        f"{metadata['task_type']}{of}: {rows['train']} training, {rows['validation']} validation, "
        f"{rows['test']} test rows; {len(metadata['features'])} features."
    )
    for finding in findings:
        print(f"{finding.severity} {finding.id}: {finding.message} {finding.remedy}")
