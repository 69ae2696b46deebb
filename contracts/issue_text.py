"""Issue text -> TrainingConfig: plain YAML, a fenced block inside prose, or what GitHub's issue form renders.

Place in the flow: the first thing that touches a stranger's text. Pure: nothing is executed, fetched or interpolated.
Every mistake is collected, with the line of the body it stands in. One cost: only the first configuration in a body
counts; a second one is refused, so that nobody wonders which ran.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from contracts import bounded_yaml
from contracts.fields import FIELDS, config_from_mapping
from contracts.findings import Finding, nearest
from contracts.training_config import TrainingConfig

MAX_BODY_BYTES = 65_536
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)[ \t]*([A-Za-z]*)[ \t]*$")
_HEADING = re.compile(r"^###[ \t]+(.+?)[ \t]*$")
_NO_RESPONSE = "_No response_"
_KNOWN = tuple(row.name for row in FIELDS)
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


def parse_issue(body: str) -> ParsedIssue:
    """Read an issue's body; never raises for any text."""
    size = len(body.encode("utf-8", "surrogatepass"))
    if size > MAX_BODY_BYTES:
        return _refused(f"the issue must be at most {MAX_BODY_BYTES} bytes, got {size}; shorten it.")
    text = body.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    lines = text.split("\n")
    blocks = _fenced(lines)
    form = _form(lines)
    if form is not None:
        values, places, findings = form
    else:
        candidates = [b for b in blocks if _looks_like_config(b)]
        if len(candidates) > 1:
            at = ", ".join(str(b.first_line) for b in candidates)
            return _refused(f"the issue has {len(candidates)} configurations (lines {at}); keep one.")
        if candidates:
            block = candidates[0]
        elif any(b.language in ("yaml", "yml", "json") for b in blocks):
            block = next(b for b in blocks if b.language in ("yaml", "yml", "json"))
        else:
            block = _plain(lines)
        parsed = bounded_yaml.load(block.text, first_line=block.first_line)
        findings = list(parsed.findings)
        if parsed.value is None and findings:
            return ParsedIssue(None, tuple(findings))
        if not isinstance(parsed.value, dict):
            return _refused(
                "the issue holds no configuration; write fields such as 'algorithm: random_forest', "
                "in a ```yaml block or as plain YAML."
            )
        values, places = parsed.value, parsed.lines
    config, found = config_from_mapping(values, places)
    findings.extend(found)
    return ParsedIssue(None if findings else config, tuple(findings))


def _refused(message: str) -> ParsedIssue:
    return ParsedIssue(None, (Finding("", message),))


def _fenced(lines: list[str]) -> list[_Block]:
    """Fenced blocks with the number of their first inner line."""
    blocks: list[_Block] = []
    start: int | None = None
    fence = language = ""
    for number, line in enumerate(lines, 1):
        match = _FENCE.match(line)
        if start is None:
            if match:
                start, fence, language = number + 1, match.group(1), match.group(2).lower()
        elif match and match.group(1).startswith(fence) and not match.group(2):
            blocks.append(_Block("\n".join(lines[start - 1 : number - 1]), start, language))
            start = None
    if start is not None:
        blocks.append(_Block("\n".join(lines[start - 1 :]), start, language))
    return blocks


def _looks_like_config(block: _Block) -> bool:
    """A block that names an algorithm or a data set, in YAML or JSON."""
    if block.language not in ("", "yaml", "yml", "json"):
        return False
    return (
        re.search(r"""^\s*[{,]?\s*["']?(algorithm|dataset_id|learning_type)["']?\s*:""", block.text, re.MULTILINE)
        is not None
    )


def _plain(lines: list[str]) -> _Block:
    """The whole body as YAML, without Markdown headings of level one and two at its top."""
    first = 0
    while first < len(lines) and (not lines[first].strip() or re.match(r"^#{1,2} ", lines[first])):
        first += 1
    return _Block("\n".join(lines[first:]), first + 1, "yaml")


def _form(lines: list[str]) -> tuple[dict[str, Any], dict[tuple[str, ...], int], list[Finding]] | None:
    """Fields of a rendered issue form, or None where the body is none."""
    sections: list[tuple[str, int, list[str]]] = []
    fenced = ""
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if fence:
            fenced = "" if fenced and fence.group(1).startswith(fenced) else fenced or fence.group(1)
        heading = None if fenced else _HEADING.match(line)
        if heading:
            sections.append((heading.group(1), number, []))
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
            values[name] = text if name == "target" else bounded_yaml.scalar(text)
    return values, places, findings


def _field_name(label: str) -> str:
    """`Dataset ID` and `dataset_id` are the same field."""
    name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    return _LABELS.get(name, name)
