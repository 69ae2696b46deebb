"""Operations on one object: get, put, copy, and the steps of a multipart upload.

Place in the flow: `S3Api` has chosen the operation; here headers become arguments of the store and answers. One cost:
a copy reads and writes the bytes; nothing is shared between objects.
"""

from __future__ import annotations

import io
from collections import ChainMap
from collections.abc import Iterator
from email.utils import formatdate
from typing import BinaryIO
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from local.api_errors import ApiError
from local.object_store import CHUNK, ObjectHead, ObjectStore
from local.s3_api.bodies import as_stream, payload
from local.s3_api.conditions import byte_range, check_read, check_write
from local.s3_api.markup import answer, parse, timestamp
from local.s3_api.multipart import Uploads

Place = tuple[str, str]
MAX_METADATA_BYTES = 2048
KEPT_HEADERS = ("cache-control", "content-disposition", "content-encoding", "content-language", "expires")
_META = "x-amz-meta-"
_CHECKSUM = "x-amz-checksum-"


class Objects:
    """What `S3Api` does with a bucket and a key."""

    def __init__(self, store: ObjectStore, uploads: Uploads) -> None:
        self._store, self._uploads = store, uploads

    def get(self, request: Request, place: Place) -> Response:
        """GetObject and HeadObject."""
        head, file = self._store.open_with_head(*place)
        body = _Body(file)
        try:
            if not check_read(head, request.headers):
                body.close()
                return Response(status=304, headers={"ETag": f'"{head.etag}"'})
            wanted = byte_range(request.headers.get("Range"), head.size)
            start, end = wanted or (0, head.size)
            headers = _describe(head, request, whole=wanted is None) | {"Content-Length": str(end - start)}
            if wanted:
                headers["Content-Range"] = f"bytes {start}-{end - 1}/{head.size}"
            status = 206 if wanted else 200
            if request.method == "HEAD":
                body.close()
                return Response(status=status, headers=headers)
            body.restrict(start, end)
            return Response(body, status, headers, direct_passthrough=True)
        except BaseException:
            body.close()
            raise

    def put(self, request: Request, place: Place) -> Response:
        """PutObject."""
        body = payload(request)
        # A view, not a copy: checksums may arrive in a trailer, and the store looks at the headers after the last read.
        head = self._store.put_stream(
            *place,
            as_stream(body),
            content_type=request.headers.get("Content-Type", ""),
            metadata=_metadata(request),
            headers=ChainMap(_kept(request), body.checksums),
            check=lambda known: check_write(known, request.headers),
        )
        return Response(status=200, headers={"ETag": f'"{head.etag}"'} | body.checksums)

    def copy(self, request: Request, place: Place) -> Response:
        """CopyObject."""
        source = _source(request)
        replace = request.headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE"
        if source == place and not replace:
            raise ApiError("InvalidRequest", "This copy request is illegal: it copies an object to itself.", 400)
        head, file = self._store.open_with_head(*source)
        with file:
            if not check_read(head, request.headers, "x-amz-copy-source-"):
                raise ApiError("PreconditionFailed", "A condition on the copy's source did not hold.", 412)
            made = self._store.put_stream(
                *place,
                file,
                content_type=request.headers.get("Content-Type", "") if replace else head.content_type,
                metadata=_metadata(request) if replace else head.metadata,
                headers=_kept(request) if replace else head.headers,
                check=lambda known: check_write(known, request.headers),
            )
        return answer("CopyObjectResult", {"ETag": f'"{made.etag}"', "LastModified": timestamp(made.modified)})

    def create_upload(self, request: Request, place: Place) -> Response:
        """CreateMultipartUpload."""
        if not self._store.has_bucket(place[0]):
            raise ApiError("NoSuchBucket", f"The specified bucket does not exist: {place[0]}", 404)
        upload_id = self._uploads.create(
            *place,
            content_type=request.headers.get("Content-Type", ""),
            metadata=_metadata(request),
            headers=_kept(request),
        )
        body = {"Bucket": place[0], "Key": place[1], "UploadId": upload_id}
        return answer("InitiateMultipartUploadResult", body)

    def put_part(self, request: Request, place: Place) -> Response:
        """UploadPart."""
        body = payload(request)
        etag = self._uploads.put_part(request.args["uploadId"], place, request.args["partNumber"], as_stream(body))
        return Response(status=200, headers={"ETag": f'"{etag}"'} | body.checksums)

    def copy_part(self, request: Request, place: Place) -> Response:
        """UploadPartCopy."""
        head, file = self._store.open_with_head(*_source(request))
        with file:
            wanted = byte_range(request.headers.get("x-amz-copy-source-range"), head.size) or (0, head.size)
            body = _Body(file)
            body.restrict(*wanted)
            stream = as_stream(body)
            etag = self._uploads.put_part(request.args["uploadId"], place, request.args["partNumber"], stream)
        return answer("CopyPartResult", {"ETag": f'"{etag}"', "LastModified": timestamp(head.modified)})

    def complete_upload(self, request: Request, place: Place) -> Response:
        """CompleteMultipartUpload."""
        head = self._uploads.complete(request.args["uploadId"], place, parse(as_stream(payload(request))))
        body = {"Location": request.base_url, "Bucket": head.bucket, "Key": head.key, "ETag": f'"{head.etag}"'}
        return answer("CompleteMultipartUploadResult", body)

    def list_parts(self, request: Request, place: Place) -> Response:
        """ListParts, all on one page."""
        upload_id = request.args["uploadId"]
        rows = [
            {"PartNumber": number, "ETag": f'"{etag}"', "Size": size, "LastModified": timestamp(modified)}
            for number, etag, size, modified in self._uploads.parts(upload_id, place)
        ]
        body = {"Bucket": place[0], "Key": place[1], "UploadId": upload_id, "IsTruncated": "false", "Part": rows}
        return answer("ListPartsResult", body)


class _Body(io.RawIOBase):
    """A stretch of a file: iterated by the server, read by a copy, closed either way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, 0

    def restrict(self, start: int, end: int) -> None:
        self._file.seek(start)
        self._left = end - start

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(CHUNK), b"")

    def close(self) -> None:
        self._file.close()
        super().close()


def _source(request: Request) -> Place:
    path = unquote(request.headers["x-amz-copy-source"]).removeprefix("/").split("?versionId=", 1)[0]
    bucket, _, key = path.partition("/")
    if not key:
        raise ApiError("InvalidArgument", "x-amz-copy-source must be <bucket>/<key>.", 400)
    return bucket, key


def _metadata(request: Request) -> dict[str, str]:
    headers = {name.lower(): value for name, value in request.headers.items()}
    found = {name.removeprefix(_META): value for name, value in headers.items() if name.startswith(_META)}
    if sum(len(name) + len(value) for name, value in found.items()) > MAX_METADATA_BYTES:
        raise ApiError("MetadataTooLarge", f"Metadata may have {MAX_METADATA_BYTES} bytes at most.", 400)
    return found


def _kept(request: Request) -> dict[str, str]:
    found = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    encodings = [part.strip() for part in found.get("content-encoding", "").split(",")]
    found["content-encoding"] = ", ".join(part for part in encodings if part not in ("", "aws-chunked"))
    return {name: value for name, value in found.items() if value}


def _describe(head: ObjectHead, request: Request, *, whole: bool) -> dict[str, str]:
    """The headers of an answer; a checksum of the whole object would mislead next to a part of it."""
    headers = {
        "ETag": f'"{head.etag}"',
        "Last-Modified": formatdate(head.modified, usegmt=True),
        "Content-Type": head.content_type,
        "Accept-Ranges": "bytes",
    }
    checksums = whole and request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
    headers |= {name: value for name, value in head.headers.items() if checksums or not name.startswith(_CHECKSUM)}
    headers |= {f"{_META}{name}": value for name, value in head.metadata.items()}
    prefix = "response-"
    overrides = {name.removeprefix(prefix): v for name, v in request.args.items() if name.startswith(prefix)}
    if "content-type" in overrides:
        headers["Content-Type"] = overrides["content-type"]
    return headers | {name: value for name, value in overrides.items() if name in KEPT_HEADERS}
