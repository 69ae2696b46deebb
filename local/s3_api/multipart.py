"""Multipart uploads: parts in a folder of their own until they become one object.

Place in the flow: `S3Api` routes requests with `uploads` or `uploadId` here. Uploads survive a restart. One cost:
completing reads and writes all bytes once more; nobody deletes an upload that is never completed.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree as ET

from local.api_errors import ApiError
from local.object_store import CHUNK, ObjectHead, ObjectStore

MAX_PART_NUMBER = 10_000
MIN_PART_BYTES = 5 << 20
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")


class Uploads:
    """The uploads under way of one store."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._root = objects.root / ".uploads"

    def create(
        self, bucket: str, key: str, *, content_type: str, metadata: Mapping[str, str], headers: Mapping[str, str]
    ) -> str:
        """Begin an upload; gives its id."""
        upload_id = uuid.uuid4().hex
        document = {"bucket": bucket, "key": key, "started": time.time()}
        document |= {"content_type": content_type, "metadata": dict(metadata), "headers": dict(headers)}
        draft = self._root / f"{upload_id}.new"
        draft.mkdir(parents=True)
        (draft / "upload.json").write_text(json.dumps(document), encoding="utf-8")
        draft.rename(self._root / upload_id)
        return upload_id

    def put_part(self, upload_id: str, place: tuple[str, str], number: str, body: BinaryIO) -> str:
        """Keep one part; gives its MD5 in hex. A part sent again replaces the first."""
        folder, _ = self._open(upload_id, place)
        if not number.isascii() or not number.isdigit() or not 1 <= int(number[:6]) <= MAX_PART_NUMBER:
            raise ApiError("InvalidArgument", f"Part number must be an integer between 1 and {MAX_PART_NUMBER}.", 400)
        draft = folder / f"{uuid.uuid4().hex}.new"
        digest = hashlib.md5(usedforsecurity=False)
        try:
            with draft.open("wb") as sink:
                while chunk := body.read(CHUNK):
                    digest.update(chunk)
                    sink.write(chunk)
            # The name carries the checksum: one rename makes part and checksum visible together.
            draft.replace(folder / f"{int(number):05d}-{digest.hexdigest()}")
        finally:
            draft.unlink(missing_ok=True)
        return digest.hexdigest()

    def complete(self, upload_id: str, place: tuple[str, str], request: ET.Element) -> ObjectHead:
        """Join the named parts, in rising order, into the object.

        Raises:
            ApiError: NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall, MalformedXML.
        """
        folder, document = self._open(upload_id, place)
        parts = [_part(folder, element) for element in request.iter("Part")]
        if not parts:
            raise ApiError("MalformedXML", "You must specify at least one part.", 400)
        if any(one.name[:5] >= two.name[:5] for one, two in itertools.pairwise(parts)):
            raise ApiError("InvalidPartOrder", "The list of parts was not in ascending order.", 400)
        if any(part.stat().st_size < MIN_PART_BYTES for part in parts[:-1]):
            raise ApiError("EntityTooSmall", "Every part but the last must have at least 5 MiB.", 400)
        digests = b"".join(bytes.fromhex(part.name[6:]) for part in parts)
        etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
        head = self._objects.put_stream(
            *place,
            io.BufferedReader(_Joined(parts), CHUNK),
            content_type=document["content_type"],
            metadata=document["metadata"],
            headers=document["headers"],
            etag=etag,
        )
        shutil.rmtree(folder, ignore_errors=True)
        return head

    def abort(self, upload_id: str, place: tuple[str, str]) -> None:
        """Forget an upload and its parts."""
        shutil.rmtree(self._open(upload_id, place)[0], ignore_errors=True)

    def parts(self, upload_id: str, place: tuple[str, str]) -> list[tuple[int, str, int, float]]:
        """Number, MD5, size and time of every part so far."""
        folder, _ = self._open(upload_id, place)
        found = {int(path.name[:5]): path for path in sorted(folder.glob("[0-9]*-*"), key=lambda p: p.stat().st_mtime)}
        stats = [(number, path, path.stat()) for number, path in sorted(found.items())]
        return [(number, path.name[6:], stat.st_size, stat.st_mtime) for number, path, stat in stats]

    def under_way(self, bucket: str) -> Iterator[tuple[str, str, float]]:
        """Key, id and start of every upload to a bucket."""
        for path in sorted(self._root.glob("*/upload.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["bucket"] == bucket and _UPLOAD_ID.fullmatch(path.parent.name):
                yield document["key"], path.parent.name, document["started"]

    def _open(self, upload_id: str, place: tuple[str, str]) -> tuple[Path, dict[str, Any]]:
        missing = ApiError("NoSuchUpload", "The specified multipart upload does not exist.", 404)
        if not _UPLOAD_ID.fullmatch(upload_id):
            raise missing
        folder = self._root / upload_id
        try:
            document: dict[str, Any] = json.loads((folder / "upload.json").read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise missing from error
        if (document["bucket"], document["key"]) != place:
            raise missing
        return folder, document


class _Joined(io.RawIOBase):
    """Several files read as one stream, one open at a time."""

    def __init__(self, parts: list[Path]) -> None:
        self._parts = iter(parts)
        self._current: io.BufferedReader | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._current is None:
                part = next(self._parts, None)
                if part is None:
                    return 0
                self._current = part.open("rb")
            if count := self._current.readinto(buffer):
                return int(count)
            self._current.close()
            self._current = None

    def close(self) -> None:
        if self._current is not None:
            self._current.close()
        super().close()


def _part(folder: Path, element: ET.Element) -> Path:
    number, etag = element.findtext("PartNumber", ""), element.findtext("ETag", "").strip().strip('"')
    known = number.isascii() and number.isdigit() and re.fullmatch(r"[0-9a-f]{32}", etag)
    path = folder / f"{int(number):05d}-{etag}" if known and len(number) < 6 else folder / "none"
    if not path.is_file():
        raise ApiError("InvalidPart", f"Part {number[:10]!r} was not uploaded, or its ETag differs.", 400)
    return path
