"""What the engine needs from its surroundings, and what it tells them.

Place in the flow: `local.stack` connects these to the object store, the registry, the Lambda host and the queues;
tests connect fakes. One cost: none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Objects(Protocol):
    """S3, as far as jobs need it."""

    def put_file(self, bucket: str, key: str, path: Path) -> object: ...

    def get_file(self, bucket: str, key: str, path: Path) -> None: ...

    def read_bytes(self, bucket: str, key: str) -> bytes: ...

    def exists(self, bucket: str, key: str) -> bool: ...

    def list(self, bucket: str, prefix: str) -> Iterable[str]: ...


class Registry(Protocol):
    """The model registry, as far as RegisterModel needs it."""

    def create_model_package(self, request: Mapping[str, Any]) -> Mapping[str, Any]: ...


class InvokeLambda(Protocol):
    """Invokes a function; raises when the function fails."""

    def __call__(self, function_arn: str, event: Mapping[str, Any], timeout: float | None) -> Mapping[str, Any]: ...


class SendMessage(Protocol):
    """Puts a message on a queue."""

    def __call__(self, queue_url: str, body: str) -> None: ...


@dataclass(frozen=True, slots=True)
class StepEvent:
    """A step changed its status; `seconds` is the wall time once it has ended."""

    execution_arn: str
    step_name: str
    status: str
    seconds: float | None = None
    cache_hit: bool = False
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ExecutionEvent:
    """An execution changed its status."""

    execution_arn: str
    status: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a job printed."""

    execution_arn: str
    step_name: str
    line: str


class StepError(Exception):
    """A step failed.

    Args:
        reason: one line for the person who reads it.
        exception_type: the service's name for retry policies, such as SageMaker.CAPACITY_ERROR.
    """

    def __init__(self, reason: str, exception_type: str = "AlgorithmError") -> None:
        super().__init__(reason)
        self.reason = reason[:1024]
        self.exception_type = exception_type


class InterruptedStepError(Exception):
    """The engine is closing; the step is left as it is in the journal and runs again on resume."""
