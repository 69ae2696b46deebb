"""How much time the local runtime adds around the three jobs, on a warm home.

Command: `python -m benchmarks.orchestration`. Claim: below 1.5 s. Wall time of `issueops run` minus the time inside
the job processes, which each job's step reports; the first run warms the home and is not counted.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ISSUE = Path("examples/issues/penguins.md")
JOBS = {"PrepareData", "TrainModel", "EvaluateModel"}
ROUNDS = 5


def one_run(home: Path) -> tuple[float, float]:
    """Wall seconds of the whole command, and seconds inside its jobs."""
    started = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-m", "cli.main", "run", str(ISSUE), "--home", str(home), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    wall = time.perf_counter() - started
    steps = json.loads(process.stdout)["steps"]
    return wall, sum(s["seconds"] for s in steps if s["name"] in JOBS and not s["cache_hit"])


def main() -> None:
    """Print the median of each part."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        one_run(home)
        runs = [one_run(home) for _ in range(ROUNDS)]
    overhead = [wall - jobs for wall, jobs in runs]
    print(f"runs: {ROUNDS} on a warm home, {ISSUE}")
    print(f"wall time            median {statistics.median(w for w, _ in runs):.2f} s")
    print(f"inside the jobs      median {statistics.median(j for _, j in runs):.2f} s")
    worst = max(overhead)
    print(f"orchestration        median {statistics.median(overhead):.2f} s, worst {worst:.2f} s (claim: below 1.5 s)")


if __name__ == "__main__":
    main()
