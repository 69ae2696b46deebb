"""A container without a library says which one, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .conftest import Workshop


def test_missing_library_is_named_with_a_remedy(workshop: Workshop, tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-S", str(workshop.bundle), "prepare-data"],  # -S: no site-packages
        env={"PATH": os.environ["PATH"], "SAGEMAKER_BASE_DIR": str(tmp_path), "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    reason = (tmp_path / "output" / "failure").read_text(encoding="utf-8")
    assert reason.startswith("The container lacks numpy>=2.2,<3, polars>=2.1,<3 and pip could not install it")
    assert "put wheels into" in reason
