"""What a function would be deployed as: its own modules, and whole distributions beside those of the Lambda runtime.

Cost: a distribution counts with all of its files, as pip would install it.
"""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

# Lambda's Python runtime brings boto3 and what it needs.
RUNTIME = frozenset({"boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"})


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of a package."""

    unzipped: int
    zipped: int


def build(folder: Path, *, root: Path, modules: Mapping[str, str], distributions: Iterable[str]) -> Size:
    """Fill an empty folder with those of the modules that lie below root, and the distributions with their needs.

    Raises:
        PackageNotFoundError: one of the distributions is not installed.
    """
    for file in modules.values():
        path = Path(file)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            _copy(path, folder / path.relative_to(root))
    for distribution in _closure(distributions):
        for installed in distribution.files or ():
            path = Path(str(installed.locate()))
            if ".." not in installed.parts and "__pycache__" not in installed.parts and path.is_file():
                _copy(path, folder / Path(*installed.parts))
    return _size(folder)


def _closure(names: Iterable[str]) -> list[metadata.Distribution]:
    """Distributions with what they require, extras included where they are installed, the runtime's left out."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [(name, True) for name in names]
    while waiting:
        name, required = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found or key in RUNTIME:
            continue
        try:
            found[key] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if required:
                raise
            continue
        for need in found[key].requires or ():
            # pyjwt[crypto] asks for cryptography behind an extra; other extras are nobody's wish.
            wanted = "extra ==" not in need or (key == "pyjwt" and "crypto" in need)
            if wanted:
                waiting.append((re.split(r"[^A-Za-z0-9._-]", need, maxsplit=1)[0], False))
    return list(found.values())


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _size(folder: Path) -> Size:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    return Size(sum(path.stat().st_size for path in files), buffer.getbuffer().nbytes)
