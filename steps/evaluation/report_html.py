"""The evaluation as one HTML file that needs nothing else: no script, no network.

Written by EvaluateModel. Every text from the data is escaped, and a content security policy forbids scripts.
Cost: style and drawings are embedded, some 10 kB a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from steps.evaluation.report import Report

MAX_CLASSES_SHOWN = 30
_STYLE = """
:root{--ink:#1c2330;--soft:#5d6880;--line:#e2e6ee;--card:#fff;--page:#f5f7fa;--good:#147a4b;--bad:#b3372f;--blue:#2f5fd0}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf4;--soft:#9aa6bd;--line:#2c3546;--card:#1a2130;--page:#11161f;
--good:#4cc38a;--bad:#ff7b72;--blue:#7ea6ff}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans JP",sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}h1{font-size:1.5rem;margin:0 0 .25rem}
h2{font-size:1.05rem;margin:0 0 .75rem}p{margin:.25rem 0}.soft{color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.25rem;
margin-top:1rem;overflow-x:auto}
.verdict{border-left:6px solid var(--bad)}.verdict.passed{border-left-color:var(--good)}
.verdict strong{font-size:1.1rem}.pair{display:grid;
grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}
table{border-collapse:collapse;width:100%}th,td{padding:.4rem .6rem;text-align:left;
border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft);font-size:.85rem}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.chosen td{font-weight:700}.matrix td.n{text-align:center;border:1px solid var(--line);min-width:3.2rem}
.bar{background:var(--blue);height:.6rem;border-radius:3px;min-width:2px}
code{font:.88em ui-monospace,monospace;overflow-wrap:anywhere}
svg{max-width:100%;height:auto;font-size:12px}svg text{fill:var(--soft)}.frame{fill:none;stroke:var(--line)}
.chance{stroke:var(--soft);stroke-dasharray:4 4}.line{fill:none;stroke:var(--blue);stroke-width:2}
.area{fill:var(--blue);opacity:.12}
.dots circle{fill:var(--blue);opacity:.5}li{margin:.3rem 0}
"""


def html_report(report: Report) -> str:
    """The whole page."""
    sections = [_verdict(report), _metrics(report)]
    if report.confusion is not None:
        sections += [_confusion(report), _classes(report)]
    lower = [item for item in (_drawing(report), _importances(report)) if item]
    if lower:
        sections.append(f'<div class="pair">{"".join(lower)}</div>')
    sections += [_findings(report), _columns(report), _making(report)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(report.title)}</title><style>{_STYLE}</style></head>\n<body><main>\n"
        f"<h1>{escape(report.title)}</h1>\n{_subtitle(report)}\n"
        + "\n".join(filter(None, sections))
        + "\n</main></body></html>\n"
    )


def _subtitle(report: Report) -> str:
    rows = report.metadata["rows"]
    return (
        f'<p class="soft">{escape(report.metadata["task_type"].capitalize())} of '
        f"<code>{escape(report.metadata['target'])}</code> · {rows['train']} training, "
        f"{rows['validation']} validation, {rows['test']} test rows</p>"
    )


def _verdict(report: Report) -> str:
    outcome = " passed" if report.judge["passed"] else ""
    return f'<section class="verdict{outcome}"><strong>{escape(report.verdict)}</strong></section>'


def _metrics(report: Report) -> str:
    body = "".join(
        f"<tr><td>{escape(title)}</td>{_numbers((value, deviation, baseline))}</tr>"
        for title, value, deviation, baseline in report.metric_rows()
    )
    return (
        '<section><h2>Metrics on the test part</h2><table><tr><th>metric</th><th class="n">value</th>'
        f'<th class="n">± bootstrap</th><th class="n">baseline</th></tr>{body}</table>'
        f'<p class="soft">{escape(report.note)}</p></section>'
    )


def _confusion(report: Report) -> str:
    names = [str(row["class"]) for row in report.classes or ()][:MAX_CLASSES_SHOWN]
    head = "".join(f'<th class="n">{escape(name)}</th>' for name in names)
    body = "".join(
        f"<tr><th>{escape(name)}</th>{_shaded(row[: len(names)], index)}</tr>"
        for index, (name, row) in enumerate(zip(names, report.confusion or (), strict=False))
    )
    return (
        '<section><h2>Confusion matrix</h2><table class="matrix">'
        f"<tr><th>actual ↓ predicted →</th>{head}</tr>{body}</table></section>"
    )


def _shaded(counts: Sequence[int], diagonal: int) -> str:
    total = sum(counts) or 1
    cells = []
    for index, count in enumerate(counts):
        colour = "20,122,75" if index == diagonal else "179,55,47"
        strength = 0.08 + 0.6 * count / total if count else 0.0
        share = f"{count / total:.0%} of its row"
        cells.append(f'<td class="n" style="background:rgba({colour},{strength:.2f})" title="{share}">{count}</td>')
    return "".join(cells)


def _classes(report: Report) -> str:
    body = "".join(
        f"<tr><td>{escape(str(row['class']))}</td>"
        + _numbers([*(f"{row[name]:.3f}" for name in ("precision", "recall", "f1")), str(row["support"])])
        + "</tr>"
        for row in (report.classes or ())[:MAX_CLASSES_SHOWN]
    )
    return (
        "<section><h2>By class</h2><table><tr><th>class</th>"
        '<th class="n">precision</th><th class="n">recall</th>'
        f'<th class="n">F1</th><th class="n">test rows</th></tr>{body}</table></section>'
    )


def _drawing(report: Report) -> str:
    title = "ROC curve" if report.confusion is not None else "Predicted against true values"
    return f"<section><h2>{title}</h2>{report.drawing}</section>" if report.drawing else ""


def _importances(report: Report) -> str:
    if not report.importances:
        return ""
    largest = max(value for _, value in report.importances) or 1.0
    body = "".join(
        f'<tr><td><code>{escape(name)}</code></td><td style="width:45%">'
        f'<div class="bar" style="width:{100 * value / largest:.0f}%"></div></td>'
        f"{_numbers((f'{value:.3g}',))}</tr>"
        for name, value in report.importances
    )
    return f"<section><h2>What the model leans on</h2><table>{body}</table></section>"


def _findings(report: Report) -> str:
    items = "".join(
        f'<li>{escape(item["message"])} <span class="soft">{escape(item["remedy"])}</span></li>'
        for item in report.metadata["findings"]
    )
    return f"<section><h2>Noticed in the data</h2><ul>{items}</ul></section>" if items else ""


def _columns(report: Report) -> str:
    body = "".join(
        f"<tr><td><code>{escape(item['name'])}</code></td><td>{escape(item['kind'])}</td>"
        + _numbers(
            [
                str(item["missing"]),
                *(
                    "" if item[name] is None else f"{item[name]:.4g}"
                    for name in ("levels", "mean", "std", "min", "max")
                ),
            ]
        )
        + "</tr>"
        for item in report.metadata["columns"][:100]
    )
    head = "".join(f'<th class="n">{name}</th>' for name in ("missing", "levels", "mean", "std", "min", "max"))
    return f"<section><h2>Columns</h2><table><tr><th>column</th><th>kind</th>{head}</tr>{body}</table></section>"


def _making(report: Report) -> str:
    model = report.model
    settings = ", ".join(f"{key}={value}" for key, value in sorted(model["hyperparameters"].items())) or "defaults"
    facts: Iterable[tuple[str, str]] = (
        ("Algorithm", f"{model['algorithm']} ({settings}), seed {model['seed']}"),
        ("Data", f"{model['dataset']['dataset_id']}, fingerprint {model['dataset']['fingerprint']}"),
        ("Versions", ", ".join(f"{name} {value}" for name, value in model["versions"].items())),
    )
    body = "".join(f"<tr><th>{name}</th><td><code>{escape(value)}</code></td></tr>" for name, value in facts)
    return f"<section><h2>How it was made</h2><table>{body}</table></section>"


def _numbers(values: Iterable[str]) -> str:
    return "".join(f'<td class="n">{escape(value)}</td>' for value in values)
