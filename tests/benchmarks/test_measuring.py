"""A benchmark is worth what its measuring is worth."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measuring import measure

ROOT = Path(__file__).resolve().parents[2]
LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the sum over a tree is read from /proc")


def run(tmp_path: Path, script: str):
    return measure([sys.executable, "-c", script], environment=os.environ, folder=tmp_path)


def test_peak_memory_is_seen_even_when_it_was_short(tmp_path):
    script = "block = b'x' * 300_000_000; del block; import time; time.sleep(0.1)"
    # From a small process of its own: Linux counts the memory of whoever starts a program to the program's peak.
    measuring = (
        "import os, sys; from pathlib import Path; from benchmarks.measuring import measure\n"
        f"done = measure([sys.executable, '-c', {script!r}], environment=os.environ, folder=Path({str(tmp_path)!r}))\n"
        "print(done.peak_mb)\n"
    )
    done = subprocess.run([sys.executable, "-c", measuring], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 300 < float(done.stdout) < 400


@LINUX
def test_processes_of_a_tree_that_live_at_once_are_added_up(tmp_path):
    child = "block = b'x' * 100_000_000; import time; time.sleep(1)"
    script = (
        "import subprocess, sys\n"
        f"running = [subprocess.Popen([sys.executable, '-c', {child!r}]) for _ in range(2)]\n"
        "for process in running: process.wait()"
    )
    done = run(tmp_path, script)
    assert done.peak_mb > 200
    assert done.anonymous_mb > 200


@LINUX
def test_pages_of_a_mapped_file_count_as_peak_but_not_as_anonymous(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 200_000_000)
    script = (
        "import mmap, time\n"
        "with open('file', 'rb') as file:\n"
        "    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)\n"
        "    sum(mapped[place] for place in range(0, len(mapped), 4096))\n"
        "    time.sleep(0.2)"
    )
    done = run(tmp_path, script)
    assert done.peak_mb > 200
    assert done.anonymous_mb < 100


def test_status_output_and_errors_are_kept_apart(tmp_path):
    done = run(tmp_path, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (done.status, done.output.strip(), done.errors.strip()) == (3, "out", "err")


def test_seconds_are_those_of_the_wall(tmp_path):
    assert 0.3 <= run(tmp_path, "import time; time.sleep(0.3)").seconds < 10
