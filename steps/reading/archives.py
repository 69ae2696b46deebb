"""Takes a data file out of gzip, bzip2, Zstandard or zip, whole or not at all.

First stage of reading: packed files are streamed into the scratch folder, others stay where they lie. A cut
archive is an error, because learning from the part that decoded would look like success.
Cost: scratch needs room for the unpacked file.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from contracts.errors import ConfigError, DataError
from steps.bundle import beside_bundle
from steps.dependencies import ensure_dependencies
from steps.reading.options import MIB

MAX_UNPACKED_BYTES = 256 * 2**30
KEEP_FREE_BYTES = 512 * MIB
"""Disk space that unpacking never touches, so that a bomb ends in an error and not in a full disk."""
PACKED_SUFFIXES = (".gz", ".bz2", ".zst", ".zip")
_BLOCK = MIB
_ZSTD_BLOCK = 4096
"""Packed bytes handed over at once; four of them may unpack to 128 KiB, so this bounds what comes back."""
_ZSTD_WINDOW = 128 * MIB


@dataclass(frozen=True, slots=True)
class PlainFile:
    """A file that is not packed (any more). ``inner`` is its name without the archive's suffix."""

    path: Path
    name: str
    inner: str


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(path: Path, name: str, scratch: Path) -> PlainFile:
    """The file itself, or what it packs as a new file in scratch.

    Raises:
        DataError: cut short, damaged, several files in one archive, or too large for the disk.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    if head == b"PK\x03\x04":
        return _unzip(path, name, scratch)
    try:
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path, "rb") as packed:
                return _written(_blocks(packed), name, _bare(name, ".gz"), scratch)
        if head[:3] == b"BZh":
            with bz2.open(path, "rb") as packed_bz2:
                return _written(_blocks(packed_bz2), name, _bare(name, ".bz2"), scratch)
        if head == b"\x28\xb5\x2f\xfd":
            with path.open("rb") as packed_zst:
                return _written(_zstd_blocks(packed_zst, name), name, _bare(name, ".zst"), scratch)
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise _damaged(name, error) from error
    return PlainFile(path, name, name)


def _unzip(path: Path, name: str, scratch: Path) -> PlainFile:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [item for item in archive.infolist() if not item.is_dir() and "__MACOSX" not in item.filename]
            if any(item.filename == "xl/workbook.xml" for item in members):
                raise DataError(f"{name} is an Excel workbook; save the sheet as CSV and upload that.")
            if len(members) != 1:
                raise DataError(f"{name} holds {len(members)} files; expected a zip with exactly one data file.")
            if members[0].flag_bits & 1:
                raise DataError(f"{name} is protected by a password; pack it without one.")
            with archive.open(members[0]) as stream:
                return _written(_blocks(stream), name, members[0].filename, scratch)
    except NotImplementedError as error:
        raise DataError(f"{name} is packed by a method that is not known here ({error}); pack it as gzip.") from error
    except (EOFError, OSError, ValueError, zlib.error, zipfile.BadZipFile) as error:
        raise _damaged(name, error) from error


def _written(blocks: Iterator[bytes], name: str, inner: str, scratch: Path) -> PlainFile:
    target = scratch / "unpacked"
    limit = min(MAX_UNPACKED_BYTES, shutil.disk_usage(scratch).free - KEEP_FREE_BYTES)
    size = 0
    with target.open("wb") as out:
        for block in blocks:
            size += len(block)
            if size > limit:
                raise DataError(
                    f"{name} unpacks to more than {max(limit, 0) / 2**30:.1f} GiB, the room there is for it; "
                    "use a larger volume or split the file into parts."
                )
            out.write(block)
    return PlainFile(target, name, inner)


def _blocks(stream: _Readable) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def _zstd_blocks(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Frame by frame: the library's own reader takes the end of a cut file for the end of the data."""
    try:
        ensure_dependencies("zstandard", beside_bundle("wheels"))
    except ConfigError as error:
        raise ConfigError(f"{name} is packed as Zstandard. {error} Or pack the file as gzip.") from error
    import zstandard

    context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = context.decompressobj()
    untouched = True
    try:
        while block := stream.read(_ZSTD_BLOCK):
            while block:
                yield frame.decompress(block)
                untouched, block = False, b""
                if frame.eof:
                    block = frame.unused_data
                    frame, untouched = context.decompressobj(), True
    except zstandard.ZstdError as error:
        raise DataError(f"{name} is damaged ({error}); upload it again.") from error
    if not untouched:
        raise EOFError("the last frame is not complete")


def _bare(name: str, suffix: str) -> str:
    return name[: -len(suffix)] if name.lower().endswith(suffix) else name


def _damaged(name: str, error: Exception) -> Exception:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return error
    return DataError(f"{name} is cut short or damaged ({error}); upload it again.")
