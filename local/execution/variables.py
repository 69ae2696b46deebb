"""An execution's variables: what `Get` and `Std:JsonGet` find in the journal and the object store.

Place in the flow: the engine makes one resolver per runner. One cost: a step's properties are read from the journal
for every reference, so that they are never stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.api_errors import ApiError
from local.execution.definition import Plan
from local.execution.expressions import Resolver
from local.execution.job_folder import join_uri, split_uri
from local.execution.journal import Journal
from local.execution.ports import Objects, StepError


def resolver(execution: Mapping[str, Any], plan: Plan, journal: Journal, objects: Objects) -> Resolver:
    """The resolver of one execution."""
    arn = execution["arn"]

    def properties(step: str) -> Mapping[str, Any] | None:
        row = journal.row("SELECT status, properties FROM steps WHERE execution = ? AND name = ?", arn, step)
        return row["properties"] if row and row["status"] == "Succeeded" else None

    def property_file(step: str, name: str) -> str:
        declared = plan.steps[step].property_files.get(name) if step in plan.steps else None
        found = properties(step)
        if declared is None or found is None:
            raise StepError(f"step {step} has no property file {name}", "ClientError")
        outputs = (found.get("ProcessingOutputConfig") or {}).get("Outputs") or []
        uri = next((o["S3Output"]["S3Uri"] for o in outputs if o["OutputName"] == declared["OutputName"]), None)
        if uri is None:
            raise StepError(f"step {step} has no output {declared['OutputName']}", "ClientError")
        return read(join_uri(uri, declared["FilePath"]))

    def read(uri: str) -> str:
        try:
            return objects.read_bytes(*split_uri(uri)).decode("utf-8")
        except (ApiError, UnicodeDecodeError) as error:
            raise StepError(f"{uri} cannot be read: {error}") from error

    variables = {
        "PipelineExecutionArn": arn,
        "PipelineExecutionId": arn.rsplit("/", 1)[-1],
        "PipelineName": execution["pipeline"],
        "PipelineArn": arn.split("/execution/")[0],
        "StartDateTime": datetime.fromtimestamp(execution["created"], UTC).isoformat(),
        "CurrentDateTime": datetime.now(UTC).isoformat(),
    }
    return Resolver(execution["parameters"], variables, properties, property_file, read)
