"""The same three steps in Metaflow and here, in one run on the same machine.

Command: `make bench`. The Metaflow flow runs the same step code as subprocesses, so what differs is orchestration.
Claim: a whole `issueops run`, registry, history and comments included, is faster than the bare three-step flow.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLOW = ROOT / "benchmarks" / "metaflow_flow.py"
ISSUE = ROOT / "examples" / "issues" / "penguins.md"
ROUNDS = 3


def timed(argv: list[str], folder: Path) -> float:
    """Wall seconds of one command; raises when it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "METAFLOW_HOME": str(folder), "USERNAME": "bench"}
    started = time.perf_counter()
    subprocess.run(argv, cwd=folder, env=environment, capture_output=True, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Alternate both, print medians and their ratio."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(ROUNDS + 1):
            home = str(folder / f"home-{number}")
            wall = timed([sys.executable, "-m", "cli.main", "run", str(ISSUE), "--home", home], folder)
            flow = timed([sys.executable, str(FLOW), "--quiet", "--no-pylint", "run"], folder)
            if number:  # the first round warms file caches for both
                ours.append(wall)
                theirs.append(flow)
    print(json.dumps({"issueops_s": statistics.median(ours), "metaflow_s": statistics.median(theirs)}))
    print(f"issueops / metaflow = {statistics.median(ours) / statistics.median(theirs):.2f} (claim: below 1)")


if __name__ == "__main__":
    main()
