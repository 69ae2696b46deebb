"""A container without a library gets it from the wheels beside the bundle, or says which one and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from steps.dependencies import DEPENDENCIES, missing_dependencies, serving_requirements
from steps.estimators.loading import FORMATS
from steps.training.train import FRAMEWORKS
from steps.wheels import download_command

from .conftest import Workshop

INSTALL = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from steps import dependencies
dependencies.DEPENDENCIES = (dependencies.Dependency("small_thing", "small-thing==1.0", ("train",)),)
assert [item.module for item in dependencies.missing_dependencies("train")] == ["small_thing"]
dependencies.ensure_dependencies("train", Path(sys.argv[2]))
import small_thing
print(small_thing.ANSWER)
"""


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


def test_a_missing_library_comes_from_the_wheels_folder(tmp_path: Path) -> None:
    """In an environment of its own, with a real wheel and the real pip, and no index."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "small_thing-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("small_thing.py", "ANSWER = 42\n")
        wheel.writestr("small_thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: small-thing\nVersion: 1.0\n")
        wheel.writestr(
            "small_thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("small_thing-1.0.dist-info/RECORD", "")
    venv.create(tmp_path / "venv", with_pip=True)
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [str(tmp_path / "venv" / "bin" / "python"), "-c", INSTALL, str(root), str(wheels)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "42\n", done.stderr
    assert "Installing small-thing==1.0 for train" in done.stderr


def test_a_model_asks_for_its_own_library_only() -> None:
    assert "xgboost" in serving_requirements("boosted_trees")
    assert "scikit-learn" not in serving_requirements("boosted_trees")
    assert "torch" not in serving_requirements("network")
    assert "polars" in serving_requirements("network")
    assert all(needed in {n for item in DEPENDENCIES for n in item.needed_by} for needed in (*FORMATS, *FRAMEWORKS))
    assert missing_dependencies("prepare-data") == ()


def test_wheels_are_collected_for_the_image_not_for_this_machine(tmp_path: Path) -> None:
    command = download_command(tmp_path, "3.12", ["manylinux2014_x86_64"], with_torch=False)
    assert command[1:4] == ["-m", "pip", "download"]
    assert command[command.index("--python-version") + 1] == "3.12"
    assert any(word.startswith("polars") for word in command)
    assert not any(word.startswith("torch") for word in command)
