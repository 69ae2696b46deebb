"""Collects the wheels of what the steps need, for containers that reach no package index.

    python -m steps.wheels wheels --python-version 3.12

fills a folder; uploaded beside steps.pyz (as ``wheels/`` below CodeUri), it is all that pip looks at.
Used by whoever deploys into a network without internet. Cost: one folder a Python version; with PyTorch 200 MB.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from steps.dependencies import DEPENDENCIES

PLATFORM = "manylinux2014_x86_64"
HEAVY = ("torch",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Download; returns pip's exit status."""
    parser = argparse.ArgumentParser(prog="python -m steps.wheels", description="Collect wheels for the containers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python-version", default="", help="of the image, such as 3.12 (default: this Python's)")
    parser.add_argument("--platform", action="append", default=[], help=f"repeatable (default: {PLATFORM})")
    parser.add_argument("--with-torch", action="store_true", help="also what trains networks")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        download_command(
            options.folder, options.python_version, options.platform or [PLATFORM], with_torch=options.with_torch
        ),
        check=False,
    ).returncode


def download_command(folder: Path, python_version: str, platforms: Sequence[str], *, with_torch: bool) -> list[str]:
    """The pip call that fills the folder."""
    requirements = [item.requirement for item in DEPENDENCIES if with_torch or item.module not in HEAVY]
    target = [option for name in platforms for option in ("--platform", name)]
    version = ["--python-version", python_version] if python_version else []
    return [
        sys.executable, "-m", "pip", "download", "--only-binary=:all:", "--dest", str(folder),
        *target, *version, *requirements,
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
