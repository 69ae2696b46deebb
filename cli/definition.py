"""`issueops definition` and `issueops graph`: the pipeline as SageMaker would receive it, and as a picture.

Place in the flow: reads the compiled definition; compiles it only when its sources changed. One cost: a graph with
statuses opens the home.
"""

from __future__ import annotations

import argparse
import json

from contracts import names
from pipelines import compiled_definition, graph
from steps.bundle import bundle_sha256


def load_definition(arguments: argparse.Namespace) -> str:
    """The definition JSON for the local account, with this checkout's code."""
    return compiled_definition.load(
        code_uri=names.code_uri(names.LOCAL_BUCKET, bundle_sha256()), cache_dir=arguments.home / "compiled"
    )


def print_definition(arguments: argparse.Namespace) -> int:
    """Print the definition; with or without --json it is JSON."""
    print(load_definition(arguments))
    return 0


def print_graph(arguments: argparse.Namespace) -> int:
    """Print Mermaid text; steps are coloured when an execution is named."""
    definition = json.loads(load_definition(arguments))
    statuses: dict[str, str] = {}
    if arguments.execution:
        from cli.wiring import open_stack

        with open_stack(arguments.home) as stack:
            arn = arguments.execution
            if not arn.startswith("arn:"):
                arn = names.execution_arn(names.LOCAL_ACCOUNT, names.REGION, arn)
            steps = stack.engine.list_pipeline_execution_steps({"PipelineExecutionArn": arn, "MaxResults": 100})
            statuses = {s["StepName"]: s["StepStatus"] for s in steps["PipelineExecutionSteps"]}
    text = graph.mermaid(definition, statuses)
    print(json.dumps({"mermaid": text}) if arguments.json else text)
    return 0
