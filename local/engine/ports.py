"""What the engine asks of its surroundings: objects, a model registry, functions, queues, a listener.

Place in the flow: the stack passes implementations in, tests pass fakes. The engine knows nothing else of the world
outside its home. One cost: requests and responses cross these ports as dictionaries, in the service's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from local.functions import LambdaError

__all__ = ["InvokeLambda", "LambdaError", "ObjectStore", "OnEvent", "Registry", "SendMessage"]


class ObjectStore(Protocol):
    """Buckets of bytes under keys."""

    def put_file(self, bucket: str, key: str, path: Path, /) -> object:
        """Store a file's bytes under a key."""

    def get_file(self, bucket: str, key: str, path: Path, /) -> object:
        """Copy an object into a file; an ApiError where there is none."""

    def list(self, bucket: str, prefix: str, /) -> Iterable[str]:
        """Keys that begin with the prefix; an ApiError where there is no such bucket."""

    def read_bytes(self, bucket: str, key: str, /) -> bytes:
        """The whole object; an ApiError where there is none."""

    def exists(self, bucket: str, key: str, /) -> bool:
        """True where the object exists."""

    def delete(self, bucket: str, key: str, /) -> object:
        """Remove an object."""


class Registry(Protocol):
    """Model packages in groups."""

    def create_model_package_group(self, request: Mapping[str, Any], /) -> Mapping[str, Any]:
        """CreateModelPackageGroup; an ApiError where it exists."""

    def describe_model_package_group(self, request: Mapping[str, Any], /) -> Mapping[str, Any]:
        """DescribeModelPackageGroup; an ApiError where there is none."""

    def create_model_package(self, request: Mapping[str, Any], /) -> Mapping[str, Any]:
        """CreateModelPackage; the same ClientToken gives the same package."""

    def describe_model_package(self, request: Mapping[str, Any], /) -> Mapping[str, Any]:
        """DescribeModelPackage by ARN."""


class InvokeLambda(Protocol):
    """Invokes a function and returns its result; a LambdaError where it fails."""

    def __call__(self, function_arn: str, event: Mapping[str, object], timeout: float | None, /) -> Mapping[str, Any]:
        """One invocation."""


SendMessage = Callable[[str, str], object]
OnEvent = Callable[[object], object]
