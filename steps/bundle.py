"""Packs ``contracts`` and ``steps`` into one runnable, content-addressed file: steps.pyz.

Called before a pipeline is started, to know the code's hash and to upload it; TrainModel also puts the
bundle into the model, so that the model serves itself. Same sources, same bytes, same hash.
Cost: only Python files travel; a step that needs a data file has to embed it in a module.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

BUNDLE_NAME = "steps.pyz"
PACKAGES = ("contracts", "steps")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file can hold
_MAIN = "import sys\n\nfrom steps.entry import main\n\nsys.exit(main(sys.argv[1:]))\n"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk: its path and the SHA-256 of its bytes (hexadecimal)."""

    sha256: str
    path: Path


def build_bundle(dest: Path) -> Bundle:
    """Write ``dest/steps.pyz`` and return it."""
    content = bundle_bytes()
    dest.mkdir(parents=True, exist_ok=True)
    path = dest / BUNDLE_NAME
    path.write_bytes(content)
    return Bundle(hashlib.sha256(content).hexdigest(), path)


def bundle_sha256() -> str:
    """Hash that build_bundle would return, without writing anything."""
    return hashlib.sha256(bundle_bytes()).hexdigest()


def bundle_bytes() -> bytes:
    """The bundle's bytes: those of the running bundle, or packed from the source tree."""
    running = _running_bundle()
    if running is not None:
        return running.read_bytes()
    buffer = io.BytesIO()
    # Stored, not deflated: zlib's output differs between versions, and the hash must not.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(_sources().items()):
            info = zipfile.ZipInfo(name, date_time=_FIXED_TIME)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, content)
    return buffer.getvalue()


def beside_bundle(name: str) -> Path:
    """Path of a file or folder beside the running bundle (beside the package when run from sources)."""
    running = _running_bundle()
    return (running or Path(__file__).resolve().parent).parent / name


def _sources() -> dict[str, bytes]:
    root = Path(__file__).resolve().parent.parent
    found = {"__main__.py": _MAIN.encode()}
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            found[path.relative_to(root).as_posix()] = path.read_bytes().replace(b"\r\n", b"\n")
    return found


def _running_bundle() -> Path | None:
    for parent in Path(__file__).resolve().parents:
        if parent.is_file():
            return parent
    return None
