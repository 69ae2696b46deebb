"""Request bodies: the transfer's framing taken off, the sender's checksums compared while the bytes pass.

Place in the flow: whatever stores or parses a body reads it through `payload`. One cost: CRC32C and CRC64NVME, which
the standard library lacks, are kept but not compared.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO, cast

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request

from local.api_errors import ApiError

MAX_OBJECT_BYTES = 5 << 30
CHECKSUMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
_LINE = 4096
_PREFIX = "x-amz-checksum-"


class _Crc32:
    """zlib's CRC-32 with hashlib's methods."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_DIGESTS: Mapping[str, Callable[[], hashlib._Hash | _Crc32]] = {
    "content-md5": lambda: hashlib.md5(usedforsecurity=False),
    f"{_PREFIX}crc32": _Crc32,
    f"{_PREFIX}sha1": lambda: hashlib.sha1(usedforsecurity=False),
    f"{_PREFIX}sha256": hashlib.sha256,
}


class Payload(io.RawIOBase):
    """A body as a stream; its last read compares what was promised.

    Attributes:
        checksums: `x-amz-checksum-…` headers or trailers, names in lower case; complete after the last read.
    """

    def __init__(self, request: Request) -> None:
        self._source = cast(BinaryIO, request.stream)
        headers = {name.lower(): value.strip() for name, value in request.headers.items()}
        self._framed = is_framed(headers)
        length = headers.get("x-amz-decoded-content-length", "") if self._framed else str(request.content_length or "")
        self._expected = int(length[:16]) if length.isascii() and length.isdigit() else None
        if self._expected is not None and self._expected > MAX_OBJECT_BYTES:
            raise ApiError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size of 5 GiB.", 400)
        promised = {name: value for name, value in headers.items() if name in _DIGESTS}
        trailer = headers.get("x-amz-trailer", "").lower()
        self._digests = {name: _DIGESTS[name]() for name in [*promised, trailer] if name in _DIGESTS}
        self._promised = promised
        self.checksums = {name: headers[name] for c in CHECKSUMS if (name := f"{_PREFIX}{c}") in headers}
        self._chunk_left, self._size, self._ended = 0, 0, False

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        if self._ended:
            return b""
        try:
            data = self._read_framed(size) if self._framed else self._source.read(size)
        except ClientDisconnected as error:
            raise _incomplete() from error
        self._size += len(data)
        if self._size > MAX_OBJECT_BYTES:
            raise ApiError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size of 5 GiB.", 400)
        for digest in self._digests.values():
            digest.update(data)
        if not data:
            self._finish()
        return data

    def _read_framed(self, size: int) -> bytes:
        """`<hex size>[;chunk-signature=…]\\r\\n<bytes>\\r\\n` until a size of 0, then trailers as header lines."""
        if self._chunk_left == 0:
            head = self._source.readline(_LINE)
            try:
                self._chunk_left = int(head.split(b";", 1)[0].strip() or b"?", 16)
            except ValueError as error:
                raise _incomplete() from error
            if self._chunk_left <= 0:
                self._read_trailers()
                return b""
        data = self._source.read(min(size, self._chunk_left))
        if not data:
            raise _incomplete()
        self._chunk_left -= len(data)
        if self._chunk_left == 0 and self._source.readline(_LINE).strip():
            raise _incomplete()
        return data

    def _read_trailers(self) -> None:
        for _ in range(16):
            name, colon, value = self._source.readline(_LINE).decode("latin-1").partition(":")
            if not colon:
                return
            name = name.strip().lower()
            if name in _DIGESTS:
                self._promised[name] = value.strip()
            if name.startswith(_PREFIX) and name.removeprefix(_PREFIX) in CHECKSUMS:
                self.checksums[name] = value.strip()

    def _finish(self) -> None:
        self._ended = True
        if self._expected is not None and self._size != self._expected:
            raise _incomplete()
        for name, value in self._promised.items():
            try:
                known = base64.b64decode(value, validate=True)
            except binascii.Error as error:
                raise ApiError("InvalidDigest", f"The {name} you specified is not valid.", 400) from error
            if name in self._digests and known != self._digests[name].digest():
                raise ApiError("BadDigest", f"The {name} you specified did not match what we received.", 400)


def is_framed(headers: Mapping[str, str]) -> bool:
    """True for aws-chunked bodies; header names in lower case."""
    encodings = headers.get("content-encoding", "")
    return "aws-chunked" in encodings or headers.get("x-amz-content-sha256", "").startswith("STREAMING-")


def payload(request: Request) -> Payload:
    """The request's body."""
    return Payload(request)


def as_stream(body: io.RawIOBase) -> BinaryIO:
    """The same object, for what asks for `BinaryIO` and only reads."""
    return cast(BinaryIO, body)


def _incomplete() -> ApiError:
    return ApiError("IncompleteBody", "The body ended early, or its framing is damaged.", 400)
