"""A training job's checkpoints: brought back before it starts, copied to the object store while it runs.

Place in the flow: `jobs` opens one around each training process, as CheckpointConfig asks. The files of a folder are
copied as of one moment; where they change meanwhile, they are left for the next round, so writers should rename whole
files or folders into place. One cost: files that the job deletes stay in the store, as on the service.

Source: "Checkpoints in Amazon SageMaker AI", developer guide.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

from local.api_errors import ApiError
from local.execution.job_folder import JobFolder, regular_files, split_uri
from local.execution.ports import Objects, StepError

logger = logging.getLogger(__name__)

COPY_SECONDS = 3.0
Stamp = tuple[int, int, int]


class Checkpoints:
    """One job's checkpoint folder and its place in the object store.

    Args:
        path: the folder, inside the job's.
        uri: CheckpointConfig.S3Uri; where it is None nothing is kept.
        seconds: pause between two rounds of copying.
    """

    def __init__(
        self, objects: Objects, folder: JobFolder, path: Path, uri: str | None, seconds: float = COPY_SECONDS
    ) -> None:
        self._objects, self._folder, self._path, self._uri, self._seconds = objects, folder, path, uri, seconds
        self._unfinished = folder.path / "checkpoints.unfinished"
        self._room = folder.path / "checkpoints.drafts"
        self._stored: dict[Path, Stamp] = {}

    def rescue(self) -> None:
        """Store what an earlier process wrote here after its engine was killed, before the folder is emptied."""
        if self._uri is None or not self._unfinished.exists():
            return
        try:
            self._copy(even_if_changing=True)
        except StepError as error:
            logger.warning("the checkpoints in %s are lost: %s", self._path, error)

    def restore(self) -> None:
        """Fill the folder with what the store holds; an empty folder where it holds nothing."""
        self._path.mkdir(parents=True, exist_ok=True)
        if self._uri is None:
            return
        bucket, key = split_uri(self._uri)
        if next(iter(self._objects.list(bucket, key.rstrip("/") + "/")), None) is None:
            return
        self._folder.download(self._objects, self._uri, self._path)
        self._stored = {path: stamp for path in regular_files(self._path) if (stamp := _stamp(path)) is not None}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Copy every few seconds while the body runs, and once more at its end, however it ends."""
        if self._uri is None:
            yield
            return
        self._unfinished.touch()
        ended = threading.Event()
        copier = threading.Thread(target=self._copy_until, args=(ended,), name="checkpoints", daemon=True)
        copier.start()
        try:
            yield
        except BaseException:
            ended.set()
            copier.join()
            self._try_to_copy(even_if_changing=True)
            raise
        ended.set()
        copier.join()
        self._copy(even_if_changing=True)

    def _copy_until(self, ended: threading.Event) -> None:
        while not ended.wait(self._seconds):
            self._try_to_copy(even_if_changing=False)

    def _try_to_copy(self, *, even_if_changing: bool) -> None:
        """Copying that fails costs at most progress; the job itself is not to suffer."""
        try:
            self._copy(even_if_changing=even_if_changing)
        except (OSError, ApiError, StepError) as error:
            logger.warning("the checkpoints in %s could not be copied: %s", self._path, error)

    def _copy(self, *, even_if_changing: bool) -> None:
        """Store the files that changed since they were last stored."""
        bucket, key = split_uri(self._uri or "")
        prefix = key.rstrip("/") + "/" if key else ""
        if not self._path.exists():
            return
        self._folder.check_own(self._path)
        folders = groupby(sorted(regular_files(self._path), key=lambda path: path.parent), lambda path: path.parent)
        for _, paths in folders:
            for path, draft, stamp in self._drafts(list(paths), even_if_changing=even_if_changing):
                self._objects.put_file(bucket, prefix + path.relative_to(self._path).as_posix(), draft)
                self._stored[path] = stamp
            shutil.rmtree(self._room, ignore_errors=True)
        if even_if_changing:
            self._unfinished.unlink(missing_ok=True)

    def _drafts(self, paths: list[Path], *, even_if_changing: bool) -> list[tuple[Path, Path, Stamp]]:
        """Copies of a folder's changed files, all of one moment; none where the job was writing meanwhile."""
        before = {path: stamp for path in paths if (stamp := _stamp(path)) is not None}
        changed = [path for path, stamp in before.items() if self._stored.get(path) != stamp]
        self._room.mkdir(exist_ok=True)
        found = []
        for number, path in enumerate(changed):
            with suppress(FileNotFoundError):  # the job has removed or renamed it
                shutil.copyfile(path, draft := self._room / str(number))
                found.append((path, draft, before[path]))
        is_still = before == {path: _stamp(path) for path in paths}
        return found if is_still or even_if_changing else []


def _stamp(path: Path) -> Stamp | None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
