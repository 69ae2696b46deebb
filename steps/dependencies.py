"""Third-party libraries of the steps, and how a container that lacks one gets it.

Runs before a step is imported, before a framework trains and before a model's format is read: nothing is installed
that nobody uses. AWS's images have numpy, but neither polars nor skops. Missing ones are installed from a ``wheels``
folder beside the bundle, else from the package index.
Cost: without a wheels folder a fresh container spends some seconds in pip and needs a route to an index.
"""

from __future__ import annotations

import importlib
import importlib.util
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import ConfigError

COMMANDS = ("prepare-data", "train", "evaluate")
_LIGHT_XGBOOST = sys.platform == "linux" and platform.machine() == "x86_64"


@dataclass(frozen=True, slots=True)
class Dependency:
    """One importable module, the requirement that brings it, and the commands, frameworks and formats that need it."""

    module: str
    requirement: str
    needed_by: tuple[str, ...]


DEPENDENCIES = (
    Dependency("numpy", "numpy>=2.2,<3", COMMANDS),
    Dependency("polars", "polars>=2.1,<3", COMMANDS),
    Dependency("sklearn", "scikit-learn==1.9.*", ("sklearn", "neighbours", "torch", "evaluate")),
    Dependency("skops", "skops>=0.16,<0.17", ("sklearn",)),
    Dependency("xgboost", f"xgboost{'-cpu' if _LIGHT_XGBOOST else ''}==3.2.*", ("xgboost", "boosted_trees")),
    Dependency("torch", "torch==2.13.0", ("torch",)),
    Dependency("safetensors", "safetensors>=0.8,<1", ("torch", "network")),
    Dependency("matplotlib", "matplotlib>=3.11,<4", ("evaluate",)),
    Dependency("zstandard", "zstandard>=0.25,<1", ("zstandard",)),
)


def missing_dependencies(needed_by: str) -> tuple[Dependency, ...]:
    """What a command, framework or format needs and cannot be imported here (nothing is imported to find out)."""
    return tuple(
        item for item in DEPENDENCIES if needed_by in item.needed_by and importlib.util.find_spec(item.module) is None
    )


def ensure_dependencies(needed_by: str, wheels: Path) -> None:
    """Install what is missing; ConfigError naming the requirement and the remedy if that fails."""
    missing = missing_dependencies(needed_by)
    if not missing:
        return
    requirements = [item.requirement for item in missing]
    print(f"Installing {', '.join(requirements)} for {needed_by} …", file=sys.stderr, flush=True)
    finished = subprocess.run(_pip_command(requirements, wheels), capture_output=True, text=True, check=False)
    importlib.invalidate_caches()
    still_missing = missing_dependencies(needed_by)
    if finished.returncode != 0 or still_missing:
        names = ", ".join(requirements)
        last = (finished.stderr.strip().splitlines() or ["no output"])[-1]
        raise ConfigError(
            f"The container lacks {names} and pip could not install it ({last}). "
            f"Use an image that has it, or put wheels into {wheels}."
        )


def serving_requirements(estimator: str) -> str:
    """requirements.txt of a serving container for a model of that format."""
    needed = [item for item in DEPENDENCIES if item.needed_by == COMMANDS or estimator in item.needed_by]
    return "".join(f"{item.requirement}\n" for item in needed)


def _pip_command(requirements: Iterable[str], wheels: Path) -> list[str]:
    source = ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []
    return [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        *source,
        *requirements,
    ]
