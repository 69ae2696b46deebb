"""`issueops models compare A B ...`: the evaluations of registered versions side by side.

Place in the flow: reads each version's evaluation.json, where the registry says it lies; which is better, and whether
the difference exceeds the noise, is decided by `contracts.comparison`. One cost: one request per version and report.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from contracts.comparison import ComparedModel, Comparison, compare_models
from contracts.errors import ConfigError, RegistryError
from contracts.evaluation_report import EvaluationReport
from registry import packages
from registry.references import ModelReference, parse_reference


def compare(sagemaker: Any, s3: Any, models: Sequence[str], *, metric: str | None) -> Comparison:
    """Compare two versions or more; one without a version means the newest.

    Raises:
        ConfigError: fewer than two different versions, or a metric that they were not measured by.
        RegistryError: an unknown version, or one without an evaluation.
    """
    reports: dict[str, EvaluationReport] = {}
    for text in models:
        found = packages.resolve(sagemaker, parse_reference(text))
        reference = ModelReference(found.group, found.version)
        reports[str(reference)] = read_report(sagemaker, s3, reference)
    if len(reports) < 2:
        raise ConfigError(f"a comparison needs two different versions or more, got {', '.join(reports)}.")
    return compare_models(reports, metric)


def read_report(sagemaker: Any, s3: Any, reference: ModelReference) -> EvaluationReport:
    """A version's evaluation.json."""
    uri = packages.describe(sagemaker, reference).metrics_uri
    if not uri:
        raise RegistryError(f"{reference} was registered without an evaluation; it cannot be compared.")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        return EvaluationReport.from_json(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "NoSuchBucket", "404"):
            raise
        raise RegistryError(f"the evaluation of {reference} is gone: there is no {uri}.") from error
    except ConfigError as error:
        raise RegistryError(f"{uri}, the evaluation of {reference}: {error}") from error


def print_comparison(arguments: argparse.Namespace, sagemaker: Any, s3: Any) -> int:
    """The comparison as a table, or as one JSON object."""
    found = compare(sagemaker, s3, arguments.model, metric=arguments.metric)
    print(json.dumps(found.to_mapping(), ensure_ascii=False, indent=2) if arguments.json else as_text(found))
    return 0


def as_text(comparison: Comparison) -> str:
    """The comparison for a terminal, one column a model: `to_markdown` is for issues, where names notify nobody."""
    rows = comparison.rows
    others = dict.fromkeys(name for row in rows for name in row.others)
    table = [
        ("", *(row.name for row in rows)),
        ("rank", *(str(row.rank) for row in rows)),
        (comparison.metric, *(_with_deviation(row) for row in rows)),
        ("to the best", "-", *(_difference(row) for row in rows[1:])),
    ]
    table += [(name, *(f"{r.others[name]:.4g}" if name in r.others else "-" for r in rows)) for name in others]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([comparison.summary, "", *lines, *(f"note: {note}" for note in comparison.notes)])


def _with_deviation(row: ComparedModel) -> str:
    return f"{row.value:.4g}" if row.deviation is None else f"{row.value:.4g} ± {row.deviation:.2g}"


def _difference(row: ComparedModel) -> str:
    said = {True: "beyond the noise", False: "within the noise", None: "noise unknown"}[row.exceeds_noise]
    return f"{row.difference:+.3g} ({said})"
