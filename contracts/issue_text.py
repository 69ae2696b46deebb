"""Issue text -> TrainingConfig: plain YAML, a fenced block inside prose, or what GitHub's issue form renders.

Place in the flow: the first thing that touches a stranger's text. Pure: nothing is executed, fetched or interpolated.
Every mistake is collected, with the line of the body it stands in. One cost: only the first configuration in a body
counts; a second one is refused, so that nobody wonders which ran.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts import bounded_yaml
from contracts.bounded_yaml import control_character
from contracts.dataset_card import DatasetCard
from contracts.fields import FIELDS, config_from_mapping
from contracts.findings import Finding, nearest, shown_name
from contracts.training_config import TrainingConfig
from contracts.visible_text import FENCE, fence_after, visible_lines

MAX_BODY_BYTES = 65_536
MAX_FINDINGS = 50
# No pattern below has two adjacent repeats of the same character: a stranger's line must not take quadratic time.
_HEADING = re.compile(r"^###[ \t]+(\S.*)$")
_NO_RESPONSE = "_No response_"
_KNOWN = tuple(row.name for row in FIELDS)
_MENTIONS_FIELD = re.compile(rf"""(?:^|[{{,])[ \t]*["']?(?:{"|".join(_KNOWN)})["']?[ \t]*:""", re.MULTILINE)
_NAMES_CONFIG = re.compile(r"""(?:^|[{,])[ \t]*["']?(?:algorithm|dataset_id|learning_type)["']?[ \t]*:""", re.MULTILINE)
_MAPPINGS = ("hyperparameters", "preprocessing_config")
# What a form's author may call a field.
_LABELS = {
    "dataset": "dataset_id",
    "data_set": "dataset_id",
    "threshold": "evaluation_threshold",
    "metric": "evaluation_metric",
}


@dataclass(frozen=True, slots=True)
class ParsedIssue:
    """A configuration, or None and every mistake."""

    config: TrainingConfig | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    first_line: int
    language: str


CardOf = Callable[[str], tuple[DatasetCard | None, list[Finding]]]
_Content = tuple[dict[str, Any] | None, dict[tuple[str, ...], int], list[Finding]]


@dataclass(frozen=True, slots=True)
class _Form:
    content: _Content
    first_line: int
    names_config: bool


def parse_issue(body: str, card_of: CardOf | None = None) -> ParsedIssue:
    """Read an issue's body; never raises for any text.

    Args:
        body: the text.
        card_of: dataset_id -> what the data set says of itself, with what is wrong there; the issue overrides it.
    """
    size = len(body.encode("utf-8", "surrogatepass"))
    if size > MAX_BODY_BYTES:
        return _refused(f"the issue must be at most {MAX_BODY_BYTES} bytes, got {size}; shorten it.")
    lines = visible_lines(body.removeprefix("\ufeff"))
    candidates = [block for block in _fenced(lines) if _looks_like_config(block)]
    form = _form(lines)
    if form is not None and candidates:
        if form.names_config:
            return _several([form.first_line, *(block.first_line for block in candidates)])
        form = None  # a heading that happens to be called like a field, above a configuration
    values, places, findings = form.content if form is not None else _document(lines, candidates)
    if values is None:
        return ParsedIssue(None, _bounded(findings))
    dataset_id = values.get("dataset_id")
    card: DatasetCard | None = None
    if card_of is not None and isinstance(dataset_id, str):
        card, found = card_of(dataset_id)
        findings.extend(found)
    config, found = config_from_mapping(values, places, card)
    findings.extend(found)
    return ParsedIssue(None if findings else config, _bounded(findings))


def _document(lines: list[str], candidates: list[_Block]) -> _Content:
    """The one fenced configuration, or else the whole body as YAML."""
    if len(candidates) > 1:
        return None, {}, list(_several([block.first_line for block in candidates]).findings)
    fenced = candidates or [block for block in _fenced(lines) if block.language in ("yaml", "yml", "json")]
    block = fenced[0] if fenced else _Block("\n".join(lines), 1, "")
    parsed = bounded_yaml.load(block.text, first_line=block.first_line)
    if isinstance(parsed.value, dict):
        return parsed.value, parsed.lines, list(parsed.findings)
    if parsed.findings and (fenced or _MENTIONS_FIELD.search(block.text)):
        return None, {}, list(parsed.findings)
    text = (
        "the issue holds no configuration; write fields such as 'algorithm: random_forest', "
        "in a ```yaml block or as plain YAML."
    )
    return None, {}, [Finding("", text)]


def _refused(message: str) -> ParsedIssue:
    return ParsedIssue(None, (Finding("", message),))


def _several(first_lines: list[int]) -> ParsedIssue:
    at = ", ".join(str(line) for line in sorted(first_lines)[:10])
    return _refused(f"the issue has {len(first_lines)} configurations (lines {at}); keep one.")


def _bounded(findings: list[Finding]) -> tuple[Finding, ...]:
    """In the order of the text; those without a line last."""
    ordered = sorted(findings, key=lambda finding: finding.line or MAX_BODY_BYTES)
    if len(ordered) <= MAX_FINDINGS:
        return tuple(ordered)
    more = Finding("", f"{len(ordered) - MAX_FINDINGS} more mistakes are not shown; correct these first.")
    return (*ordered[:MAX_FINDINGS], more)


def _fenced(lines: list[str]) -> list[_Block]:
    """Fenced blocks with the number of their first inner line; a block that nobody closes ends with the text."""
    blocks: list[_Block] = []
    start: int | None = None
    fence = language = ""
    for number, line in enumerate(lines, 1):
        match = FENCE.match(line)
        if match is None:
            continue
        fence = fence_after(fence, match)
        if start is None and fence:
            start, language = number + 1, match.group(2).strip().lower().split(" ")[0]
        elif start is not None and not fence:
            blocks.append(_Block("\n".join(lines[start - 1 : number - 1]), start, language))
            start = None
    if start is not None:
        blocks.append(_Block("\n".join(lines[start - 1 :]), start, language))
    return blocks


def _looks_like_config(block: _Block) -> bool:
    """A block that names an algorithm or a data set, in YAML or JSON."""
    return block.language in ("", "yaml", "yml", "json") and _NAMES_CONFIG.search(block.text) is not None


def _form(lines: list[str]) -> _Form | None:
    """Fields of a rendered issue form, or None where the body is none."""
    sections: list[tuple[str, int, list[str]]] = []
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = FENCE.match(line)
        if mark is not None:
            fence = fence_after(fence, mark)
        heading = None if fence else _HEADING.match(line)
        if heading:
            sections.append((heading.group(1).strip(), number, []))
        elif sections:
            sections[-1][2].append(line)
    named = [(_field_name(label), number, content) for label, number, content in sections]
    if not any(name in _KNOWN for name, _, _ in named):
        return None
    values: dict[str, Any] = {}
    places: dict[tuple[str, ...], int] = {}
    findings: list[Finding] = []
    for name, number, content in named:
        text = "\n".join(content).strip()
        if not text or text == _NO_RESPONSE:
            continue
        if name not in _KNOWN and nearest(name, _KNOWN) is None:
            continue  # forms carry questions of their own: context, check lists
        bad = control_character(text)
        if bad is not None:
            at = next(i for i, row in enumerate(content, number + 1) if bad in row)
            what = f"{shown_name(name)} holds the control character U+{ord(bad):04X}; remove it (line {at})."
            findings.append(Finding(name, what, at))
            continue
        if name in values:
            findings.append(Finding(name, f"{name} is given twice; keep one (line {number}).", number))
            continue
        offset = next(i for i, line in enumerate(content) if line.strip())
        places[(name,)] = number + 1 + offset
        if name in _MAPPINGS:
            blocks = _fenced(content)
            block = blocks[0] if blocks else _Block("\n".join(content), 1, "yaml")
            parsed = bounded_yaml.load(block.text, first_line=number + block.first_line)
            findings.extend(parsed.findings)
            places.update({(name, *path): line for path, line in parsed.lines.items() if path})
            if parsed.value is not None:
                values[name] = parsed.value
        else:
            if text.startswith(("```", "~~~")):  # a text area with `render:`
                text = next((block.text.strip() for block in _fenced(text.split("\n"))), text)
            values[name] = text if name == "target" else bounded_yaml.scalar(text)
    return _Form((values, places, findings), named[0][1], bool({"algorithm", "dataset_id"} & values.keys()))


def _field_name(label: str) -> str:
    """`Dataset ID` and `dataset_id` are the same field."""
    name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    return _LABELS.get(name, name)
