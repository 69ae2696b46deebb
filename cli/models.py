"""`issueops models list | show | approve | reject | rollback | compare`: the model registry from the terminal.

Place in the flow: the same functions of `registry/` that operators' comments use, on a client of the local endpoint.
One cost: `list` describes every version.
"""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cli.wiring import open_stack
from contracts.errors import RegistryError
from registry import approval, packages
from registry.references import ModelReference, parse_reference
from registry.rollback import ROLLED_BACK, RolledBack, roll_back
from registry.versions import ModelVersion, in_force


def models(arguments: argparse.Namespace) -> int:
    """Run one of the subcommands; an unknown model or version ends with 2 and names what exists."""
    with open_stack(arguments.home) as stack:
        sagemaker, s3 = stack.client("sagemaker"), stack.client("s3")
        if arguments.action == "list":
            versions = packages.list_versions(sagemaker, arguments.model, s3=s3)
            print(_json([as_object(v) for v in versions]) if arguments.json else _table(versions))
        elif arguments.action == "show":
            version = packages.describe(sagemaker, parse_reference(arguments.model), s3=s3)
            print(_json(as_object(version)) if arguments.json else _details(version))
        elif arguments.action == "compare":
            from cli.compare import print_comparison

            return print_comparison(arguments, sagemaker, s3)
        elif arguments.action == "rollback":
            _roll_back(arguments, sagemaker, s3)
        else:
            _decide(arguments, sagemaker, s3)
        return 0


def _decide(arguments: argparse.Namespace, sagemaker: Any, s3: Any) -> None:
    """Approve or reject, and print what changed."""
    reference = parse_reference(arguments.model)
    if arguments.action == "reject" and reference.version is None:
        raise RegistryError(f"name the version to reject, for example {reference.group}@1.")
    before = packages.describe(sagemaker, reference)
    reference = ModelReference(before.group, before.version)
    standing = _in_force(sagemaker, before.group)
    decide = approval.approve if arguments.action == "approve" else approval.reject
    decide(sagemaker, reference, by=arguments.by or getpass.getuser(), reason=arguments.reason)
    after = packages.describe(sagemaker, reference, s3=s3)
    if arguments.json:
        print(_json(as_object(after)))
        return
    print(f"{reference}: {_status(before)} → {_status(after)}. {after.approval_description}")
    print(_change(before.group, standing, _in_force(sagemaker, before.group)))


def _roll_back(arguments: argparse.Namespace, sagemaker: Any, s3: Any) -> None:
    """Go back, and print what changed."""
    reference = parse_reference(arguments.model)
    if reference.version is not None:
        raise RegistryError(
            f"name the version to go back to with --to: models rollback {reference.group} --to {reference.version}"
        )
    by = arguments.by or getpass.getuser()
    done = roll_back(sagemaker, reference.group, to=arguments.to, by=by, reason=arguments.reason, s3=s3)
    if arguments.json:
        print(_json({"model": reference.group, **dataclasses.asdict(done)}))
    else:
        print(_rolled_back(reference.group, done))


def _rolled_back(group: str, done: RolledBack) -> str:
    current, previous = done.current_model_version, done.previous_model_version
    if done.rollback_status == ROLLED_BACK:
        archived = f"{group}@{previous}: archived. {done.description}"
        return f"{archived}\n{_change(group, previous, current)}"
    further = "To go further back, name the version with --to."
    return f"{group}@{current} is in force since a rollback; nothing was changed. {done.description}\n{further}"


def _in_force(sagemaker: Any, group: str) -> int | None:
    found = in_force(packages.list_summaries(sagemaker, group))
    return found.version if found is not None else None


def _change(group: str, before: int | None, after: int | None) -> str:
    if after is None:
        return f"No version of {group} is in force" + (f" (was {before})." if before is not None else ".")
    was = "" if before == after else f" (was {before if before is not None else 'none'})"
    return f"In force: {group}@{after}{was}."


def as_object(version: ModelVersion) -> dict[str, Any]:
    """A version as `--json` prints it: `model` and `version` first, times in ISO 8601."""
    values = dataclasses.asdict(version)
    return {"model": values.pop("group"), **values, "archived": version.archived}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _status(version: ModelVersion) -> str:
    """An archived version is called so: that it is Rejected as well is for readers who know no life cycles."""
    return "Archived" if version.archived else version.status


def _standing(versions: Iterable[ModelVersion]) -> set[tuple[str, int]]:
    """The version in force of each model."""
    newest: dict[str, int] = {}
    for version in versions:
        if _status(version) == "Approved":
            newest[version.group] = max(version.version, newest.get(version.group, 0))
    return set(newest.items())


def _table(versions: list[ModelVersion]) -> str:
    if not versions:
        return "The registry is empty. Register a model with: issueops run ISSUE.md"
    standing = _standing(versions)
    rows = [("MODEL", "VERSION", "STATUS", "CREATED", "METRICS")]
    rows += [
        (
            v.group,
            str(v.version),
            _status(v) + (", in force" if (v.group, v.version) in standing else ""),
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
    lines = [f"{version.group}@{version.version}  {_status(version)}"]
    for name, value in as_object(version).items():
        if name in ("model", "version", "status", "archived") or value in (None, "", {}, []):
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
