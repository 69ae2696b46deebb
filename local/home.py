"""The home directory: where everything the local runtime must not forget lies, and who may use it now.

Place in the flow: the stack acquires it, everything else asks it for paths. One process at a time holds it, by a lock
that the operating system releases when the process dies. One cost: two runs need two homes.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class HomeInUseError(Exception):
    """Another process holds the home."""

    exit_code = 2


class Home:
    """Paths below one directory, made when first used."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.objects = self.path / "s3"
        self.jobs = self.path / "jobs"
        self.database = self.path / "state.db"
        self.endpoint_file = self.path / "endpoint.json"
        self._lock: int | None = None
        for folder in (self.path, self.objects, self.jobs):
            folder.mkdir(parents=True, exist_ok=True)

    def acquire(self) -> None:
        """Hold the home until `release` or the end of the process.

        Raises:
            HomeInUseError: another process holds it.
        """
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise HomeInUseError(
                f"{self.path} is in use by process {holder}; wait for it, or name another with --home."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._lock = descriptor

    def release(self) -> None:
        """Give the home free; harmless when it is not held."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
