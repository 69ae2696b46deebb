"""Preflight of steps one by one: names, types, members, and what each type must carry.

Place in the flow: called by `preflight.check`; requests go on to `request_shapes`. One cost: of step types that this
project does not use, only the common members are checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipelines.definition_steps import BRANCHES, PlacedStep, is_variable, placed_steps
from pipelines.preflight_conditions import check_conditions
from pipelines.preflight_findings import Collector, hint, shown
from pipelines.preflight_retries import check_retry_policies
from pipelines.request_shapes import REQUEST_SHAPES, check_request

NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
MAX_DISPLAY_NAME = 256
MAX_DESCRIPTION = 3072
MAX_OUTPUTS = 50
OUTPUT_TYPES = ("String", "Integer", "Boolean", "Float")
FUNCTION_ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9-_]{1,64}(:[A-Za-z0-9-_$]+)?")
QUEUE_URL = re.compile(r"https://[A-Za-z0-9.-]+/\d{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?")
CACHE_PERIOD = re.compile(
    r"[Pp](?=.)(\d+[Yy])?(\d+[Mm])?(\d+[Ww])?(\d+[Dd])?([Tt](?=\d)(\d+[Hh])?(\d+[Mm])?(\d+[Ss])?)?|[Tt]\d+[HhMmSs]"
)
KNOWN_TYPES = (
    "Processing", "Training", "RegisterModel", "Lambda", "Callback", "Condition", "Fail",
    "Model", "Transform", "Tuning", "QualityCheck", "ClarifyCheck", "EMR", "EMRServerless", "AutoML",
    "EndpointConfig", "Endpoint", "InferenceComponent", "Lineage", "Job", "Cleanup", "ForEach",
)  # fmt: skip
_COMMON = ("Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description")
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "Processing": (*_COMMON, "CacheConfig", "RetryPolicies", "PropertyFiles"),
    "Training": (*_COMMON, "CacheConfig", "RetryPolicies"),
    "RegisterModel": (*_COMMON, "RetryPolicies"),
    "Lambda": (*_COMMON, "CacheConfig", "FunctionArn", "OutputParameters"),
    "Callback": (*_COMMON, "CacheConfig", "SqsQueueUrl", "OutputParameters"),
    "Condition": _COMMON,
    "Fail": _COMMON,
}


def check_steps(steps: Any, parameter_types: Mapping[str, str], into: Collector) -> None:
    """Check every step of a definition."""
    if not isinstance(steps, list) or not steps:
        into.add("", "Steps", "must be a list of at least one step")
        return
    for field, content in _unnamed(steps, "Steps"):
        into.add("", field, f"must be a step with a Name, got '{shown(content)}'")
    names: set[str] = set()
    for step in placed_steps({"Steps": steps}):
        if step.name in names:
            into.add(step.name, "Name", "is given to two steps")
        names.add(step.name)
        _check_step(step, parameter_types, into)
        if into.full:
            return


def _unnamed(steps: list[Any], field: str) -> Iterator[tuple[str, Any]]:
    for index, content in enumerate(steps):
        here = f"{field}[{index}]"
        if not isinstance(content, Mapping) or not isinstance(content.get("Name"), str):
            yield here, content
        elif content.get("Type") == "Condition" and isinstance(content.get("Arguments"), Mapping):
            for branch in BRANCHES:
                below = content["Arguments"].get(branch, [])
                if isinstance(below, list):
                    yield from _unnamed(below, f"{here}.Arguments.{branch}")


def _check_step(step: PlacedStep, parameter_types: Mapping[str, str], into: Collector) -> None:
    if not NAME.fullmatch(step.name):
        into.add(step.name, "Name", "must be 1 to 64 letters, digits, - or _")
    if step.kind not in KNOWN_TYPES:
        into.add(step.name, "Type", f"cannot be '{shown(step.kind)}'{hint(step.kind, KNOWN_TYPES)}")
        return
    members = MEMBERS.get(step.kind)
    for key in step.content:
        if members and key not in members:
            into.add(step.name, key, f"does not belong to a {step.kind} step{hint(key, members)}")
    for key, most in (("DisplayName", MAX_DISPLAY_NAME), ("Description", MAX_DESCRIPTION)):
        text = step.content.get(key, "")
        if not isinstance(text, str) or len(text) > most:
            into.add(step.name, key, f"must be text of at most {most} characters")
    if not isinstance(step.arguments, Mapping):
        into.add(step.name, "Arguments", f"must be an object, got '{shown(step.arguments)}'")
        return
    if step.kind in REQUEST_SHAPES:
        check_request(step.kind, step.arguments, step=step.name, parameter_types=parameter_types, into=into)
    check_retry_policies(step.name, step.content.get("RetryPolicies", []), into)
    _check_cache(step, into)
    specific = _BY_KIND.get(step.kind)
    if specific:
        specific(step, into)


def _check_cache(step: PlacedStep, into: Collector) -> None:
    cache = step.content.get("CacheConfig")
    if cache is None:
        return
    if not isinstance(cache, Mapping) or not isinstance(cache.get("Enabled"), bool):
        into.add(step.name, "CacheConfig.Enabled", "must be true or false")
        return
    period = cache.get("ExpireAfter")
    if period is not None and not (isinstance(period, str) and len(period) <= 64 and CACHE_PERIOD.fullmatch(period)):
        into.add(
            step.name, "CacheConfig.ExpireAfter", f"must be an ISO 8601 duration such as P30D, got '{shown(period)}'"
        )


def _check_processing(step: PlacedStep, into: Collector) -> None:
    files = step.content.get("PropertyFiles", [])
    if not isinstance(files, list):
        into.add(step.name, "PropertyFiles", "must be a list")
        return
    outputs = _output_names(step.arguments)
    seen: set[str] = set()
    for index, file in enumerate(files):
        field = f"PropertyFiles[{index}]"
        wanted = ("PropertyFileName", "OutputName", "FilePath")
        if not isinstance(file, Mapping) or not all(isinstance(file.get(key), str) and file[key] for key in wanted):
            into.add(step.name, field, f"must name {', '.join(wanted)}")
            continue
        if file["PropertyFileName"] in seen:
            into.add(step.name, f"{field}.PropertyFileName", f"'{shown(file['PropertyFileName'])}' is given twice")
        seen.add(file["PropertyFileName"])
        if file["OutputName"] not in outputs:
            problem = f"'{shown(file['OutputName'])}' is no output of this step{hint(file['OutputName'], outputs)}"
            into.add(step.name, f"{field}.OutputName", problem)


def _output_names(arguments: Mapping[str, Any]) -> list[str]:
    config = arguments.get("ProcessingOutputConfig")
    outputs = config.get("Outputs") if isinstance(config, Mapping) else None
    listed = outputs if isinstance(outputs, list) else []
    return [o["OutputName"] for o in listed if isinstance(o, Mapping) and isinstance(o.get("OutputName"), str)]


def _check_training(step: PlacedStep, into: Collector) -> None:
    if step.arguments.get("EnableManagedSpotTraining") is not True:
        return
    stopping = step.arguments.get("StoppingCondition")
    limits = stopping if isinstance(stopping, Mapping) else {}
    run, wait = limits.get("MaxRuntimeInSeconds"), limits.get("MaxWaitTimeInSeconds")
    field = "Arguments.StoppingCondition.MaxWaitTimeInSeconds"
    if wait is None:
        into.add(step.name, field, "is required for managed spot training")
    elif isinstance(wait, int) and isinstance(run, int) and wait < run:
        into.add(step.name, field, f"is {wait}; it must not be less than MaxRuntimeInSeconds, {run}")


def _check_lambda(step: PlacedStep, into: Collector) -> None:
    _check_address(step, "FunctionArn", FUNCTION_ARN, "the ARN of a Lambda function", into)
    _check_outputs(step, into)


def _check_callback(step: PlacedStep, into: Collector) -> None:
    _check_address(step, "SqsQueueUrl", QUEUE_URL, "the URL of an SQS queue", into)
    _check_outputs(step, into)


def _check_address(step: PlacedStep, key: str, pattern: re.Pattern[str], wanted: str, into: Collector) -> None:
    value = step.content.get(key)
    if is_variable(value):
        return
    if not isinstance(value, str) or len(value) > 1024 or not pattern.fullmatch(value):
        into.add(step.name, key, f"must be {wanted}, got '{shown(value)}'")


def _check_outputs(step: PlacedStep, into: Collector) -> None:
    outputs = step.content.get("OutputParameters", [])
    if not isinstance(outputs, list):
        into.add(step.name, "OutputParameters", "must be a list")
        return
    if len(outputs) > MAX_OUTPUTS:
        into.add(step.name, "OutputParameters", f"has {len(outputs)} entries; SageMaker takes at most {MAX_OUTPUTS}")
    seen: set[str] = set()
    for index, output in enumerate(outputs):
        field = f"OutputParameters[{index}]"
        name = output.get("OutputName") if isinstance(output, Mapping) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            into.add(step.name, f"{field}.OutputName", f"must be 1 to 64 letters, digits, - or _, got '{shown(name)}'")
            continue
        if name in seen:
            into.add(step.name, f"{field}.OutputName", f"'{name}' is given twice")
        seen.add(name)
        if output.get("OutputType") not in OUTPUT_TYPES:
            into.add(step.name, f"{field}.OutputType", f"must be one of {', '.join(OUTPUT_TYPES)}")


def _check_condition(step: PlacedStep, into: Collector) -> None:
    check_conditions(step.name, step.arguments.get("Conditions"), into)
    for branch in BRANCHES:
        if not isinstance(step.arguments.get(branch, []), list):
            into.add(step.name, f"Arguments.{branch}", "must be a list")


def _check_fail(step: PlacedStep, into: Collector) -> None:
    message = step.arguments.get("ErrorMessage")
    if not is_variable(message) and not (isinstance(message, str) and len(message) <= MAX_DESCRIPTION):
        into.add(step.name, "Arguments.ErrorMessage", f"must be text of at most {MAX_DESCRIPTION} characters")


_BY_KIND: Mapping[str, Callable[[PlacedStep, Collector], None]] = {
    "Processing": _check_processing,
    "Training": _check_training,
    "Lambda": _check_lambda,
    "Callback": _check_callback,
    "Condition": _check_condition,
    "Fail": _check_fail,
}
