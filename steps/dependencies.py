"""Third-party libraries of the steps, and how a container that lacks one gets it.

Runs before a step is imported. AWS's scikit-learn image has numpy but neither polars nor skops.
Missing ones are installed from a ``wheels`` folder beside the bundle, else from the package index.
Cost: without a wheels folder a fresh container spends some seconds in pip and needs a route to an index.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Dependency:
    """One importable module and the requirement that brings it."""

    module: str
    requirement: str
    commands: tuple[str, ...]


DEPENDENCIES = (
    Dependency("numpy", "numpy>=2.2,<3", ("prepare-data", "train", "evaluate")),
    Dependency("polars", "polars>=2.1,<3", ("prepare-data", "train", "evaluate")),
    Dependency("sklearn", "scikit-learn==1.9.*", ("train", "evaluate")),
    Dependency("skops", "skops>=0.16,<0.17", ("train", "evaluate")),
)


def missing_dependencies(command: str) -> tuple[Dependency, ...]:
    """Dependencies of a command that cannot be imported here (asked of the finders, nothing is imported)."""
    return tuple(
        item for item in DEPENDENCIES if command in item.commands and importlib.util.find_spec(item.module) is None
    )


def ensure_dependencies(command: str, wheels: Path) -> None:
    """Install what the command lacks; ConfigError naming the requirement and the remedy if that fails."""
    missing = missing_dependencies(command)
    if not missing:
        return
    requirements = [item.requirement for item in missing]
    finished = subprocess.run(_pip_command(requirements, wheels), capture_output=True, text=True, check=False)
    importlib.invalidate_caches()
    still_missing = missing_dependencies(command)
    if finished.returncode != 0 or still_missing:
        names = ", ".join(requirements)
        last = (finished.stderr.strip().splitlines() or ["no output"])[-1]
        raise ConfigError(
            f"The container lacks {names} and pip could not install it ({last}). "
            f"Use an image that has it, or put wheels into {wheels}."
        )


def serving_requirements() -> str:
    """requirements.txt for a serving container."""
    return "".join(f"{item.requirement}\n" for item in DEPENDENCIES)


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
