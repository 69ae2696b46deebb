"""YAML from strangers: safe, bounded, with a line for every value.

Place in the flow: issue bodies and command values pass through here and nowhere else. Composes nodes instead of
loading objects, so tags, anchors and aliases can be refused before anything is built. One cost: only scalars,
lists and mappings with text keys exist.

Source: YAML 1.1 as PyYAML resolves it, with three departures users expect: `1e-3` is a number, `on`/`yes` stay text,
and JSON may be indented with tabs.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import yaml

from contracts.findings import Finding, shown_name

MAX_NODES = 2_000
MAX_DEPTH = 12
MAX_NUMBER_CHARACTERS = 40
_NUMBER = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\Z")
# A quoted string, open or closed, or a tab; the closing quote is optional so that the search stays linear.
_STRING_OR_TAB = re.compile(r'"(?:[^"\\]|\\.)*"?|\t', re.DOTALL)
_INTEGER = re.compile(r"[-+]?[0-9](_?[0-9]){0,17}\Z")
# What PyYAML calls unprintable, and line separators that editors do not count as lines.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value, the line each path stands on (1-based, within the text), and what was wrong."""

    value: Any
    lines: dict[tuple[str, ...], int]
    findings: tuple[Finding, ...]


def load(text: str, *, first_line: int = 1) -> Parsed:
    """Parse one YAML (or JSON) document; never raises for any text.

    Args:
        first_line: line number of the text's first line within the document it was cut from.
    """
    control = control_character(text)
    if control is not None:
        line = first_line + text.count("\n", 0, text.index(control))
        return _refused(f"control character U+{ord(control):04X} is not allowed; remove it (line {line}).", line)
    if text.lstrip().startswith(("{", "[")):
        text = _STRING_OR_TAB.sub(lambda found: " " if found.group() == "\t" else found.group(), text)
    lines: dict[tuple[str, ...], int] = {}
    findings: list[Finding] = []
    try:
        _scan(text, first_line)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = _build(node, (), lines, findings, first_line, [0]) if node is not None else None
    except _RefusedError as error:
        return _refused(f"{error.args[0]} (line {error.args[1]}).", error.args[1])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        problem = error.problem or "cannot be read"
        if "another document" in problem:
            return _refused(
                f"the configuration must be one YAML document; remove the second '---' (line {line}).", line
            )
        return _refused(f"the configuration is not valid YAML: {problem} (line {line}).", line)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return _refused(f"the configuration is not valid YAML: {type(error).__name__} (line {first_line}).", first_line)
    return Parsed(value, lines, tuple(findings))


def scalar(text: str) -> Any:
    """One plain value as an issue would hold it: number, true/false, null or text."""
    stripped = text.strip()
    if stripped in ("", "~", "null", "Null", "NULL"):
        return None
    if stripped in ("true", "True", "TRUE"):
        return True
    if stripped in ("false", "False", "FALSE"):
        return False
    if len(stripped) > MAX_NUMBER_CHARACTERS:
        return stripped
    if _INTEGER.match(stripped):
        return int(stripped)
    if _NUMBER.match(stripped):
        number = float(stripped.replace("_", ""))
        return number if math.isfinite(number) else stripped
    return stripped


def control_character(text: str) -> str | None:
    """The first character that no configuration may hold."""
    found = _CONTROL.search(text)
    return found.group() if found else None


class _RefusedError(Exception):
    """Structure that is never accepted: (reason, line)."""


def _refused(message: str, line: int) -> Parsed:
    return Parsed(None, {}, (Finding("", message, line),))


def _scan(text: str, first_line: int) -> None:
    """Refuse anchors, aliases, tags and depth on the token stream, before nodes are built."""
    depth = 0
    opening = (
        yaml.BlockMappingStartToken,
        yaml.BlockSequenceStartToken,
        yaml.FlowMappingStartToken,
        yaml.FlowSequenceStartToken,
    )
    closing = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
    for count, token in enumerate(yaml.scan(text, Loader=yaml.SafeLoader)):
        line = first_line + token.start_mark.line
        if count > MAX_NODES * 6:
            raise _RefusedError(f"the configuration must have at most {MAX_NODES} values", line)
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
            raise _RefusedError("anchors and aliases (& and *) are not allowed; write the value out", line)
        if isinstance(token, yaml.TagToken):
            raise _RefusedError("tags (!) are not allowed; write a plain value", line)
        if isinstance(token, yaml.DirectiveToken):
            raise _RefusedError("directives (%) are not allowed; remove the line", line)
        if isinstance(token, opening):
            depth += 1
            if depth > MAX_DEPTH:
                raise _RefusedError(f"values must be nested at most {MAX_DEPTH} deep", line)
        elif isinstance(token, closing):
            depth -= 1


def _build(
    node: yaml.Node, path: tuple[str, ...], lines: dict[tuple[str, ...], int], findings: list[Finding], first_line: int,
    count: list[int],
) -> Any:  # fmt: skip
    line = first_line + node.start_mark.line
    lines.setdefault(path, line)
    count[0] += 1
    if count[0] > MAX_NODES:
        raise _RefusedError(f"the configuration must have at most {MAX_NODES} values", line)
    if isinstance(node, yaml.ScalarNode):
        return scalar(node.value) if node.style is None else node.value
    if isinstance(node, yaml.SequenceNode):
        return [
            _build(child, (*path, str(i)), lines, findings, first_line, count) for i, child in enumerate(node.value)
        ]
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key_line = first_line + key_node.start_mark.line
        if not isinstance(key_node, yaml.ScalarNode):
            raise _RefusedError("a field's name must be plain text", key_line)
        key = str(key_node.value)
        field = ".".join(shown_name(part) for part in (*path, key))
        if key in mapping:
            findings.append(Finding(field, f"{field} is given twice; keep one (line {key_line}).", key_line))
        lines[(*path, key)] = key_line
        mapping[key] = _build(value_node, (*path, key), lines, findings, first_line, count)
    return mapping
