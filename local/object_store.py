"""S3's semantics over files: buckets, keys, bytes, etags.

Place in the flow: the job runner and the S3 REST interface share one store below `home/s3`, one process at a time.
Objects appear whole or not at all, content and metadata together, whenever the process is killed (see `object_index`).
One cost: every write reads its bytes through MD5, for that is what an etag is.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from local.api_errors import ApiError
from local.object_index import ObjectHead, ObjectIndex
from local.object_names import check_bucket, key_bytes, object_path

CHUNK = 1 << 20
DEFAULT_TYPE = "binary/octet-stream"
INDEX = ".index.db"

__all__ = ["CHUNK", "ObjectHead", "ObjectStore"]


class ObjectStore:
    """Objects below one directory; safe for several threads of one process and for a kill at any moment."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / ".incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._index = ObjectIndex(root / INDEX)
        self._recover()

    def close(self) -> None:
        """Release the index."""
        with self._lock:
            self._index.close()

    def create_bucket(self, bucket: str) -> None:
        """Make a bucket; one that exists is left as it is."""
        (self.root / check_bucket(bucket)).mkdir(exist_ok=True)

    def delete_bucket(self, bucket: str) -> None:
        """Remove an empty bucket.

        Raises:
            ApiError: NoSuchBucket, BucketNotEmpty.
        """
        with self._lock:
            path = self._existing(bucket)
            if self._index.page(bucket, b"", b"", inclusive=True, limit=1):
                raise ApiError("BucketNotEmpty", "The bucket you tried to delete is not empty.", 409)
            shutil.rmtree(path)

    def buckets(self) -> list[tuple[str, float]]:
        """Names and creation times (seconds since the epoch)."""
        found = [path for path in self.root.iterdir() if path.is_dir() and not path.name.startswith(".")]
        return sorted((path.name, path.stat().st_ctime) for path in found)

    def has_bucket(self, bucket: str) -> bool:
        """True where the bucket exists."""
        return (self.root / check_bucket(bucket)).is_dir()

    def put_file(self, bucket: str, key: str, path: Path) -> ObjectHead:
        """Store a file's bytes under a key."""
        with path.open("rb") as source:
            return self.put_stream(bucket, key, source)

    def put_bytes(self, bucket: str, key: str, body: bytes) -> ObjectHead:
        """Store bytes under a key."""
        return self.put_stream(bucket, key, io.BytesIO(body))

    def put_stream(
        self,
        bucket: str,
        key: str,
        source: BinaryIO,
        *,
        content_type: str = "",
        metadata: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        check: Callable[[ObjectHead | None], None] | None = None,
    ) -> ObjectHead:
        """Store a stream under a key, in bounded memory; the object is visible only when whole.

        Args:
            headers: response headers to keep with it, names in lower case.
            etag: instead of the MD5 (multipart uploads have their own).
            check: sees the object about to be replaced, or None, and may raise to keep it.

        Raises:
            ApiError: NoSuchBucket, KeyTooLongError.
        """
        self._existing(bucket)
        target = object_path(self.root, bucket, key)
        draft = self._incoming / uuid.uuid4().hex
        digest = hashlib.md5(usedforsecurity=False)
        size = 0
        try:
            with draft.open("wb") as sink:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    size += sink.write(chunk)
            head = ObjectHead(
                bucket,
                key,
                size,
                etag or digest.hexdigest(),
                round(time.time(), 6),
                content_type or DEFAULT_TYPE,
                dict(metadata or {}),
                dict(headers or {}),
            )
            return self._publish(draft, target, head, check)
        finally:
            draft.unlink(missing_ok=True)

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        """Copy an object into a file."""
        with self.open(bucket, key) as source, path.open("wb") as sink:
            shutil.copyfileobj(source, sink, CHUNK)

    def read_bytes(self, bucket: str, key: str) -> bytes:
        """The whole object."""
        with self.open(bucket, key) as source:
            return source.read()

    def open(self, bucket: str, key: str) -> BinaryIO:
        """The object as a stream; a later write to the key does not change it.

        Raises:
            ApiError: NoSuchBucket or NoSuchKey.
        """
        return self.open_with_head(bucket, key)[1]

    def open_with_head(self, bucket: str, key: str) -> tuple[ObjectHead, BinaryIO]:
        """Stream and description of one and the same version of an object."""
        with self._lock:
            head = self.head(bucket, key)
            return head, object_path(self.root, bucket, key).open("rb")

    def head(self, bucket: str, key: str) -> ObjectHead:
        """Size, etag, times and metadata of an object.

        Raises:
            ApiError: NoSuchBucket or NoSuchKey.
        """
        self._existing(bucket)
        key_bytes(key)
        with self._lock:
            head = self._index.get(bucket, key)
            if head is None or not object_path(self.root, bucket, key).is_file():
                raise ApiError("NoSuchKey", f"The specified key does not exist: s3://{bucket}/{key}", 404)
            return head

    def path(self, bucket: str, key: str) -> Path:
        """The file that holds the object: for reading only."""
        self.head(bucket, key)
        return object_path(self.root, bucket, key)

    def exists(self, bucket: str, key: str) -> bool:
        """True where bucket and key exist."""
        try:
            self.head(bucket, key)
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        return True

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; one that is not there is no error, as in S3."""
        bucket_path = self._existing(bucket)
        path = object_path(self.root, bucket, key)
        with self._lock:
            self._index.remove(bucket, key)
            path.unlink(missing_ok=True)
            with suppress(OSError):  # stops at the first folder that still holds something
                for folder in path.parents:
                    if folder == bucket_path:
                        break
                    folder.rmdir()

    def copy(self, source_bucket: str, source_key: str, bucket: str, key: str) -> ObjectHead:
        """Copy an object with its metadata."""
        head, source = self.open_with_head(source_bucket, source_key)
        with source:
            return self.put_stream(
                bucket, key, source, content_type=head.content_type, metadata=head.metadata, headers=head.headers
            )

    def _publish(
        self, draft: Path, target: Path, head: ObjectHead, check: Callable[[ObjectHead | None], None] | None
    ) -> ObjectHead:
        with self._lock:
            self._existing(head.bucket)
            if check is not None:
                check(self._index.get(head.bucket, head.key))
            target.parent.mkdir(parents=True, exist_ok=True)
            self._index.announce(draft.name, head)
            try:
                os.replace(draft, target)
            except OSError:
                self._index.settle(draft.name, None)
                raise
            self._index.settle(draft.name, head)
        return head

    def _recover(self) -> None:
        """Finish writes whose rename had happened when the last process was killed; forget the others."""
        for draft, head in self._index.pending():
            # The draft is gone exactly when it was renamed: nothing else removes it while it is announced.
            renamed = not (self._incoming / draft).exists() and object_path(self.root, head.bucket, head.key).is_file()
            self._index.settle(draft, head if renamed else None)
        for leftover in self._incoming.iterdir():
            leftover.unlink()

    def _existing(self, bucket: str) -> Path:
        path = self.root / check_bucket(bucket)
        if not path.is_dir():
            raise ApiError("NoSuchBucket", f"The specified bucket does not exist: {bucket}", 404)
        return path

    def page(self, bucket: str, prefix: str, start: bytes, *, inclusive: bool, limit: int) -> list[ObjectHead]:
        """At most `limit` objects below the prefix, from the key bytes `start` on, in S3's order."""
        self._existing(bucket)
        with self._lock:
            return self._index.page(bucket, prefix.encode(), start, inclusive=inclusive, limit=limit)

    def list(self, bucket: str, prefix: str = "") -> list[str]:
        """Keys that begin with the prefix, in S3's order (UTF-8 bytes)."""
        self._existing(bucket)
        with self._lock:
            return self._index.keys(bucket, prefix.encode())
