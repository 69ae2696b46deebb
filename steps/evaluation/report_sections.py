"""What an evaluation report says, in which order; a section without content is left out.

Read by both writers, so that Markdown and HTML say the same. A new section is a function and a row in ``sections``.
Cost: none worth naming.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from contracts.metric_plugins import find_metric
from steps.evaluation.evaluation import Measured
from steps.evaluation.report import Report
from steps.evaluation.report_document import Block, Cell, Code, Paragraph, Pictures, Section, Table
from steps.evaluation.report_making import columns_section, findings_section, making_section, preparation_section
from steps.evaluation.report_text import brief, counted, measured, named, plain, share, shown

MAX_MATRIX = 20
MAX_SLICES = 20
NOISE = -1


def sections(report: Report) -> list[Section]:
    """All sections that have something to say, the outcome first."""
    every = (
        Section("metrics", "Metrics on the test part", _metrics(report)),
        Section("champion", "Compared with the model in place", _champion(report)),
        Section("plots", "Plots", [Pictures(report.plots)] if report.plots else []),
        Section("classes", "By class", _classes(report), half=True),
        Section("clusters", "Clusters", _clusters(report), half=True),
        Section("slices", "Where it does worst", _slices(report), half=True),
        Section("importance", "What the model leans on", _importances(report), half=True),
        Section("folds", "Cross validation", _cross_validation(report), half=True),
        findings_section(report),
        columns_section(report),
        preparation_section(report),
        making_section(report),
    )
    return [section for section in every if section.blocks]


def _metrics(report: Report) -> list[Block]:
    evaluation = report.evaluation
    champion = evaluation.champion.metrics if evaluation.champion else {}
    header = ["metric", "value", "±"]
    header += ["dummy"] if evaluation.baseline else []
    header += ["champion"] if champion else []
    rows = []
    for name in report.metric_names():
        item = evaluation.metrics.get(name, Measured(math.nan, math.nan))
        row = [_titled(name), shown(item.value), shown(item.deviation, 2)]
        row += [shown(evaluation.baseline.get(name))] if evaluation.baseline else []
        row += [measured(champion.get(name))] if champion else []
        rows.append([*row, "↑" if _is_maximised(name) else "↓"])
    table = Table([*header, "better"], rows, chosen=0)
    remarks = [Paragraph(plain(text)) for text in evaluation.remarks if plain(text)]
    verdict = [Paragraph(plain(evaluation.baseline_verdict))] if evaluation.baseline_verdict else []
    return [table, Paragraph(_how_to_read(report)), *verdict, *remarks]


def _how_to_read(report: Report) -> str:
    """What ± and the dummy are, and which class or labels the metrics speak of."""
    evaluation = report.evaluation
    text = "± is what another test part of this size would change (bootstrap standard deviation)."
    if evaluation.baseline:
        text += " The dummy ignores every feature."
    if evaluation.task_type == "classification" and evaluation.classes:
        if len(evaluation.classes) == 2:
            text += f" Precision, recall and F1 are those of class {named(evaluation.classes[1], 60)}."
        else:
            text += " Precision, recall, F1 and AUC are plain means over the classes, unless they say weighted."
    reference = report.metadata.get("reference")
    if reference and {"ari", "nmi"} & evaluation.metrics.keys():
        text += f" ARI and NMI compare with column {named(reference.get('name'), 60)}, which the model did not see."
    return text


def _champion(report: Report) -> list[Block]:
    champion = report.evaluation.champion
    if champion is None:
        return []
    blocks: list[Block] = [Paragraph(plain(champion.verdict), strong=True)]
    if champion.difference is not None and math.isfinite(champion.difference.value):
        difference = champion.difference
        blocks.append(
            Paragraph(
                f"New model minus {named(champion.reference, 80)}, signed so that above 0 is better: "
                f"{difference.value:+.4g} ± {shown(difference.deviation, 2)} (paired bootstrap on the same test rows)."
            )
        )
    else:
        blocks.append(Paragraph(f"The model in place is {named(champion.reference, 80)}."))
    return [*blocks, *(Paragraph(plain(remark)) for remark in champion.remarks if plain(remark))]


def _classes(report: Report) -> list[Block]:
    evaluation = report.evaluation
    if not evaluation.class_rows:
        return []
    rows = [
        [
            plain(row["class"]),
            *(shown(row.get(name)) for name in ("precision", "recall", "f1")),
            counted(row.get("support")),
        ]
        for row in evaluation.class_rows
    ]
    table = Table(["class", "precision", "recall", "F1", "test rows"], rows)
    return [table, *_confusion(report)]


def _confusion(report: Report) -> Iterable[Block]:
    counts, classes = report.evaluation.confusion, report.evaluation.classes
    if counts is None or classes is None or len(classes) > MAX_MATRIX:
        return
    names = [named(name) for name in classes]
    rows = [[name, *(counted(int(count)) for count in row)] for name, row in zip(names, counts, strict=True)]
    yield Table(["true ↓ predicted →", *names], rows, folded="Confusion matrix as a table")


def _clusters(report: Report) -> list[Block]:
    sizes = report.evaluation.cluster_sizes
    total = sum(sizes.values())
    ordered = sorted(sizes.items(), key=lambda item: (item[0] == NOISE, -item[1], item[0]))
    rows = [["noise" if key == NOISE else str(key), share(int(size), total)] for key, size in ordered]
    return [Table(["cluster", "test rows"], rows)] if rows else []


def _slices(report: Report) -> list[Block]:
    slices = sorted(report.evaluation.slices, key=lambda item: item.gap)[:MAX_SLICES]
    rows: list[list[Cell]] = [
        [
            Code(named(item.column)),
            named(item.level),
            plain(item.metric or report.judge["metric"]),
            counted(item.rows),
            measured(item.score),
            f"{item.gap:+.3g}",
        ]
        for item in slices
    ]
    if not rows:
        return []
    table = Table(["column", "level", "metric", "test rows", "score", "gap"], rows, numbers=3)
    return [table, Paragraph("The gap is the distance to the whole test part, signed so that below 0 is worse.")]


def _importances(report: Report) -> list[Block]:
    known = [item for item in report.evaluation.importances if not math.isnan(item.drop.value)]
    known.sort(key=lambda item: -item.drop.value)
    rows: list[list[Cell]] = [
        [Code(named(item.column)), shown(item.drop.value, 3), shown(item.drop.deviation, 2)] for item in known
    ]
    if not rows:
        return []
    text = f"How much {report.judge['metric']} worsens when the column is shuffled; ± is the deviation of the repeats."
    return [Table(["column", "loss", "±"], rows), Paragraph(text)]


def _cross_validation(report: Report) -> list[Block]:
    folds = report.model.get("cross_validation") or {}
    rows = []
    for name in (name for name in report.metric_names() if name in folds):
        item = folds[name]
        values = ", ".join(map(brief, item.get("values", ())))
        rows.append([_titled(name), shown(item.get("mean")), shown(item.get("std"), 2), values])
    if not rows:
        return []
    text = "Each fold was learned without its own rows; the test part took no part in this."
    return [Table(["metric", "mean", "±", "folds"], rows, words_again=3), Paragraph(text)]


def _titled(name: str) -> str:
    """The metric's title, with the name that an issue gives it where that is another."""
    row = find_metric(name)
    if row is None:
        return plain(name, 80)
    same = re.sub(r"[^a-z0-9]+", "_", row.title.lower()) == name
    return plain(row.title, 80) if same else f"{plain(row.title, 80)} ({name})"


def _is_maximised(name: str) -> bool:
    row = find_metric(name)
    return row is None or row.direction == "maximize"
