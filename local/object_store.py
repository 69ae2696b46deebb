"""S3's semantics over files: buckets, keys, bytes, etags.

Place in the flow: the job runner and the S3 REST interface share one store below `home/s3`. Objects appear whole or not
at all: a write goes to a temporary file and is renamed. One cost: an object's etag is kept in a small file of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from local.api_errors import ApiError

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
MAX_KEY_BYTES = 1024
CHUNK = 1 << 20
# What ends an object's file name, so that `a` and `a/b` may both be keys.
_OBJECT = ".obj"
_META = ".meta"
_SEGMENT = 200


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What is known of an object without its bytes; `etag` is the MD5 in hex, `modified` epoch seconds."""

    key: str
    size: int
    etag: str
    modified: float
    content_type: str = "binary/octet-stream"
    metadata: dict[str, str] = field(default_factory=dict)


class ObjectStore:
    """Objects below one directory; safe for several threads and for a kill at any moment."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / ".incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def create_bucket(self, bucket: str) -> None:
        """Make a bucket; one that exists is left as it is."""
        self._bucket_path(bucket).mkdir(parents=True, exist_ok=True)

    def delete_bucket(self, bucket: str) -> None:
        """Remove an empty bucket."""
        if next(iter(self.list(bucket, "")), None) is not None:
            raise ApiError("BucketNotEmpty", "The bucket you tried to delete is not empty.", 409)
        shutil.rmtree(self._existing(bucket))

    def buckets(self) -> list[tuple[str, float]]:
        """Names and creation times."""
        found = [p for p in self.root.iterdir() if p.is_dir() and not p.name.startswith(".")]
        return sorted((p.name, p.stat().st_ctime) for p in found)

    def has_bucket(self, bucket: str) -> bool:
        """True where the bucket exists."""
        return self._bucket_path(bucket).is_dir()

    def put_file(self, bucket: str, key: str, path: Path) -> ObjectHead:
        """Store a file's bytes under a key."""
        with path.open("rb") as source:
            return self.put_stream(bucket, key, source)

    def put_bytes(self, bucket: str, key: str, body: bytes) -> ObjectHead:
        """Store bytes under a key."""
        import io

        return self.put_stream(bucket, key, io.BytesIO(body))

    def put_stream(
        self, bucket: str, key: str, source: BinaryIO, *, content_type: str = "", metadata: dict[str, str] | None = None
    ) -> ObjectHead:
        """Store a stream under a key, in bounded memory; the object is visible only when whole."""
        target = self._object_path(bucket, key)
        draft = self._incoming / uuid.uuid4().hex
        digest = hashlib.md5(usedforsecurity=False)
        try:
            with draft.open("wb") as sink:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    sink.write(chunk)
            return self._publish(draft, target, key, digest.hexdigest(), content_type, metadata or {})
        finally:
            draft.unlink(missing_ok=True)

    def _publish(
        self, draft: Path, target: Path, key: str, etag: str, content_type: str, metadata: dict[str, str]
    ) -> ObjectHead:
        """Rename draft and metadata into place; the metadata names the etag of the bytes it belongs to."""
        target.parent.mkdir(parents=True, exist_ok=True)
        size = draft.stat().st_size
        document = {"etag": etag, "content_type": content_type, "metadata": metadata, "size": size}
        meta = draft.with_suffix(_META)
        meta.write_text(json.dumps(document), encoding="utf-8")
        os.replace(meta, target.with_suffix(_META))
        os.replace(draft, target)
        return self._head(key, target)

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        """Copy an object into a file."""
        with self.open(bucket, key) as source, path.open("wb") as sink:
            shutil.copyfileobj(source, sink, CHUNK)

    def read_bytes(self, bucket: str, key: str) -> bytes:
        """The whole object."""
        with self.open(bucket, key) as source:
            return source.read()

    def open(self, bucket: str, key: str) -> BinaryIO:
        """The object as a stream.

        Raises:
            ApiError: NoSuchBucket or NoSuchKey.
        """
        self._existing(bucket)
        try:
            return self._object_path(bucket, key).open("rb")
        except (FileNotFoundError, IsADirectoryError) as error:
            raise ApiError("NoSuchKey", f"The specified key does not exist: s3://{bucket}/{key}", 404) from error

    def head(self, bucket: str, key: str) -> ObjectHead:
        """Size, etag and times of an object."""
        self._existing(bucket)
        path = self._object_path(bucket, key)
        if not path.is_file():
            raise ApiError("NoSuchKey", f"The specified key does not exist: s3://{bucket}/{key}", 404)
        return self._head(key, path)

    def exists(self, bucket: str, key: str) -> bool:
        """True where bucket and key exist."""
        return self._object_path(bucket, key).is_file()

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; one that is not there is no error, as in S3."""
        path = self._object_path(bucket, key)
        path.unlink(missing_ok=True)
        path.with_suffix(_META).unlink(missing_ok=True)

    def copy(self, source_bucket: str, source_key: str, bucket: str, key: str) -> ObjectHead:
        """Copy an object with its metadata."""
        head = self.head(source_bucket, source_key)
        with self.open(source_bucket, source_key) as source:
            return self.put_stream(bucket, key, source, content_type=head.content_type, metadata=head.metadata)

    def list(self, bucket: str, prefix: str = "") -> Iterator[str]:
        """Keys that begin with the prefix, in S3's order (UTF-8 bytes)."""
        base = self._existing(bucket)
        start = base
        for segment in prefix.split("/")[:-1]:
            start = start / _encode(segment)
        if not start.is_dir():
            return iter(())
        keys = (_decode_path(path.relative_to(base)) for path in start.rglob(f"*{_OBJECT}") if path.is_file())
        return iter(sorted((key for key in keys if key.startswith(prefix)), key=lambda k: k.encode()))

    def _head(self, key: str, path: Path) -> ObjectHead:
        stat = path.stat()
        try:
            known = json.loads(path.with_suffix(_META).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            known = {}
        if known.get("size") != stat.st_size:  # killed between the two renames: measure instead of believing
            with path.open("rb") as file:
                known = {"etag": hashlib.file_digest(file, _md5).hexdigest()}
        return ObjectHead(
            key=key,
            size=stat.st_size,
            etag=known["etag"],
            modified=stat.st_mtime,
            content_type=known.get("content_type") or "binary/octet-stream",
            metadata=known.get("metadata", {}),
        )

    def _bucket_path(self, bucket: str) -> Path:
        if not _BUCKET.match(bucket) or ".." in bucket:
            raise ApiError("InvalidBucketName", f"The specified bucket is not valid: {bucket[:80]!r}", 400)
        return self.root / bucket

    def _existing(self, bucket: str) -> Path:
        path = self._bucket_path(bucket)
        if not path.is_dir():
            raise ApiError("NoSuchBucket", f"The specified bucket does not exist: {bucket}", 404)
        return path

    def _object_path(self, bucket: str, key: str) -> Path:
        if not key or len(key.encode()) > MAX_KEY_BYTES:
            raise ApiError("KeyTooLongError", f"a key must have 1 to {MAX_KEY_BYTES} bytes, got {len(key.encode())}", 400)
        *folders, last = key.split("/")
        path = self._bucket_path(bucket)
        for folder in folders:
            path = path / _encode(folder)
        return path / (_encode(last) + _OBJECT)


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)


def _encode(segment: str) -> str:
    """One key segment as a file name: percent-encoded, never empty, never `.` or `..`, cut into a path when long."""
    safe = quote(segment, safe="-_=+,@()' ").replace(".", "%2E") if segment.strip(".") == "" else quote(segment, safe="-_.=+,@()' ")
    if safe.endswith((_OBJECT, _META)):
        stem, _, ending = safe.rpartition(".")
        safe = f"{stem}%2E{ending}"
    safe = safe or "%"
    # Names beyond the file system's limit become several folders, marked by a trailing "%%".
    parts = [safe[i : i + _SEGMENT] for i in range(0, len(safe), _SEGMENT)]
    return "%%/".join(parts)


def _decode_path(path: Path) -> str:
    joined = str(path.with_suffix("")) if path.suffix == _OBJECT else str(path)
    segments = joined.replace("%%/", "").split("/")
    return "/".join("" if s == "%" else unquote(s) for s in segments)
