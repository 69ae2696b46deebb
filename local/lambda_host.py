"""Runs Lambda handlers for the local runtime in one long-lived process.

Place in the flow: `local.functions.LambdaInvoker` starts it, writes one JSON object a line to its stdin and
reads one a line from its stdout. `python -m local.lambda_host ALLOWED`: a JSON list of "module:attribute"; it
imports no other handler.

    {"id", "handler", "event", "environment", "function_name", "function_arn", "timeout_seconds"}
        -> {"id", "started": true}, then {"id", "result"}
           or {"id", "error": {"errorType", "errorMessage", "stackTrace"}}
    {"id", "warm": [handlers], "environment"} -> {"id", "result": {"warmed": [handlers that imported]}}

When stdin ends it exits at once, an invocation in flight included: its parent is gone, and a resumed run
will repeat the work, so finishing late could only collide with it. Cost: one invocation at a time, because
the environment belongs to the process; all functions share its modules, as in one warm container.
"""

import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

Handler = Callable[[object, object], object]


class HandlerUnavailable(Exception):
    """A handler that cannot be called: not allowed, not importable, or not there."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The parts of Lambda's context object a handler may rely on; `deadline` is on the monotonic clock."""

    function_name: str
    invoked_function_arn: str
    deadline: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    log_group_name: str = "local"
    log_stream_name: str = "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is killed, never negative."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def load_handler(name: str, allowed: Collection[str]) -> Handler:
    """The callable named "module:attribute".

    Raises:
        HandlerUnavailable: not in `allowed`, its module does not import, or the attribute is not callable.
    """
    if name not in allowed:
        raise HandlerUnavailable("Runtime.HandlerNotAllowed", f"Handler '{name}' is not one this host was started for")
    module_name, _, attribute = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        traceback.print_exc()
        raise HandlerUnavailable(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    handler = getattr(module, attribute, None)
    if not callable(handler):
        raise HandlerUnavailable("Runtime.HandlerNotFound", f"Handler '{attribute}' missing on module '{module_name}'")
    loaded: Handler = handler
    return loaded


@contextmanager
def exact_environment(environment: Mapping[str, str]) -> Iterator[None]:
    """Adds `environment` to the process's own for the duration; afterwards every change inside is undone."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


def failure(error_type: str, message: str, trace: list[str] | None = None) -> dict[str, object]:
    """The error object that the Lambda service returns for a failed invocation."""
    return {"errorType": error_type, "errorMessage": message, "stackTrace": trace or []}


class Host:
    """Serves the messages of one parent; `write` receives each answer."""

    def __init__(self, allowed: Collection[str], write: Callable[[dict[str, object]], None]) -> None:
        self._allowed = frozenset(allowed)
        self._write = write

    def serve(self, line: str) -> None:
        """Answers one message."""
        message = json.loads(line)
        environment = {str(name): str(value) for name, value in message.get("environment", {}).items()}
        if "warm" in message:
            with exact_environment(environment):
                self._write({"id": message["id"], "result": {"warmed": self._warm(message["warm"])}})
            return
        environment["AWS_LAMBDA_FUNCTION_NAME"] = message["function_name"]
        with exact_environment(environment):
            answer = self._invoke(message)
        try:
            self._write({"id": message["id"], **answer})
        except (TypeError, ValueError, RecursionError) as error:
            reason = failure("Runtime.MarshalError", f"Unable to marshal response: {error}")
            self._write({"id": message["id"], "error": reason})

    def _warm(self, handlers: list[str]) -> list[str]:
        warmed = []
        for name in handlers:
            try:
                load_handler(name, self._allowed)
            except HandlerUnavailable as error:
                print(f"not warmed: {error}", file=sys.stderr)
            else:
                warmed.append(name)
        return warmed

    def _invoke(self, message: dict[str, object]) -> dict[str, object]:
        timeout = message["timeout_seconds"]
        assert isinstance(timeout, int | float)  # noqa: S101 - the parent writes this field itself
        try:
            handler = load_handler(str(message["handler"]), self._allowed)
        except HandlerUnavailable as error:
            return {"error": failure(error.error_type, str(error))}
        self._write({"id": message["id"], "started": True})
        context = LambdaContext(
            function_name=str(message["function_name"]),
            invoked_function_arn=str(message["function_arn"]),
            deadline=time.monotonic() + timeout,
        )
        try:
            return {"result": handler(message["event"], context)}
        except SystemExit as error:
            return {"error": failure("Runtime.ExitError", f"Runtime exited with exit status {error.code}")}
        except Exception as error:  # noqa: BLE001 - the edge of user code: what it raises is the answer
            traceback.print_exc()
            frames = traceback.extract_tb(error.__traceback__)[1:]
            return {"error": failure(type(error).__name__, str(error), traceback.format_list(frames))}


def _take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keeps stdin and stdout for the protocol: handlers and their children get /dev/null and stderr."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers


def main(arguments: list[str]) -> int:
    """Serves until stdin ends; `arguments` is the JSON allow list."""
    if len(arguments) != 1:
        print("usage: python -m local.lambda_host '[\"module:attribute\", ...]'", file=sys.stderr)
        return 2
    requests, answers = _take_over_streams()
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in requests:
            lines.put(line.decode())
        sys.stderr.flush()
        os._exit(0)

    def write(answer: dict[str, object]) -> None:
        data = memoryview(json.dumps(answer, allow_nan=False).encode() + b"\n")
        while data:
            data = data[answers.write(data) :]

    host = Host(json.loads(arguments[0]), write)
    threading.Thread(target=read, daemon=True).start()
    while True:
        host.serve(lines.get())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
