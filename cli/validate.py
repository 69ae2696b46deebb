"""`issueops validate ISSUE.md`: names every mistake in an issue, starts nothing, needs nothing but the text.

Place in the flow: the same parser that start_execution uses. One cost: it cannot know whether the data set exists.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from cli.run import read_issue
from contracts.issue_text import parse_issue


def validate(arguments: argparse.Namespace) -> int:
    """Exit 0 when the issue can be run as written, 2 otherwise."""
    _, body = read_issue(arguments.issue)
    parsed = parse_issue(body)
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
