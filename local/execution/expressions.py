"""Pipeline variables -> values: Get, Std:Join, Std:JsonGet.

Place in the flow: every step's arguments pass through `Resolver.resolve` right before the step runs. Pure but for
property files, which are read through the port. One cost: a property file is read once per reference.

Source: SageMaker pipeline definition schema; JsonPath as far as the SDK's JsonGet documents it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.execution.ports import StepError

_PART = re.compile(r"\.?([A-Za-z0-9\-_]+)|\[\s*(?:'([^']*)'|\"([^\"]*)\"|(\d+))\s*\]")
# Lists that the definition addresses by name, as Describe responses hold them.
_LIST_KEYS = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves the variables of one execution.

    Args:
        parameters: values by name, already of their types.
        execution: PipelineExecutionId, PipelineExecutionArn, PipelineName, StartDateTime, CurrentDateTime …
        properties: of a finished step, as its Describe call would return; None where it has not run.
        property_file: the text of a step's property file.
    """

    parameters: Mapping[str, Any]
    execution: Mapping[str, Any]
    properties: Callable[[str], Mapping[str, Any] | None]
    property_file: Callable[[str, str], str]
    read_uri: Callable[[str], str]

    def resolve(self, value: Any) -> Any:
        """The value with every variable replaced.

        Raises:
            StepError: a variable has no value.
        """
        if isinstance(value, Mapping):
            if len(value) == 1:
                (name, inner), *_ = value.items()
                if name == "Get" and isinstance(inner, str):
                    return self._get(inner)
                if name == "Std:Join":
                    return self._join(inner)
                if name == "Std:JsonGet":
                    return self._json_get(inner)
            return {key: self.resolve(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self.resolve(member) for member in value]
        return value

    def _get(self, reference: str) -> Any:
        root, _, rest = reference.partition(".")
        if root == "Parameters" and rest in self.parameters:
            return self.parameters[rest]
        if root == "Execution" and rest in self.execution:
            return self.execution[rest]
        if root == "Steps":
            name = re.match(r"[A-Za-z0-9\-_]+", rest)
            found = self.properties(name.group()) if name else None
            if name and found is not None:
                return walk(found, rest[name.end() :], reference)
        raise StepError(f"the variable {reference} has no value here", "ClientError")

    def _join(self, inner: Any) -> str:
        if not isinstance(inner, Mapping) or not isinstance(inner.get("Values"), list):
            raise StepError("Std:Join needs a list Values", "ClientError")
        values = [self.resolve(value) for value in inner["Values"]]
        return str(inner.get("On", "")).join(as_text(value) for value in values)

    def _json_get(self, inner: Mapping[str, Any]) -> Any:
        if not isinstance(inner, Mapping) or "Path" not in inner or not {"PropertyFile", "S3Uri"} & inner.keys():
            raise StepError("Std:JsonGet needs a Path, and a PropertyFile or an S3Uri", "ClientError")
        path = str(self.resolve(inner["Path"]))
        if "PropertyFile" in inner:
            file = inner["PropertyFile"]
            reference = str(file.get("Get") if isinstance(file, Mapping) else file)
            match = re.fullmatch(r"Steps\.([A-Za-z0-9\-_]+)\.PropertyFiles\.(.+)", reference)
            if match is None:
                raise StepError(f"{reference} is no property file", "ClientError")
            text = self.property_file(match.group(1), match.group(2))
        else:
            reference = str(self.resolve(inner["S3Uri"]))
            text = self.read_uri(reference)
        try:
            document = json.loads(text)
        except ValueError as error:
            raise StepError(f"{reference} is not valid JSON: {error}") from error
        return walk(document, path, f"{reference}:{path}")


def walk(value: Any, path: str, reference: str) -> Any:
    """Follow a path such as `.Outputs['train'].S3Output[0]` into a value."""
    position = 0
    path = path.removeprefix("$")
    while position < len(path):
        match = _PART.match(path, position)
        if match is None:
            raise StepError(f"{reference}: the path cannot be read at {path[position : position + 40]!r}")
        position = match.end()
        key = next((group for group in match.groups() if group is not None), "")
        value = _member(value, key, reference)
    return value


def as_text(value: Any) -> str:
    """A value inside a joined text; booleans as the service writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _member(value: Any, key: str, reference: str) -> Any:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    if isinstance(value, list):
        if key.isdigit() and int(key) < len(value):
            return value[int(key)]
        for item in value:
            if isinstance(item, Mapping) and any(item.get(name) == key for name in _LIST_KEYS):
                return item
    have = ", ".join(map(str, value)) if isinstance(value, Mapping) else type(value).__name__
    raise StepError(f"{reference} has no member '{key}'; it has {have[:200]}")
