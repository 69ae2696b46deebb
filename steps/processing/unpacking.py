"""Takes data files out of gzip, bzip2 and zip, whole or not at all.

Between a dataset's files and the table readers. A cut archive is an error: training on the part that decoded
would look like success. Cost: the unpacked file is held in memory, at most MAX_UNPACKED_BYTES.
"""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import Protocol

from contracts.errors import DataError

MAX_UNPACKED_BYTES = 8 * 2**30


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(path: Path, name: str) -> tuple[bytes, str]:
    """Content of a file and its name without the archive's suffix."""
    with path.open("rb") as stream:
        head = stream.read(4)
    try:
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path, "rb") as packed:
                return _bounded(packed, name), name.removesuffix(".gz")
        if head[:3] == b"BZh":
            with bz2.open(path, "rb") as packed_bz2:
                return _bounded(packed_bz2, name), name.removesuffix(".bz2")
        if head == b"PK\x03\x04":
            return _single_member(path, name)
    except (EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(f"{name} is cut short or damaged ({error}); upload it again.") from error
    return path.read_bytes(), name


def _single_member(path: Path, name: str) -> tuple[bytes, str]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        members = [item for item in archive.infolist() if not item.is_dir() and "__MACOSX" not in item.filename]
        if len(members) != 1:
            raise DataError(f"{name} holds {len(members)} files; expected a zip with exactly one data file.")
        with archive.open(members[0]) as stream:
            return _bounded(stream, name), members[0].filename


def _bounded(stream: _Readable, name: str) -> bytes:
    content = stream.read(MAX_UNPACKED_BYTES + 1)
    if len(content) > MAX_UNPACKED_BYTES:
        raise DataError(f"{name} unpacks to more than {MAX_UNPACKED_BYTES // 2**30} GiB; split it into parts.")
    return content
