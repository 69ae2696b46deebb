"""One job's process: started from an argument list, in its folder, with an environment of its own.

Place in the flow: `jobs` calls `run`. The process holds a lock on its folder through an inherited descriptor, so that a
later engine can tell an orphan from a finished job and end it. A job that is stopped gets SIGTERM first, so that it can
save its work. One cost: POSIX only.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from local.execution.job_folder import JobFolder
from local.execution.ports import InterruptedStepError, StepError

MAX_LINE = 8192
ORPHAN_SECONDS = 10.0
LEFTOVER_SECONDS = 0.25
GRACE_SECONDS = 10.0
# The child itself writes its id before it becomes the job, so that an orphan can be found whenever the engine died.
_START = 'echo $$ > "$0" && exec "$@"'


@dataclass(slots=True)
class _Job:
    """A process that runs: when it has to end by itself, and when it is ended."""

    process: subprocess.Popen[bytes]
    owner: str
    deadline: float | None = None
    kill_at: float | None = None
    late: bool = False


@dataclass(slots=True)
class Processes:
    """The processes of one engine; `stop` ends them all, `stop_of` those of one execution.

    Args:
        grace_seconds: between SIGTERM and SIGKILL.
    """

    grace_seconds: float = GRACE_SECONDS
    _running: dict[int, _Job] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closing: bool = False
    _stopped: set[str] = field(default_factory=set)

    def stop(self) -> None:
        """End every process and wait for it; what ran is interrupted, not failed."""
        with self._changed:
            self._closing = True
            for job in self._running.values():
                self._terminate(job)
            self._changed.wait_for(lambda: not self._running, self.grace_seconds + ORPHAN_SECONDS)

    def stop_of(self, execution_arn: str) -> None:
        """Tell the processes of one execution to end, because somebody stopped it."""
        with self._changed:
            self._stopped.add(execution_arn)
            for job in self._running.values():
                if job.owner == execution_arn:
                    self._terminate(job)

    def forget(self, execution_arn: str) -> None:
        """A stopped execution is retried; its processes may run again."""
        with self._changed:
            self._stopped.discard(execution_arn)

    def run(
        self,
        argv: Sequence[str],
        folder: JobFolder,
        environment: Mapping[str, str],
        *,
        owner: str,
        max_seconds: float | None,
        on_line: Callable[[str], None],
    ) -> int:
        """Run to the end and return the exit code; lines go to the log and to `on_line`.

        Raises:
            InterruptedStepError: the engine is closing.
            StepError: the process could not be started, or exceeded its time.
        """
        job = self._start(argv, folder, environment, owner, max_seconds)
        try:
            self._follow(job, folder, on_line)
        finally:
            with self._changed:
                self._running.pop(job.process.pid, None)
                closing, stopped = self._closing, owner in self._stopped
            # Nobody else signals it from here on; before the leader is reaped, the group's id is still its own.
            kill_group(job.process.pid)
            job.process.wait()
            with self._changed:
                self._changed.notify_all()
        if closing:
            raise InterruptedStepError
        if stopped:
            raise StepError("stopped", "Stopped")
        if job.late:
            raise StepError(f"the job exceeded its time of {max_seconds:g} s and was ended", "MaxRuntimeExceeded")
        return job.process.returncode

    def _follow(self, job: _Job, folder: JobFolder, on_line: Callable[[str], None]) -> None:
        """Pass on what the process prints until it has ended, and end it when its time is over.

        Children that it left behind may hold its pipe open: they do not prolong the job, as in a container.
        """
        process, rest = job.process, b""
        assert process.stdout is not None  # noqa: S101 - Popen was asked for a pipe
        with folder.log.open("wb", buffering=0) as log, process.stdout as pipe:
            while True:
                readable = bool(select.select([pipe], [], [], self._patience(job))[0])
                chunk = os.read(pipe.fileno(), 65536) if readable else b""
                log.write(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > MAX_LINE:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    on_line(line.decode("utf-8", "replace").rstrip("\r"))
                if readable and not chunk:
                    break
                if not readable and _has_ended(process):
                    break
                self._end_in_time(job)
            if rest:
                on_line(rest.decode("utf-8", "replace").rstrip("\r"))
        while not _has_ended(process):  # it closed its output, and works on
            self._end_in_time(job)
            time.sleep(0.002)

    @staticmethod
    def _patience(job: _Job) -> float:
        """Seconds until the process has to be looked at again."""
        moments = [moment for moment in (job.kill_at, None if job.late else job.deadline) if moment is not None]
        return min([LEFTOVER_SECONDS, *(max(0.0, moment - time.monotonic()) for moment in moments)])

    def _end_in_time(self, job: _Job) -> None:
        now = time.monotonic()
        with self._changed:
            if job.deadline is not None and not job.late and now >= job.deadline and not _has_ended(job.process):
                job.late = True
                self._terminate(job)
            if job.kill_at is not None and now >= job.kill_at:
                kill_group(job.process.pid)

    def _terminate(self, job: _Job) -> None:
        """SIGTERM to the process alone, since it knows its children; called under the lock, while it is not reaped."""
        if job.kill_at is None:
            job.kill_at = time.monotonic() + self.grace_seconds
            with suppress(ProcessLookupError):
                os.kill(job.process.pid, signal.SIGTERM)

    def _start(
        self,
        argv: Sequence[str],
        folder: JobFolder,
        environment: Mapping[str, str],
        owner: str,
        max_seconds: float | None,
    ) -> _Job:
        if shutil.which(argv[0], path=environment.get("PATH", os.defpath)) is None:
            raise StepError(f"the job could not be started: there is no program {argv[0][:200]!r}", "ClientError")
        lock = os.open(folder.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with self._changed:
                if self._closing:
                    raise InterruptedStepError
                if owner in self._stopped:
                    raise StepError("stopped", "Stopped")
                process = subprocess.Popen(
                    ["/bin/sh", "-c", _START, str(folder.pid), *argv],
                    cwd=folder.base / "code",
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(lock,),
                )
                job = _Job(process, owner, deadline=time.monotonic() + max_seconds if max_seconds else None)
                self._running[process.pid] = job
            return job
        except OSError as error:
            kind = "SageMaker.CAPACITY_ERROR" if error.errno in (11, 12) else "ClientError"
            raise StepError(f"the job could not be started: {error}", kind) from error
        finally:
            os.close(lock)


def end_orphan(folder: JobFolder) -> None:
    """End a process that an engine killed earlier left running in this folder.

    Raises:
        StepError: it does not end.
    """
    if not folder.lock.exists():
        return
    descriptor = os.open(folder.lock, os.O_RDWR)
    try:
        deadline = time.monotonic() + ORPHAN_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if folder.pid.exists():
                    text = folder.pid.read_text(encoding="ascii").strip()
                    if text.isdigit():
                        kill_group(int(text))
                if time.monotonic() > deadline:
                    raise StepError(f"an earlier process still runs in {folder.path}; end it", "ClientError") from None
                time.sleep(0.01)
    finally:
        os.close(descriptor)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended; where it is not reaped by the question, its id stays its own."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill_group(pid: int) -> None:
    """End a process and its children at once."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
