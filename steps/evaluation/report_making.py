"""Sections on what went into the model: the data, how it was prepared, how the model was made.

Part of report_sections. Everything here comes from metadata.json and model.json.
Cost: files of an older format lack members; those lines are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from steps.evaluation.report import Report
from steps.evaluation.report_document import Block, Cell, Code, Facts, Remark, Remarks, Section, Table
from steps.evaluation.report_text import UNKNOWN, brief, counted, named, plain, setting, settings, share

MANY_COLUMNS = 40
NOTHING = ("", "none", UNKNOWN, Code(""), Code("none"))
SEVERITIES = ("error", "warning", "info")


def findings_section(report: Report) -> Section:
    """Noticed in the data: the worst first, with what to do about it."""
    items = [
        Remark(
            plain(item.get("severity", "warning"), 20), plain(item.get("message", "")), plain(item.get("remedy", ""))
        )
        for item in report.metadata.get("findings", ())
    ]
    items.sort(key=lambda item: SEVERITIES.index(item.severity) if item.severity in SEVERITIES else len(SEVERITIES))
    return Section("findings", "Noticed in the data", [Remarks(items)] if items else [])


def columns_section(report: Report) -> Section:
    """The data profile: every raw column and what became of it."""
    rows_total = report.metadata["rows"].get("total")
    rows: list[list[Cell]] = [
        [
            Code(named(item["name"])),
            plain(item["kind"], 40),
            share(item.get("missing"), rows_total),
            *(_or_empty(item.get(name)) for name in ("levels", "mean", "std", "min", "max")),
            _treatment(item),
        ]
        for item in report.metadata.get("columns", ())
    ]
    header = ["column", "kind", "missing", "levels", "mean", "std", "min", "max", "treatment"]
    folded = f"All {len(rows):,} columns" if len(rows) > MANY_COLUMNS else ""
    blocks: list[Block] = [Table(header, rows, numbers=2, words_again=8, folded=folded)] if rows else []
    return Section("columns", f"Columns of the data ({len(rows):,})", blocks)


def preparation_section(report: Report) -> Section:
    """The split, the settings, and what was done to the target."""
    data = report.metadata
    rows = data["rows"]
    parts = ", ".join(f"{part.replace('_', ' ')} {counted(count)}" for part, count in rows.items())
    facts: list[tuple[str, Cell]] = [("Rows", parts), ("Split", _split(data.get("split")))]
    if data.get("folds"):
        facts.append(("Folds", counted(data["folds"])))
    facts += [
        ("Target transform", setting(data.get("target_transform"))),
        ("Class weights", _weights(data.get("class_weights"), data.get("classes"))),
        ("Features", counted(len(data.get("features", ())))),
        ("Settings", Code(settings(data.get("preprocessing") or {}) or "defaults")),
        ("Files", Code(setting(list(data.get("files", ()))))),
    ]
    return Section("preparation", "How the data was prepared", [_known(facts)])


def making_section(report: Report) -> Section:
    """Algorithm, settings, what the trainer derived, and everything needed to make it again."""
    model = report.model
    dataset = model.get("dataset") or {}
    facts: list[tuple[str, Cell]] = [
        ("Algorithm", Code(plain(model["algorithm"]))),
        ("Hyperparameters given", Code(settings(model.get("hyperparameters") or {}) or "defaults")),
    ]
    derived = {name: value for name, value in (model.get("facts") or {}).items() if value is not None}
    warnings = derived.pop("warnings", None) or []
    if derived:
        facts.append(("Derived from the data", Code(settings(derived))))
    facts += [
        ("Seed", setting(model.get("seed"))),
        ("Training job", Code(plain(model.get("training_job_name") or "none"))),
        ("Data set", Code(plain(dataset.get("dataset_id") or report.metadata.get("dataset_id") or "none"))),
        ("Fingerprint", Code(plain(dataset.get("fingerprint") or report.metadata.get("fingerprint") or "none"))),
        ("Versions", settings(model.get("versions") or {})),
    ]
    remarks = [Remark("warning", plain(text)) for text in warnings]
    return Section("making", "How the model was made", [_known(facts), *([Remarks(remarks)] if remarks else [])])


def _known(facts: Sequence[tuple[str, Cell]]) -> Facts:
    return Facts([(label, cell) for label, cell in facts if cell not in NOTHING])


def _treatment(item: Mapping[str, Any]) -> str:
    reason = item.get("reason")
    return plain(item.get("treatment") or (f"left out: {reason}" if reason else ""))


def _split(split: object) -> str:
    if not isinstance(split, Mapping):
        return "none"
    rest = {name: value for name, value in split.items() if name != "kind" and value is not None}
    kind = plain(split.get("kind", "random"), 40)
    return f"{kind} ({settings(rest)})" if rest else kind


def _weights(weights: object, classes: object) -> str:
    if isinstance(weights, list) and isinstance(classes, list) and len(weights) == len(classes):
        return settings(dict(zip(map(str, classes), weights, strict=True)))
    return setting(weights)


def _or_empty(value: object) -> str:
    if value is None:
        return ""
    return counted(value) if isinstance(value, int) else brief(value)
