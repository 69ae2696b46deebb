"""One host process of Lambda functions, seen from its parent: messages in, answers sorted by the message they answer.

Place in the flow: `local.functions` keeps one for each lane; the process runs `local.lambda_host`. One cost: a thread
that reads its answers.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

# What the host inherits. Nothing else of the caller's shell (tokens, AWS profiles) reaches a handler.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT", "VIRTUAL_ENV", "SSL_CERT_FILE")
ISOLATION = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "PYTHONUNBUFFERED": "1",
}


class NotStartedError(Exception):
    """The host ended before the handler began."""


class HostProcess:
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
