"""A model reference as people write it: `NAME`, `NAME@VERSION` or a model package ARN.

Place in the flow: command arguments become `ModelReference`; `registry.packages.resolve` looks it up. Pure.
One cost: a reference without a version means the newest one at the moment of the look-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from contracts.errors import RegistryError

_NAME = r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}"
_REFERENCE = re.compile(rf"({_NAME})(?:@v?([0-9]{{1,9}}))?\Z")
_ARN = re.compile(rf"arn:[a-z-]+:sagemaker:[a-z0-9-]+:[0-9]{{12}}:model-package/({_NAME})/([0-9]{{1,9}})\Z")


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A model package group and a version of it, or None for the newest."""

    group: str
    version: int | None = None

    def __str__(self) -> str:
        return self.group if self.version is None else f"{self.group}@{self.version}"


def parse_reference(text: str) -> ModelReference:
    """`penguin-species`, `penguin-species@2` or an ARN.

    Raises:
        RegistryError: the text is none of these.
    """
    match = _ARN.match(text.strip()) or _REFERENCE.match(text.strip())
    if match is None or (match.group(2) is not None and int(match.group(2)) < 1):
        raise RegistryError(f"a model is named NAME or NAME@VERSION with a version of 1 or more, got '{text[:100]}'.")
    return ModelReference(match.group(1), int(match.group(2)) if match.group(2) else None)
