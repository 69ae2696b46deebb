"""Invokes Lambda functions by name or ARN in the local host process, with the service's errors and limits.

Place in the flow: the engine's Lambda step and the queue consumers call `LambdaInvoker.invoke`;
`local.lambda_host` does the work. Which functions exist is injected as a table, so `local` knows no handler.
Cost: one invocation at a time; a handler that hangs delays the others until its time limit.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

# Imports count as initialisation, which the service does not charge against the function's time limit.
INITIALISATION_SECONDS = 60.0
# What the host inherits. Nothing else of the caller's shell (tokens, AWS profiles) reaches a handler.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT", "VIRTUAL_ENV", "SSL_CERT_FILE")
ISOLATION = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "PYTHONUNBUFFERED": "1",
}


class LambdaError(Exception):
    """A failed invocation, with the fields the Lambda service reports."""

    def __init__(self, error_type: str, message: str, trace: tuple[str, ...] = ()) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
        self.trace = trace


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its handler as "module:attribute", its own environment, its time limit in seconds."""

    handler: str
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 60.0


class _NotStarted(Exception):
    """The host ended before the handler began."""


class _Host:
    """One host process and the thread that sorts its answers."""

    def __init__(self, allowed: list[str], log_path: Path | None) -> None:
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | ISOLATION
        environment["PYTHONPATH"] = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        log = None if log_path is None else log_path.open("ab")
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "local.lambda_host", json.dumps(allowed)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        finally:
            if log is not None:
                log.close()
        self._answers: dict[str, queue.SimpleQueue[dict[str, object] | None]] = {}
        self._ended = False
        self._killed = False
        self._killing = threading.Lock()
        self._sorting = threading.Lock()
        self._reader = threading.Thread(target=self._read, name="lambda-host-reader", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return not self._ended and self._process.poll() is None

    def send(self, message: dict[str, object]) -> "queue.SimpleQueue[dict[str, object] | None]":
        """Writes one message; its answers arrive in the returned queue, then None if the host ends.

        Raises:
            OSError: the host is gone.
            TypeError, ValueError: the message is not JSON.
        """
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        answers: queue.SimpleQueue[dict[str, object] | None] = queue.SimpleQueue()
        with self._sorting:
            if self._ended:
                raise BrokenPipeError
            self._answers[str(message["id"])] = answers
        assert self._process.stdin is not None  # noqa: S101 - opened above
        self._process.stdin.write(line)
        self._process.stdin.flush()
        return answers

    def forget(self, message_id: str) -> None:
        with self._sorting:
            self._answers.pop(message_id, None)

    def kill(self) -> int:
        """Ends the host and everything it started; returns the exit status."""
        with self._killing:
            # Once only: the group's number is free for others after that.
            if not self._killed:
                self._killed = True
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return status

    def exit_status(self) -> int:
        """How the host ended; call only once its stdout has closed."""
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return self.kill()
        self.kill()
        return status

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - opened above
        for line in self._process.stdout:
            answer = json.loads(line)
            with self._sorting:
                waiting = self._answers.get(answer["id"])
            if waiting is not None:
                waiting.put(answer)
        with self._sorting:
            self._ended = True
            for waiting in self._answers.values():
                waiting.put(None)


class LambdaInvoker:
    """Calls the functions of a table; starts its host when first needed and again after a crash or a timeout.

    Args:
        functions: function name to Function.
        base_environment: given to every function; a function's own environment wins.
        log_path: file that receives the handlers' output; None passes it to this process's stderr.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        base_environment: Mapping[str, str],
        *,
        log_path: Path | None = None,
    ) -> None:
        self._functions = dict(functions)
        self._base_environment = dict(base_environment)
        self._log_path = log_path
        self._turn = threading.Lock()
        self._host: _Host | None = None
        self._closed = False

    @property
    def host_pid(self) -> int | None:
        """Process id of the running host, or None."""
        host = self._host
        return host.pid if host is not None and host.is_alive() else None

    def start(self) -> None:
        """Starts the host without waiting for it."""
        with self._turn:
            self._running_host()

    def warm(self) -> None:
        """Starts the host and has it import every handler, without waiting for it."""
        handlers = sorted({function.handler for function in self._functions.values()})
        message: dict[str, object] = {"id": "warm", "warm": handlers, "environment": self._base_environment}
        with self._turn, suppress(OSError):
            self._running_host().send(message)

    def invoke(
        self, function_arn_or_name: str, event: Mapping[str, object], timeout: float | None = None
    ) -> dict[str, object]:
        """Runs the function and returns its result, an object.

        Raises:
            LambdaError: unknown function, error raised by the handler, time limit, crash, or a result that is
                not a JSON object; `error_type` is the service's name for it.
        """
        name = function_name(function_arn_or_name)
        function = self._functions.get(name)
        if function is None:
            raise LambdaError("ResourceNotFoundException", f"Function not found: {function_arn_or_name}")
        seconds = function.timeout_seconds if timeout is None else timeout
        message: dict[str, object] = {
            "id": str(uuid.uuid4()),
            "handler": function.handler,
            "event": dict(event),
            "environment": self._base_environment | dict(function.environment),
            "function_name": name,
            "function_arn": function_arn_or_name,
            "timeout_seconds": seconds,
        }
        with self._turn:
            answer = self._exchange(message, seconds)
        if "error" in answer:
            error = answer["error"]
            assert isinstance(error, dict)  # noqa: S101 - written by our host
            raise LambdaError(error["errorType"], error["errorMessage"], tuple(error["stackTrace"]))
        result = answer["result"]
        if not isinstance(result, dict):
            kind = type(result).__name__
            raise LambdaError("Runtime.MarshalError", f"{name} must return an object, got {kind}")
        return result

    def close(self) -> None:
        """Ends the host, an invocation in flight included. A closed invoker cannot be started again."""
        self._closed = True
        host = self._host
        if host is not None:
            host.kill()

    def __enter__(self) -> "LambdaInvoker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _running_host(self) -> _Host:
        if self._closed:
            raise LambdaError("ServiceException", "The local Lambda invoker is closed.")
        if self._host is not None and not self._host.is_alive():
            self._host.kill()
            self._host = None
        if self._host is None:
            allowed = sorted({function.handler for function in self._functions.values()})
            self._host = _Host(allowed, self._log_path)
        if self._closed:  # by another thread, meanwhile, which then saw no host to end
            self._host.kill()
        return self._host

    def _exchange(self, message: dict[str, object], seconds: float) -> dict[str, object]:
        try:
            try:
                return self._ask(self._running_host(), message, seconds)
            except _NotStarted:
                # The host died while idle or importing. The handler has not run, so a fresh host may have it.
                return self._ask(self._running_host(), message, seconds)
        except _NotStarted as ended:
            raise LambdaError("Runtime.ExitError", str(ended)) from None
        except (TypeError, ValueError) as error:
            raise LambdaError("InvalidRequestContentException", f"The event is not JSON: {error}") from error

    def _ask(self, host: _Host, message: dict[str, object], seconds: float) -> dict[str, object]:
        message_id = str(message["id"])
        limit, started = INITIALISATION_SECONDS, False
        try:
            answers = host.send(message)
            while True:
                answer = answers.get(timeout=limit)
                if answer is None:
                    reason = f"Runtime exited with exit status {host.exit_status()}"
                    if started:
                        raise LambdaError("Runtime.ExitError", reason)
                    raise _NotStarted(reason)
                if "started" not in answer:
                    return answer
                limit, started = seconds, True
        except OSError:
            raise _NotStarted(f"Runtime exited with exit status {host.kill()}") from None
        except queue.Empty:
            host.kill()
            raise LambdaError("Sandbox.Timedout", f"Task timed out after {limit:.2f} seconds") from None
        finally:
            host.forget(message_id)


def function_name(arn_or_name: str) -> str:
    """The name in an ARN, "arn:aws:lambda:<region>:<account>:function:<name>"; a plain name stays itself."""
    if not arn_or_name.startswith("arn:"):
        return arn_or_name
    parts = arn_or_name.split(":")
    return parts[6] if len(parts) >= 7 and parts[5] == "function" else arn_or_name
