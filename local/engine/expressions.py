"""Expressions in a definition: Get, Std:Join and Std:JsonGet, nested at will.

Place in the flow: `definition` asks which steps, parameters and files a value refers to; the engine evaluates arguments
right before a step starts. Pure: a `Scope` answers for everything outside. One cost: an argument that happens to be an
object with the single key "Get" is read as an expression, as on the service.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from local.engine.paths import Path, look_up, parse_path

VARIABLES = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)
EXPRESSIONS = ("Get", "Std:Join", "Std:JsonGet")
MAX_JSON_BYTES = 8 << 20


class ExpressionError(Exception):
    """An expression is malformed, or has no value here."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a Get names. `path` is empty but for steps."""

    kind: str
    name: str
    path: Path = ()

    @property
    def property_file(self) -> str | None:
        """The property file's name where this names one."""
        return str(self.path[1]) if len(self.path) == 2 and self.path[0] == "PropertyFiles" else None


class Scope(Protocol):
    """What expressions see of one execution."""

    def parameter(self, name: str) -> object:
        """A parameter's typed value."""

    def variable(self, name: str) -> object:
        """An execution variable."""

    def step(self, name: str) -> object:
        """The properties of a finished step."""

    def property_file(self, step: str, name: str) -> bytes:
        """The content of a step's property file."""

    def s3_object(self, uri: str) -> bytes:
        """The content of an object."""


def parse_reference(text: object) -> Reference:
    """The reference in a Get.

    Raises:
        ExpressionError: it is none.
    """
    if not isinstance(text, str):
        raise ExpressionError(f"Get must hold a string, got {type(text).__name__}")
    kind, _, rest = text.partition(".")
    if kind == "Parameters" and rest:
        return Reference(kind, rest)
    if kind == "Execution" and rest in VARIABLES:
        return Reference(kind, rest)
    if kind == "Execution":
        raise ExpressionError(f"Get {text!r}: execution variables are {', '.join(VARIABLES)}")
    if kind == "Steps" and rest:
        name, _, path = rest.partition(".")
        name, bracket, index = name.partition("[")
        try:
            return Reference(kind, name, parse_path(bracket + index + ("." + path if path else "")))
        except ValueError as error:
            raise ExpressionError(f"Get {text!r}: {error}") from error
    raise ExpressionError(f"Get {text!r} must begin with Parameters., Execution. or Steps.")


def is_expression(value: object) -> bool:
    """True for an object that holds one expression and nothing else."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in EXPRESSIONS


def references(value: object) -> Iterator[Reference]:
    """Every reference in a value, at any depth.

    Raises:
        ExpressionError: a Get, Std:Join or Std:JsonGet is malformed.
    """
    if is_expression(value):
        assert isinstance(value, Mapping)  # noqa: S101 - for the type checker
        kind, body = next(iter(value.items()))
        if kind == "Get":
            yield parse_reference(body)
            return
        required = ("On", "Values") if kind == "Std:Join" else ("Path",)
        if not isinstance(body, Mapping) or any(member not in body for member in required):
            raise ExpressionError(f"{kind} must be an object with {' and '.join(required)}")
        if kind == "Std:Join" and not (isinstance(body["On"], str) and isinstance(body["Values"], list)):
            raise ExpressionError("Std:Join: On must be a string and Values a list")
        if kind == "Std:JsonGet" and ("PropertyFile" in body) == ("S3Uri" in body):
            raise ExpressionError("Std:JsonGet must name either a PropertyFile or an S3Uri")
        if kind == "Std:JsonGet" and isinstance(body["Path"], str):
            try:
                parse_path(body["Path"])
            except ValueError as error:
                raise ExpressionError(f"Std:JsonGet: {error}") from error
        value = body
    if isinstance(value, Mapping):
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def evaluate(value: object, scope: Scope) -> object:
    """The value with every expression replaced by what it stands for.

    Raises:
        ExpressionError: something it refers to does not exist.
    """
    if is_expression(value):
        assert isinstance(value, Mapping)  # noqa: S101 - for the type checker
        kind, body = next(iter(value.items()))
        if kind == "Get":
            return _get(parse_reference(body), scope)
        if kind == "Std:Join":
            return body["On"].join(as_text(evaluate(item, scope)) for item in body["Values"])
        return _json_get(body, scope)
    if isinstance(value, Mapping):
        return {key: evaluate(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, scope) for item in value]
    return value


def as_text(value: object) -> str:
    """How a value reads inside a string."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return repr(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _get(reference: Reference, scope: Scope) -> object:
    if reference.kind == "Parameters":
        return scope.parameter(reference.name)
    if reference.kind == "Execution":
        return scope.variable(reference.name)
    try:
        return look_up(scope.step(reference.name), reference.path)
    except KeyError as error:
        path = ".".join(map(str, reference.path))
        raise ExpressionError(f"step {reference.name} has no property {path}: {error.args[0]}") from error


def _json_get(body: Mapping[str, object], scope: Scope) -> object:
    if "S3Uri" in body:
        source = as_text(evaluate(body["S3Uri"], scope))
        content = scope.s3_object(source)
    else:
        named = body["PropertyFile"]
        reference = parse_reference(named["Get"] if isinstance(named, Mapping) and "Get" in named else named)
        if reference.property_file is None:
            raise ExpressionError("Std:JsonGet: PropertyFile must be Steps.<step>.PropertyFiles.<name>")
        source = f"property file {reference.property_file} of step {reference.name}"
        content = scope.property_file(reference.name, reference.property_file)
    if len(content) > MAX_JSON_BYTES:
        raise ExpressionError(f"{source} is larger than {MAX_JSON_BYTES} bytes")
    path = as_text(evaluate(body["Path"], scope))
    try:
        return look_up(json.loads(content), parse_path(path))
    except (ValueError, RecursionError) as error:
        raise ExpressionError(f"Std:JsonGet {path} in {source}: {error}") from error
    except KeyError as error:
        raise ExpressionError(f"Std:JsonGet {path} in {source}: {error.args[0]}") from error
