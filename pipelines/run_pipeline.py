"""`run-pipeline`: create or update a module's pipeline, start it, wait, and say how it ended.

Place in the flow: the deploying end of AWS's template convention; it talks to the service through boto3 only. One cost:
it holds a shell for as long as the execution runs; where an operator is asked, it ends with status 3.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from contracts.errors import ConfigError, IssueOpsError
from pipelines.execution_table import execution_table
from pipelines.module_arguments import BuiltPipeline, add_module_arguments, build, keyword_arguments, literal

POLL_SECONDS = 15.0
OUTCOMES: Mapping[str, int] = {"Succeeded": 0, "Failed": 1, "Stopped": 1, "CompletedWithFailures": 1}
WAITS_FOR_OPERATOR = 3


class SageMakerClient(Protocol):
    """What is used of boto3's client."""

    def create_pipeline(self, **request: Any) -> Mapping[str, Any]: ...
    def update_pipeline(self, **request: Any) -> Mapping[str, Any]: ...
    def add_tags(self, **request: Any) -> Mapping[str, Any]: ...
    def start_pipeline_execution(self, **request: Any) -> Mapping[str, Any]: ...
    def describe_pipeline_execution(self, **request: Any) -> Mapping[str, Any]: ...
    def list_pipeline_execution_steps(self, **request: Any) -> Mapping[str, Any]: ...


def main(
    arguments: Sequence[str] | None = None,
    *,
    client: SageMakerClient | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Exit status 0 succeeded, 1 not, 2 invalid input, 3 waits for an operator."""
    parser = argparse.ArgumentParser(
        prog="run-pipeline", description="Create or update the pipeline that a module builds, start it and wait."
    )
    add_module_arguments(parser)
    parser.add_argument("-role-arn", "--role-arn", help="role that the pipeline assumes")
    parser.add_argument("-description", "--description", help="description of the pipeline")
    parser.add_argument("-tags", "--tags", help="tags of the pipeline, a Python list of {'Key': …, 'Value': …}")
    options = parser.parse_args(arguments)
    if options.module_name is None or options.role_arn is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        tags = _tags(options.tags)
        keywords = {"role": options.role_arn, **keyword_arguments(options.kwargs)}
        pipeline = build(options.module_name, keywords)
        sagemaker = client or _client(pipeline.region)
        arn = upsert(
            sagemaker,
            pipeline,
            role_arn=options.role_arn,
            description=options.description,
            tags=_custom_tags(pipeline, tags),
        )
        print(f"Pipeline {arn} is up to date.", file=sys.stderr)
        execution = sagemaker.start_pipeline_execution(PipelineName=pipeline.name)["PipelineExecutionArn"]
        print(execution, flush=True)
        return wait(sagemaker, execution, pause)
    except IssueOpsError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except (BotoCoreError, ClientError) as error:
        print(f"SageMaker did not take it: {error}", file=sys.stderr)
        return 1


def upsert(
    client: SageMakerClient,
    pipeline: BuiltPipeline,
    *,
    role_arn: str,
    description: str | None,
    tags: Sequence[Mapping[str, str]],
) -> str:
    """Create the pipeline, or update it and add the tags where it exists; returns its ARN.

    Creating is tried first, so that of two runs at the same time one creates and the other updates.
    """
    request: dict[str, Any] = {
        "PipelineName": pipeline.name,
        "PipelineDefinition": pipeline.definition,
        "RoleArn": role_arn,
    }
    if description:
        request["PipelineDescription"] = description
    try:
        created = client.create_pipeline(**request, **({"Tags": list(tags)} if tags else {}))
    except ClientError as error:
        if not _is_taken(error):
            raise
    else:
        return str(created["PipelineArn"])
    arn = str(client.update_pipeline(**request)["PipelineArn"])
    if tags:
        client.add_tags(ResourceArn=arn, Tags=list(tags))
    return arn


def _is_taken(error: ClientError) -> bool:
    """The service names a taken name in the message of a general error, as the SDK's own upsert reads it."""
    details = error.response["Error"]
    return details["Code"] == "ConflictException" or "already exists" in details.get("Message", "")


def wait(client: SageMakerClient, execution_arn: str, pause: Callable[[float], None]) -> int:
    """Poll until the execution has ended or only an operator can move it; the table of steps goes to stderr."""
    while True:
        status = str(client.describe_pipeline_execution(PipelineExecutionArn=execution_arn)["PipelineExecutionStatus"])
        if status in OUTCOMES:
            print(execution_table(_steps(client, execution_arn)), file=sys.stderr)
            print(f"Execution {status}.", file=sys.stderr)
            return OUTCOMES[status]
        steps = _steps(client, execution_arn)
        running = [step for step in steps if step.get("StepStatus") in ("Starting", "Executing", "Stopping")]
        if status == "Executing" and running and all("Callback" in step.get("Metadata", {}) for step in running):
            print(execution_table(steps), file=sys.stderr)
            print("Execution waits for an operator; answer on the issue.", file=sys.stderr)
            return WAITS_FOR_OPERATOR
        pause(POLL_SECONDS)


def _steps(client: SageMakerClient, execution_arn: str) -> list[Mapping[str, Any]]:
    request: dict[str, Any] = {"PipelineExecutionArn": execution_arn, "SortOrder": "Ascending", "MaxResults": 100}
    steps: list[Mapping[str, Any]] = []
    while True:
        page = client.list_pipeline_execution_steps(**request)
        steps += page["PipelineExecutionSteps"]
        if not page.get("NextToken"):
            return steps
        request["NextToken"] = page["NextToken"]


def _tags(text: str | None) -> list[dict[str, str]]:
    tags = literal(text, "-tags") or []
    fitting = isinstance(tags, list) and all(
        isinstance(tag, dict) and set(tag) == {"Key", "Value"} and all(isinstance(v, str) for v in tag.values())
        for tag in tags
    )
    if not fitting:
        raise ConfigError("-tags must be a list such as [{'Key': 'team', 'Value': 'ml'}].")
    if len(tags) > 50:
        raise ConfigError(f"-tags has {len(tags)} entries; SageMaker takes at most 50.")
    return [dict(tag) for tag in tags]


def _custom_tags(pipeline: BuiltPipeline, tags: list[dict[str, str]]) -> Sequence[Mapping[str, str]]:
    """Tags as the module wants them, if it has an opinion."""
    custom = getattr(pipeline.module, "get_pipeline_custom_tags", None)
    if not callable(custom):
        return tags
    result: Sequence[Mapping[str, str]] = custom(tags, pipeline.region, pipeline.arguments.get("sagemaker_project_arn"))
    return result


def _client(region: str) -> SageMakerClient:
    import boto3

    client: SageMakerClient = boto3.client("sagemaker", region_name=region)
    return client


if __name__ == "__main__":
    sys.exit(main())
