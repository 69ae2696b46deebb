"""Checks a request against botocore's model of the operation, as the service would.

Place in the flow: `SageMakerApi` calls it before any operation. Names, types and required fields are botocore's own
check; lengths, enumerations and patterns, which a client does not check, are compared here. One cost: the model takes
0.05 s to load, once.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from local.api_errors import ApiError

MAX_NAMED = 10
# Longer texts are no identifiers; a pattern made for identifiers would take its time on them.
MAX_MATCHED = 256


def check_request(operation: str, values: dict[str, Any]) -> None:
    """Accept a request, or name everything that does not fit.

    Raises:
        ApiError: ValidationException.
    """
    from botocore.validate import ParamValidator

    shape = service_model().operation_model(operation).input_shape
    if shape is None:
        return
    try:
        report = ParamValidator().validate(values, shape)
        found = [] if report.has_errors() else list(_violations(values, shape, ""))
    except RecursionError as error:
        raise ApiError("ValidationException", "The request is nested too deeply.") from error
    if report.has_errors():
        raise ApiError("ValidationException", str(report.generate_report()))
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise ApiError("ValidationException", f"{count}: {'; '.join(found[:MAX_NAMED])}")


@functools.cache
def service_model() -> Any:
    """botocore's description of SageMaker."""
    from botocore.session import get_session

    return get_session().get_service_model("sagemaker")


def _violations(value: Any, shape: Any, path: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            for name, item in value.items():
                if item is not None and name in shape.members:
                    yield from _violations(item, shape.members[name], f"{path}.{name}" if path else name)
        case "list":
            yield from _size(len(value), shape, path, "length")
            for index, item in enumerate(value):
                yield from _violations(item, shape.member, f"{path}.{index + 1}.member")
        case "map":
            yield from _size(len(value), shape, path, "length")
            for key, item in value.items():
                yield from _violations(key, shape.key, f"{path}.key")
                yield from _violations(item, shape.value, f"{path}.{key}.member")
        case "string":
            yield from _text(str(value), shape, path)
        case "integer" | "long" | "float" | "double":
            yield from _size(value, shape, path, "value")


def _text(value: str, shape: Any, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _said(value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
    yield from _size(len(value), shape, path, "length")
    pattern = _compiled(shape.metadata.get("pattern", ""))
    if pattern is not None and len(value) <= MAX_MATCHED and not pattern.fullmatch(value):
        yield _said(value, path, f"satisfy regular expression pattern: {pattern.pattern}")


def _size(size: float, shape: Any, path: str, what: str) -> Iterator[str]:
    most = shape.metadata.get("max")  # the least is among botocore's own checks
    if most is not None and size > most:
        yield _said(size, path, f"have {what} less than or equal to {most}")


def _said(value: object, path: str, rule: str) -> str:
    return f"Value '{str(value)[:60]}' at '{path}' failed to satisfy constraint: Member must {rule}"


@functools.lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for no pattern, and for one that only Java understands."""
    try:
        return re.compile(pattern, re.ASCII) if pattern else None
    except re.error:
        return None
