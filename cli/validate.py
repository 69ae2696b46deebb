"""`issueops validate ISSUE.md`: names every mistake in an issue, starts nothing, needs nothing but the text.

Place in the flow: the same parser that start_execution uses; a dataset.yaml below --data fills gaps as it does there.
One cost: whether the data can be learned from is known only once it is read.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from cli.run import read_issue
from contracts.dataset_card import FILE_NAME, DatasetCard, read_dataset_card
from contracts.fields import DATASET_ID
from contracts.findings import Finding
from contracts.issue_text import parse_issue


def _card(data: Path, dataset_id: str) -> tuple[DatasetCard | None, list[Finding]]:
    """The data set's own description, where the folder has that data set and it has one."""
    path = data / dataset_id / FILE_NAME
    if not DATASET_ID.match(dataset_id) or not path.is_file():
        return None, []
    try:
        return read_dataset_card(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return None, [Finding(FILE_NAME, f"{path} must be UTF-8 text; save it as UTF-8.")]


def validate(arguments: argparse.Namespace) -> int:
    """Exit 0 when the issue can be run as written, 2 otherwise."""
    _, body = read_issue(arguments.issue)
    parsed = parse_issue(body, lambda dataset_id: _card(arguments.data, dataset_id))
    valid = parsed.config is not None
    if arguments.json:
        config = dataclasses.asdict(parsed.config) if parsed.config is not None else None
        findings = [dataclasses.asdict(finding) for finding in parsed.findings]
        print(json.dumps({"valid": valid, "config": config, "findings": findings}, ensure_ascii=False, indent=2))
        return 0 if valid else 2
    for finding in parsed.findings:
        print(f"- {finding.message}", file=sys.stderr)
    if valid:
        print(f"{arguments.issue} is valid.")
        return 0
    print(f"{arguments.issue} has {len(parsed.findings)} mistake(s).", file=sys.stderr)
    return 2
