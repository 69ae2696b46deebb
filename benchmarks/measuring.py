"""One command as a child process, with its wall time and the peak memory of its process tree.

Every benchmark that compares programs starts them through `measure`, so that all are measured alike.
Peak memory is the larger of two figures: the kernel's high-water mark of the largest process of the tree (exact), and
the sum of resident memory over the tree, read from /proc every 10 ms (several processes at once; Linux only).
Cost: a child's high-water mark starts at the starter's own, so a benchmark must stay small: large imports belong into
children.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.01
MB = 1e6


@dataclass(frozen=True, slots=True)
class Measured:
    """How a command ended and what it took; megabytes are 10^6 bytes.

    Attributes:
        cpu_seconds: of all cores together; moves less than the wall's seconds when others use the machine.
        peak_mb: resident memory, pages of mapped files included, as a container's limit may count them.
        anonymous_mb: the part of it that the kernel cannot drop and read again; 0 where /proc is missing.
    """

    status: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    anonymous_mb: float
    output: str
    errors: str


def measure(argv: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> Measured:
    """Run a command in a folder to its end; output and errors are kept apart."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(list(argv), env=dict(environment), cwd=folder, stdout=output, stderr=errors)
        watch = _Watch(process.pid)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)  # the process was waited for here, not by Popen
        watch.end()
        output.seek(0)
        errors.seek(0)
        return Measured(
            status=process.returncode,
            seconds=seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_mb=max(_maxrss_bytes(usage), watch.resident) / MB,
            anonymous_mb=watch.anonymous / MB,
            output=output.read().decode("utf-8", "replace"),
            errors=errors.read().decode("utf-8", "replace"),
        )


class _Watch(threading.Thread):
    """Reads the memory of a process tree until it is told to end."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.resident = 0
        self.anonymous = 0
        self._pid = pid
        self._ended = threading.Event()

    def run(self) -> None:
        """Poll; monotone high-water marks make late readings no worse."""
        while not self._ended.wait(POLL_SECONDS):
            tree = [_memory(pid) for pid in _tree(self._pid)]
            self.resident = max(self.resident, sum(resident for resident, _ in tree))
            self.anonymous = max(self.anonymous, sum(anonymous for _, anonymous in tree))

    def end(self) -> None:
        """Stop polling."""
        self._ended.set()
        self.join()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:  # it ended, or this system has no /proc
        return
    for task in tasks:
        try:
            children = Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))


def _memory(pid: int) -> tuple[int, int]:
    """Resident and anonymous bytes of one process now; zeros where it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0, 0
    found = {"VmRSS": 0, "RssAnon": 0}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name in found:
            found[name] = int(value.split()[0]) * 1024
    return found["VmRSS"], found["RssAnon"]


def _maxrss_bytes(usage: resource.struct_rusage) -> int:
    return int(usage.ru_maxrss) * (1 if sys.platform == "darwin" else 1024)
