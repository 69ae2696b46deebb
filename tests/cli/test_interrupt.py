"""A command that is told to end leaves nothing behind that runs, and can be resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import ROOT

SLOW = """# Slow

```yaml
algorithm: random_forest
dataset_id: penguins
target: species
hyperparameters: {n_estimators: 100}
evaluation_metric: accuracy
evaluation_threshold: 0.9
model_name: penguin-species
```
"""


def processes_in(folder: Path) -> list[int]:
    """Processes that work in a folder or below."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").resolve().is_relative_to(folder.resolve()):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_sigterm_ends_the_jobs_of_a_run_and_resume_finishes_it(tmp_path: Path) -> None:
    home, issue = tmp_path / "home", tmp_path / "issue.md"
    issue.write_text(SLOW)
    command = [sys.executable, "-m", "cli.main"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(
        [*command, "run", str(issue), "--home", str(home)], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert run.stderr is not None
    for line in run.stderr:
        if "✓ PrepareData" in line:
            break
    run.send_signal(signal.SIGTERM)
    said = run.stderr.read()
    run.stderr.close()
    assert run.wait(60) == 1
    assert "Continue with: issueops resume" in said
    assert processes_in(home) == []

    resumed = subprocess.run(
        [*command, "resume", "--home", str(home), "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["decision"] == "registered"
