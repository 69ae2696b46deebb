"""Peak memory of PrepareData stays within its setting, whatever the size of the data set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import sys
from steps.entry import main
status = main(["prepare-data"])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("peak", int(peak.split()[1]) // 1024)
sys.exit(status)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_a_file_of_many_times_a_batch_is_prepared_within_the_setting(tmp_path: Path) -> None:
    inputs = tmp_path / "processing" / "input"
    (inputs / "dataset").mkdir(parents=True)
    (inputs / "config").mkdir()
    random, rows = np.random.default_rng(0), 100_000
    frame = pl.DataFrame(
        {f"number {i}": random.normal(0, 1, rows).round(6) for i in range(14)}
        | {f"text {i}": pl.Series(random.integers(0, 30, rows)).cast(pl.String) + " level of it" for i in range(6)}
        | {"y": random.integers(0, 2, rows)}
    )
    for part in range(6):
        frame.write_csv(inputs / "dataset" / f"part-{part}.csv")
    size = sum(path.stat().st_size for path in (inputs / "dataset").iterdir()) / 2**20
    config = {"target": "y", "task_type": None, "seed": 1, "preprocessing_config": {"max_memory_mb": 600}}
    (inputs / "config" / "data_config.json").write_text(json.dumps(config))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SAGEMAKER_BASE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert size > 100  # as text in memory that would be some 400 MB, and its copies as much again
    assert int(done.stdout.split()[-1]) < 600
    metadata = json.loads((tmp_path / "processing" / "metadata" / "metadata.json").read_text())
    assert metadata["rows"]["total"] == 600_000
