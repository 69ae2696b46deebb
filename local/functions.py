"""Invokes Lambda functions by name or ARN in local host processes, with the service's errors and limits.

Place in the flow: the engine's Lambda step, the queue consumers and the schedules call `LambdaInvoker.invoke`;
`local.lambda_host` does the work. Which functions exist is injected as a table, so `local` knows no handler. Each lane
has a host of its own, begun when first needed, so that who must answer at once does not wait for who takes long. One
cost: one invocation at a time within a lane; a handler that hangs delays the others of its lane until its time limit.
"""

import queue
import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from local.lambda_process import HostProcess, NotStartedError

# Imports count as initialisation, which the service does not charge against the function's time limit.
INITIALISATION_SECONDS = 60.0
MAIN_LANE = "main"


class LambdaError(Exception):
    """A failed invocation, with the fields the Lambda service reports."""

    def __init__(self, error_type: str, message: str, trace: tuple[str, ...] = ()) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
        self.trace = trace


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Attributes:
        handler: "module:attribute".
        environment: its own variables, over those that all functions get.
        timeout_seconds: time limit of an invocation that names none.
        lane: functions of one lane share a process and take turns; another lane's do not wait for them.
    """

    handler: str
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 60.0
    lane: str = MAIN_LANE


class LambdaInvoker:
    """Calls the functions of a table; starts a lane's host when first needed and again after a crash or a timeout.

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
        lanes: dict[str, set[str]] = {}
        for function in self._functions.values():
            lanes.setdefault(function.lane, set()).add(function.handler)
        self._lanes = {name: _Lane(sorted(handlers), log_path) for name, handlers in lanes.items()}

    @property
    def functions(self) -> frozenset[str]:
        """Names of the functions there are."""
        return frozenset(self._functions)

    def host_pid(self, lane: str = MAIN_LANE) -> int | None:
        """Process id of a lane's running host, or None."""
        found = self._lanes.get(lane)
        return found.host_pid if found is not None else None

    def warm(self, lane: str = MAIN_LANE) -> None:
        """Starts a lane's host and has it import every handler of the lane, without waiting for it."""
        found = self._lanes.get(lane)
        if found is not None:
            found.warm(self._base_environment)

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
        answer = self._lanes[function.lane].exchange(message, seconds)
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
        """Ends the hosts, invocations in flight included. A closed invoker cannot be started again."""
        for lane in self._lanes.values():
            lane.close()

    def __enter__(self) -> "LambdaInvoker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Lane:
    """The host of some handlers, and whose turn it is."""

    def __init__(self, handlers: list[str], log_path: Path | None) -> None:
        self._handlers, self._log_path = handlers, log_path
        self._turn = threading.Lock()
        self._host: HostProcess | None = None
        self._closed = False

    @property
    def host_pid(self) -> int | None:
        host = self._host
        return host.pid if host is not None and host.is_alive() else None

    def warm(self, environment: Mapping[str, str]) -> None:
        message: dict[str, object] = {"id": "warm", "warm": self._handlers, "environment": dict(environment)}
        with self._turn, suppress(OSError):
            self._running_host().send(message)

    def close(self) -> None:
        self._closed = True
        host = self._host
        if host is not None:
            host.kill()

    def exchange(self, message: dict[str, object], seconds: float) -> dict[str, object]:
        with self._turn:
            try:
                try:
                    return self._ask(self._running_host(), message, seconds)
                except NotStartedError:
                    # The host died while idle or importing. The handler has not run, so a fresh host may have it.
                    return self._ask(self._running_host(), message, seconds)
            except NotStartedError as ended:
                raise LambdaError("Runtime.ExitError", str(ended)) from None
            except (TypeError, ValueError) as error:
                raise LambdaError("InvalidRequestContentException", f"The event is not JSON: {error}") from error

    def _running_host(self) -> HostProcess:
        if self._closed:
            raise LambdaError("ServiceException", "The local Lambda invoker is closed.")
        if self._host is not None and not self._host.is_alive():
            self._host.kill()
            self._host = None
        if self._host is None:
            self._host = HostProcess(self._handlers, self._log_path)
        if self._closed:  # by another thread, meanwhile, which then saw no host to end
            self._host.kill()
        return self._host

    def _ask(self, host: HostProcess, message: dict[str, object], seconds: float) -> dict[str, object]:
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
                    raise NotStartedError(reason)
                if "started" not in answer:
                    return answer
                limit, started = seconds, True
        except OSError:
            raise NotStartedError(f"Runtime exited with exit status {host.kill()}") from None
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
