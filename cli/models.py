"""`issueops models list | show | approve | compare`: the model registry from the terminal, over `registry/`.

Place in the flow: the same functions that Lambdas use, on a client of the local endpoint. One cost: `list` describes
every version.
"""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import json
from datetime import datetime
from typing import Any

from cli.wiring import open_stack
from registry import approval, packages
from registry.references import parse_reference
from registry.versions import ModelVersion


def models(arguments: argparse.Namespace) -> int:
    """Run one of the subcommands; an unknown model or version ends with 2 and names what exists."""
    with open_stack(arguments.home) as stack:
        sagemaker, s3 = stack.client("sagemaker"), stack.client("s3")
        if arguments.action == "list":
            versions = packages.list_versions(sagemaker, arguments.model, s3=s3)
            print(_json([as_object(v) for v in versions]) if arguments.json else _table(versions))
            return 0
        if arguments.action == "compare":
            from cli.compare import print_comparison

            return print_comparison(arguments, sagemaker, s3)
        reference = parse_reference(arguments.model)
        if arguments.action == "approve":
            approval.approve(sagemaker, reference, by=arguments.by or getpass.getuser(), reason=arguments.reason)
        version = packages.describe(sagemaker, reference, s3=s3)
        print(_json(as_object(version)) if arguments.json else _details(version))
        return 0


def as_object(version: ModelVersion) -> dict[str, Any]:
    """A version as `--json` prints it: `model` and `version` first, times in ISO 8601."""
    values = dataclasses.asdict(version)
    return {"model": values.pop("group"), **values}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _table(versions: list[ModelVersion]) -> str:
    if not versions:
        return "The registry is empty. Register a model with: issueops run ISSUE.md"
    rows = [("MODEL", "VERSION", "STATUS", "CREATED", "METRICS")]
    rows += [
        (
            v.group,
            str(v.version),
            v.status,
            f"{v.created:%Y-%m-%d %H:%M}",
            "  ".join(f"{k} {x:.4g}" for k, x in v.metrics.items()),
        )
        for v in versions
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in rows
    )


def _details(version: ModelVersion) -> str:
    lines = [f"{version.group}@{version.version}  {version.status}"]
    for name, value in as_object(version).items():
        if name in ("model", "version", "status") or value in (None, "", {}, []):
            continue
        if isinstance(value, dict):
            lines.append(f"  {name}")
            lines.extend(
                f"    {key:<24} {item:.4g}" if isinstance(item, float) else f"    {key:<24} {item}"
                for key, item in value.items()
            )
        else:
            lines.append(f"  {name:<26} {_plain(value)}")
    return "\n".join(lines)
