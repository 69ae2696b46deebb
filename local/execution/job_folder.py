"""A job's folder: the `/opt/ml` tree that a container would see, filled from and emptied into the object store.

Place in the flow: `jobs` prepares it, runs the process in it, and collects from it. Keys and paths are hostile: nothing
is written outside the folder. One cost: inputs are copied, so that a job cannot change what others read.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from local.execution.ports import Objects, StepError

CONTAINER_BASE = "/opt/ml"


class JobFolder:
    """Paths of one job."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.base = path / "opt" / "ml"
        self.log = path / "log.txt"
        self.lock = path / "lock"
        self.pid = path / "pid"

    def reset(self) -> None:
        """An empty tree; what an interrupted attempt left is removed."""
        if self.path.exists():
            shutil.rmtree(self.path)
        for name in ("input/config", "input/data", "model", "output/data", "code"):
            (self.base / name).mkdir(parents=True)

    def inside(self, container_path: str) -> Path:
        """Where a path of the container lies here.

        Raises:
            StepError: the path leaves the folder.
        """
        relative = container_path.removeprefix(CONTAINER_BASE).lstrip("/") if _below_base(container_path) else None
        target = self.base / relative if relative is not None else self.path / container_path.lstrip("/")
        return self._checked(target, container_path)

    def argument(self, value: str) -> str:
        """A container argument with a leading /opt/ml path moved here; anything else is left as it is."""
        return str(self.inside(value)) if _below_base(value) else value

    def download(self, objects: Objects, uri: str, folder: Path) -> int:
        """Copy an object, or all objects below a prefix, into a folder; returns how many.

        Raises:
            StepError: nothing is there, or a key would leave the folder.
        """
        bucket, key = split_uri(uri)
        folder.mkdir(parents=True, exist_ok=True)
        if key and not key.endswith("/") and objects.exists(bucket, key):
            objects.get_file(bucket, key, _within(folder, key.rsplit("/", 1)[-1], key))
            return 1
        prefix = key if not key or key.endswith("/") else key + "/"
        count = 0
        for found in objects.list(bucket, prefix):
            relative = found[len(prefix) :]
            if not relative or relative.endswith("/"):
                continue
            target = _within(folder, relative, found)
            target.parent.mkdir(parents=True, exist_ok=True)
            objects.get_file(bucket, found, target)
            count += 1
        if count == 0:
            raise StepError(f"no object lies at {uri}")
        return count

    def upload(self, objects: Objects, folder: Path, uri: str) -> None:
        """Copy every file of a folder below a URI; links are not followed."""
        bucket, key = split_uri(uri)
        prefix = key.rstrip("/") + "/" if key else ""
        self.check_own(folder)
        for path in regular_files(folder):
            objects.put_file(bucket, prefix + path.relative_to(folder).as_posix(), path)

    def archive(self, folder: Path, target: Path) -> None:
        """Pack a folder; the same files give the same bytes."""
        self.check_own(folder)
        with (
            target.open("wb") as raw,
            gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, compresslevel=6, filename="") as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            for path in regular_files(folder):
                info = archive.gettarinfo(path, arcname=path.relative_to(folder).as_posix())
                info.uid = info.gid = 0
                info.uname = info.gname = ""
                info.mtime = 0
                info.mode = 0o644
                with path.open("rb") as file:
                    archive.addfile(info, file)

    def failure_reason(self, exit_code: int) -> str:
        """What the job said of its failure: its failure file, else its last lines."""
        for name in ("output/failure", "output/message"):
            file = self.base / name
            if file.is_file() and not file.is_symlink():
                with file.open("rb") as opened:
                    text = opened.read(4096).decode("utf-8", "replace").strip()
                if text:
                    return text[:1024]
        tail: list[str] = []
        if self.log.is_file():
            with self.log.open("rb") as opened:
                opened.seek(max(0, self.log.stat().st_size - 4096))
                tail = opened.read(4096).decode("utf-8", "replace").strip().splitlines()
        said = f": {' | '.join(tail[-3:])}" if tail else ""
        return f"the job ended with exit code {exit_code}{said}"[:1024]

    def check_own(self, folder: Path) -> None:
        """Refuse a folder that the job replaced by a link, or whose parents it did."""
        if folder.resolve() != self.path.resolve() / folder.relative_to(self.path):
            shown = folder.relative_to(self.path).as_posix()
            raise StepError(f"/{shown} has become a link; only what lies in the job's folder is collected")

    def _checked(self, target: Path, shown: str) -> Path:
        normal = Path(os.path.normpath(target))
        if normal != self.path and self.path not in normal.parents:
            raise StepError(f"{shown[:200]!r} leads outside the job's folder", "ClientError")
        return normal


def regular_files(folder: Path) -> Iterable[Path]:
    """All files below a folder in a fixed order, without links."""
    found = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return sorted(found, key=lambda p: p.relative_to(folder).as_posix())


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an s3:// URI."""
    scheme, _, rest = str(uri).partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise StepError(f"{str(uri)[:200]!r} is not an s3:// URI")
    return bucket, key


def join_uri(*parts: str) -> str:
    """Parts of a URI with one slash between them."""
    head, *tail = parts
    return "/".join([head.rstrip("/"), *(part.strip("/") for part in tail)])


def _within(folder: Path, relative: str, key: str) -> Path:
    """The file for a key below its input's own folder, so that data cannot replace another input's code."""
    normal = Path(os.path.normpath(folder / relative))
    if folder not in normal.parents:
        raise StepError(f"the key {key[:200]!r} leads outside its input's folder", "ClientError")
    return normal


def _below_base(path: str) -> bool:
    return path == CONTAINER_BASE or path.startswith(CONTAINER_BASE + "/")
