"""What the two console scripts share: literals on the command line, and the pipeline that a module builds.

Place in the flow: `get-pipeline-definition` and `run-pipeline` follow AWS's MLOps templates. One cost:
the named module is imported and run, as the convention has it; name only modules you trust.
"""

from __future__ import annotations

import argparse
import ast
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from contracts.errors import ConfigError, DefinitionError
from contracts.findings import format_findings, has_errors
from pipelines import preflight
from pipelines.sdk_environment import import_pipeline_module

MAX_LITERAL = 65_536


@dataclass(frozen=True, slots=True)
class BuiltPipeline:
    """A pipeline that passed preflight."""

    name: str
    definition: str
    region: str
    module: ModuleType
    arguments: Mapping[str, Any]


def add_module_arguments(parser: argparse.ArgumentParser) -> None:
    """-n and -kwargs."""
    parser.add_argument("-n", "--module-name", help="module with get_pipeline, e.g. pipelines.training.pipeline")
    parser.add_argument("-kwargs", "--kwargs", help="keyword arguments of get_pipeline, a Python dict literal")


def literal(text: str | None, option: str) -> Any:
    """A Python literal from the command line; None where nothing was given.

    Raises:
        ConfigError: anything that is not a literal.
    """
    if text is None:
        return None
    if len(text) > MAX_LITERAL:
        raise ConfigError(f"{option} has {len(text)} characters; at most {MAX_LITERAL} are read.")
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ConfigError(f"{option} must be a Python literal, got {text[:80]!r}.") from error


def keyword_arguments(text: str | None) -> dict[str, Any]:
    """The dict behind -kwargs, with the region of the environment where it names none.

    Raises:
        ConfigError: not a dict of names, or no region anywhere.
    """
    values = literal(text, "-kwargs")
    if values is None:
        values = {}
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise ConfigError(f"-kwargs must be a dict with names as keys, got {str(text)[:80]!r}.")
    region = values.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise ConfigError("No region: name it in -kwargs, for example \"{'region': 'eu-west-1'}\", or set AWS_REGION.")
    return {**values, "region": region}


def build(module_name: str, arguments: Mapping[str, Any]) -> BuiltPipeline:
    """Import the module, call its get_pipeline and check the definition.

    Raises:
        DefinitionError: no such module or function, unfitting arguments, or the service would refuse the result.
    """
    region = str(arguments["region"])
    module = import_pipeline_module(module_name, region)
    get_pipeline = getattr(module, "get_pipeline", None)
    if not callable(get_pipeline):
        raise DefinitionError(f"Module '{module_name}' has no function get_pipeline.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pipeline = get_pipeline(**arguments)
            definition = str(pipeline.definition())
    except TypeError as error:
        raise DefinitionError(f"get_pipeline of '{module_name}' does not take these arguments: {error}.") from error
    findings = preflight.check(definition)
    if has_errors(findings):
        raise DefinitionError(f"SageMaker would refuse this definition:\n{format_findings(findings)}")
    return BuiltPipeline(str(pipeline.name), definition, region, module, arguments)
