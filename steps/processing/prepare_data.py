"""Step PrepareData: raw files in; training and validation matrices, a raw test part and metadata out.

read -> target -> split -> profile -> fit on training rows -> transform -> write. The test part stays raw on
purpose: EvaluateModel sends it through the model as a caller would.
Cost: the whole dataset is held in memory; a dataset larger than that needs a bigger instance.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from contracts.errors import DataError
from steps.preprocessor import Preprocessor
from steps.processing.finding import DataFinding
from steps.processing.fitting import Fitted, fit_preprocessor
from steps.processing.leakage import duplicate_findings, leakage_findings
from steps.processing.profile import ColumnProfile, profile_columns
from steps.processing.reading import read_dataset
from steps.processing.settings import Settings
from steps.processing.splitting import Split, split_rows
from steps.processing.target import Target, read_target
from steps.runtime import Runtime
from steps.tables import TARGET_COLUMN, write_part


def main(arguments: Sequence[str], runtime: Runtime) -> None:
    """Run the step on the job's folders."""
    parser = argparse.ArgumentParser(prog="prepare-data")
    parser.add_argument("--dataset-id", default="")
    parser.add_argument("--dataset-fingerprint", default="")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args(arguments)
    settings = Settings.load(runtime.processing_input("config"))
    seed = settings.seed if options.seed is None else options.seed

    table = read_dataset(runtime.processing_input("dataset"))
    target = read_target(table, settings)
    rows = table.frame.filter(target.kept)
    split = _split(target, settings, seed)
    profiles, noticed = profile_columns(table, target=target.name, drop_columns=settings.drop_columns)
    fitted = fit_preprocessor(rows[split.train], profiles, settings)
    if not fitted.preprocessor.features:
        raise DataError(
            f"No usable column is left beside the target '{target.name}': "
            + "; ".join(f"'{name}' was dropped because {reason}" for name, reason in fitted.dropped.items())
            + ". Add columns that describe the rows."
        )
    findings = [
        *target.findings,
        *noticed,
        *fitted.findings,
        *_split_findings(target, split),
        *leakage_findings(rows, [item for item in profiles if item.name not in fitted.dropped], target),
        *duplicate_findings(rows),
    ]

    for name, indices in (("train", split.train), ("validation", split.validation)):
        part = _matrix_part(rows[indices], target.values[indices], fitted.preprocessor)
        write_part(part, runtime.processing_output(name))
    write_part(_raw_part(rows, target, split), runtime.processing_output("test"))
    fitted.preprocessor.save(runtime.processing_output("preprocessor"))
    metadata = {
        "dataset_id": options.dataset_id,
        "fingerprint": options.dataset_fingerprint,
        "files": list(table.files),
        "target": target.name,
        "task_type": target.task_type,
        "classes": None if target.classes is None else list(target.classes),
        "rows": {
            "total": table.frame.height,
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
            "dropped_missing_target": target.dropped,
        },
        "columns": [_column(profile, fitted) for profile in profiles],
        "features": list(fitted.preprocessor.features),
        "seed": seed,
        "findings": [asdict(finding) for finding in findings],
    }
    text = json.dumps(metadata, ensure_ascii=False, indent=1, allow_nan=False)
    (runtime.processing_output("metadata") / "metadata.json").write_text(text + "\n", encoding="utf-8")
    _report(metadata, findings)


def _split(target: Target, settings: Settings, seed: int) -> Split:
    stratified = settings.stratify and target.task_type == "classification"
    return split_rows(
        len(target.values),
        classes=target.values.to_numpy().astype(np.int64) if stratified else None,
        test_size=settings.test_size,
        validation_size=settings.validation_size,
        seed=seed,
    )


def _split_findings(target: Target, split: Split) -> list[DataFinding]:
    findings = []
    if target.dropped:
        findings.append(
            DataFinding(
                "missing-target",
                f"{target.dropped} row(s) have no value for the target '{target.name}' and were left out.",
                "Nothing to do, unless the target is known for them.",
            )
        )
    if split.small_classes and target.classes is not None:
        names = ", ".join(f"'{target.classes[index]}'" for index in split.small_classes[:5])
        findings.append(
            DataFinding(
                "class-too-small",
                f"Class {names} has too few rows to stand in training, validation and test; "
                "it went to the training part first and its score is not measured reliably.",
                "Collect more rows of that class, or merge it with another.",
            )
        )
    return findings


def _matrix_part(rows: pl.DataFrame, target: pl.Series, preprocessor: Preprocessor) -> pl.DataFrame:
    return preprocessor.transform(rows).with_columns(target.alias(TARGET_COLUMN))


def _raw_part(rows: pl.DataFrame, target: Target, split: Split) -> pl.DataFrame:
    """Test rows as they were read, with the encoded target beside them."""
    raw = rows[split.test].drop(target.name)
    return raw.with_columns(target.values[split.test].alias(TARGET_COLUMN))


def _column(profile: ColumnProfile, fitted: Fitted) -> dict[str, Any]:
    reason = fitted.dropped.get(profile.name, profile.reason)
    row: dict[str, Any] = {
        "name": profile.name,
        "kind": "dropped" if reason else profile.kind,
        "missing": profile.missing,
        "levels": profile.levels,
        "mean": profile.mean,
        "std": profile.std,
        "min": profile.min,
        "max": profile.max,
    }
    return row | ({"reason": reason} if reason else {})


def _report(metadata: dict[str, Any], findings: list[DataFinding]) -> None:
    rows = metadata["rows"]
    print(
        f"{metadata['task_type']} of '{metadata['target']}': {rows['train']} training, "
        f"{rows['validation']} validation, {rows['test']} test rows; {len(metadata['features'])} features."
    )
    for finding in findings:
        print(f"{finding.severity} {finding.id}: {finding.message} {finding.remedy}")
