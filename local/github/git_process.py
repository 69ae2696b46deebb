"""Runs the git command line, isolated from the person's configuration and robust against kills.

Cost: one process a command, two to three milliseconds each.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

_LOCK_SECONDS = 1.0


class GitFailure(Exception):
    """A git command that should have worked did not."""


def run_git(
    arguments: list[str],
    *,
    data: bytes = b"",
    environment: dict[str, str] | None = None,
    inherit: Sequence[int] = (),
) -> bytes:
    """What `git` with these arguments prints.

    Args:
        data: its stdin.
        environment: variables beside the isolated ones.
        inherit: file descriptors it keeps open.

    Raises:
        GitFailure: it exited with another status than 0.
    """
    # Nothing of the person's own git configuration, hooks or identity takes part.
    inherited = {name: os.environ[name] for name in ("PATH", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    isolated = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    done = subprocess.run(
        ["git", *arguments],
        input=data,
        capture_output=True,
        check=False,
        pass_fds=tuple(inherit),
        env=inherited | isolated | (environment or {}),
    )
    if done.returncode != 0:
        raise GitFailure(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def create_bare(path: Path, branch: str) -> None:
    """A bare repository that appears complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=path.parent) as directory:
        fresh = Path(directory) / "fresh.git"
        run_git(["init", "--quiet", "--bare", "--template=", "--initial-branch", branch, str(fresh)])
        try:
            fresh.rename(path)
        except OSError:
            # Another process was faster.
            if not (path / "HEAD").exists():
                raise


def remove_dead_lock(lock: Path) -> None:
    """A git killed inside `update-ref` leaves its lock for ever; a living one holds it for moments."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while lock.exists():
        if time.monotonic() > deadline:
            lock.unlink(missing_ok=True)
        time.sleep(0.02)
