"""The evaluation as Markdown, for an issue comment or the history file.

Written by EvaluateModel. Every text from the data is escaped: a column name is shown, never rendered.
Cost: no drawings; those are in the HTML report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from steps.evaluation.report import Report

MAX_CLASSES_SHOWN = 20


def markdown_report(report: Report) -> str:
    """The whole report."""
    rows = report.metadata["rows"]
    parts = [
        f"# {escaped(report.title)}",
        f"**{escaped(report.verdict)}**",
        table(("metric", "value", "± (bootstrap)", "baseline"), report.metric_rows()),
        f"Target {code(report.metadata['target'])}, {report.metadata['task_type']}; "
        f"{rows['train']} training, {rows['validation']} validation and {rows['test']} test rows. "
        f"{escaped(report.note)}",
    ]
    if report.confusion is not None and report.classes is not None:
        parts += ["## Confusion matrix", _confusion(report)]
    if report.importances:
        rows_of_features = [(code(name), f"{value:.3g}") for name, value in report.importances]
        parts += ["## What the model leans on", table(("feature", "weight"), rows_of_features, raw=True)]
    if report.metadata["findings"]:
        findings = [f"- {escaped(item['message'])} {escaped(item['remedy'])}" for item in report.metadata["findings"]]
        parts += ["## Noticed in the data", "\n".join(findings)]
    parts += ["## How it was made", _making(report)]
    return "\n\n".join(parts) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, raw: bool = False) -> str:
    """A pipe table; cells are escaped unless they are Markdown already."""
    show = str if raw else escaped
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    lines += [f"| {' | '.join(show(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def escaped(text: object) -> str:
    """Text on one line that Markdown shows as it is; mentions notify nobody."""
    line = " ".join(str(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|!~$])", r"\\\1", line).replace("@", "@\u200b")


def code(text: object) -> str:
    """A code span on one line that also works inside a table."""
    line = " ".join(str(text).split()).replace("`", "'").replace("|", "\\|")
    return f"`{line}`"


def _confusion(report: Report) -> str:
    names = [str(row["class"]) for row in report.classes or ()][:MAX_CLASSES_SHOWN]
    header = ["actual \\ predicted", *(escaped(name) for name in names)]
    counts = [
        [name, *(str(count) for count in row[: len(names)])]
        for name, row in zip(names, report.confusion or (), strict=False)
    ]
    text = table(header, counts)
    hidden = len(report.classes or ()) - len(names)
    return text + (f"\n\n{hidden} more classes stand in evaluation.json." if hidden > 0 else "")


def _making(report: Report) -> str:
    model = report.model
    settings = ", ".join(f"{key}={value}" for key, value in sorted(model["hyperparameters"].items())) or "defaults"
    versions = ", ".join(f"{key} {value}" for key, value in model["versions"].items())
    return "\n".join(
        [
            f"- Algorithm: {code(model['algorithm'])} with {code(settings)}, seed {model['seed']}",
            f"- Data: {code(model['dataset']['dataset_id'])}, fingerprint {code(model['dataset']['fingerprint'])}",
            f"- Versions: {escaped(versions)}",
        ]
    )
