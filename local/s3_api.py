"""S3's REST interface, path style, over the object store: what boto3, the AWS CLI and table readers use.

Place in the flow: the endpoint hands requests signed for `s3` to this WSGI application. Bodies stream in bounded memory.
One cost: signatures are not checked; the endpoint listens on loopback only.

Source: Amazon S3 API Reference.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Request, Response

from local.api_errors import ApiError
from local.object_store import CHUNK, ObjectHead, ObjectStore

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
MAX_XML_BYTES = 2 << 20
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}\Z")


class S3Api:
    """A WSGI application; one instance serves many threads."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._uploads = objects.root / ".uploads"

    def __call__(self, environ: dict[str, object], start_response: Callable[..., object]) -> object:
        request = Request(environ)  # type: ignore[arg-type]  # werkzeug's alias for the same mapping
        try:
            response = self._dispatch(request)
        except ApiError as error:
            response = _xml("Error", {"Code": error.code, "Message": error.message}, error.status)
            if request.method == "HEAD":
                response = Response(status=error.status)
        response.headers["x-amz-request-id"] = "local"
        return response(environ, start_response)  # type: ignore[arg-type]

    def _dispatch(self, request: Request) -> Response:
        path = request.environ.get("RAW_URI", request.path).split("?", 1)[0]
        bucket, _, raw_key = path.lstrip("/").partition("/")
        bucket, key = unquote(bucket), unquote(raw_key)
        if not bucket:
            return self._list_buckets()
        return self._object(request, bucket, key) if key else self._bucket(request, bucket)

    def _list_buckets(self) -> Response:
        rows = [{"Name": name, "CreationDate": _iso(created)} for name, created in self._objects.buckets()]
        return _xml("ListAllMyBucketsResult", {"Owner": {"ID": "local"}, "Buckets": {"Bucket": rows}})

    def _bucket(self, request: Request, bucket: str) -> Response:
        query, method = request.args, request.method
        if method == "PUT" and not query:
            self._objects.create_bucket(bucket)
            return Response(status=200, headers={"Location": f"/{bucket}"})
        if method == "DELETE" and not query:
            self._objects.delete_bucket(bucket)
            return Response(status=204)
        if method == "HEAD":
            if not self._objects.has_bucket(bucket):
                raise ApiError("NoSuchBucket", f"The specified bucket does not exist: {bucket}", 404)
            return Response(status=200, headers={"x-amz-bucket-region": "us-east-1"})
        if method == "POST" and "delete" in query:
            return self._delete_objects(request, bucket)
        if method == "GET" and "location" in query:
            return _xml("LocationConstraint", {})
        if method == "GET" and "uploads" in query:
            return _xml("ListMultipartUploadsResult", {"Bucket": bucket, "IsTruncated": "false"})
        if method == "GET" and ("list-type" in query or set(query) <= {"prefix", "delimiter", "marker", "max-keys", "encoding-type"}):
            return self._list_objects(query, bucket)
        raise ApiError("NotImplemented", f"{method} on a bucket with {sorted(query)} is not supported here", 501)

    def _list_objects(self, query: Mapping[str, str], bucket: str) -> Response:
        """ListObjectsV2, or version 1 where list-type is absent; the continuation token is the last key seen."""
        second = query.get("list-type") == "2"
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        limit = query.get("max-keys", "1000")
        size = min(int(limit), 1000) if limit.isdigit() else 1000
        if second:
            token = query.get("continuation-token")
            after = base64.urlsafe_b64decode(token).decode() if token else query.get("start-after", "")
        else:
            after = query.get("marker", "")
        encode: Callable[[str], str] = quote if query.get("encoding-type") == "url" else str
        contents: list[dict[str, object]] = []
        common: list[str] = []
        last, truncated = "", False
        for key in self._objects.list(bucket, prefix):
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            entry = key[: cut + len(delimiter)] if cut >= 0 else key
            if entry <= after or (cut >= 0 and common and entry == common[-1]):
                continue
            if len(contents) + len(common) >= size:
                truncated = True
                break
            last = entry
            if cut >= 0:
                common.append(entry)
                continue
            head = self._objects.head(bucket, key)
            contents.append(
                {
                    "Key": encode(key),
                    "LastModified": _iso(head.modified),
                    "ETag": f'"{head.etag}"',
                    "Size": str(head.size),
                    "StorageClass": "STANDARD",
                }
            )
        body: dict[str, object] = {
            "Name": bucket,
            "Prefix": encode(prefix),
            "MaxKeys": str(size),
            "IsTruncated": str(truncated).lower(),
            "Contents": contents,
            "CommonPrefixes": [{"Prefix": encode(p)} for p in common],
        }
        if delimiter:
            body["Delimiter"] = encode(delimiter)
        if query.get("encoding-type"):
            body["EncodingType"] = "url"
        if second:
            body["KeyCount"] = str(len(contents) + len(common))
            if truncated:
                body["NextContinuationToken"] = base64.urlsafe_b64encode(last.encode()).decode()
        elif truncated:
            body["NextMarker"] = encode(last)
        return _xml("ListBucketResult", body)

    def _delete_objects(self, request: Request, bucket: str) -> Response:
        document = _parse_xml(request)
        deleted = []
        for element in document.iter():
            if element.tag.rsplit("}", 1)[-1] == "Key" and element.text:
                self._objects.delete(bucket, element.text)
                deleted.append({"Key": element.text})
        return _xml("DeleteResult", {"Deleted": deleted})

    def _object(self, request: Request, bucket: str, key: str) -> Response:
        query, method = request.args, request.method
        if method == "POST" and "uploads" in query:
            return self._create_upload(request, bucket, key)
        if "uploadId" in query:
            return self._upload(request, bucket, key, query["uploadId"])
        if method in ("GET", "HEAD"):
            return self._get(request, bucket, key)
        if method == "PUT" and "x-amz-copy-source" in request.headers:
            source = unquote(request.headers["x-amz-copy-source"]).lstrip("/").split("?", 1)[0]
            source_bucket, _, source_key = source.partition("/")
            head = self._objects.copy(source_bucket, source_key, bucket, key)
            return _xml("CopyObjectResult", {"ETag": f'"{head.etag}"', "LastModified": _iso(head.modified)})
        if method == "PUT" and not query.keys() - {"x-id"}:
            if not self._objects.has_bucket(bucket):
                raise ApiError("NoSuchBucket", f"The specified bucket does not exist: {bucket}", 404)
            head = self._objects.put_stream(
                bucket, key, body_of(request), content_type=request.headers.get("Content-Type", ""), metadata=_metadata(request)
            )
            return Response(status=200, headers={"ETag": f'"{head.etag}"'})
        if method == "DELETE":
            self._objects.delete(bucket, key)
            return Response(status=204)
        raise ApiError("NotImplemented", f"{method} on an object with {sorted(query)} is not supported here", 501)

    def _get(self, request: Request, bucket: str, key: str) -> Response:
        head = self._objects.head(bucket, key)
        wanted, unwanted = request.headers.get("If-Match"), request.headers.get("If-None-Match")
        if wanted and wanted.strip('"') not in (head.etag, "*"):
            raise ApiError("PreconditionFailed", "At least one of the pre-conditions did not hold", 412)
        if unwanted and unwanted.strip('"') in (head.etag, "*"):
            return Response(status=304, headers={"ETag": f'"{head.etag}"'})
        start, end, status = _range(request.headers.get("Range"), head.size)
        headers = _head_headers(head) | {"Content-Length": str(end - start)}
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{head.size}"
        if request.method == "HEAD":
            return Response(status=status, headers=headers)
        return Response(_slice(self._objects.open(bucket, key), start, end), status, headers, direct_passthrough=True)

    def _create_upload(self, request: Request, bucket: str, key: str) -> Response:
        if not self._objects.has_bucket(bucket):
            raise ApiError("NoSuchBucket", f"The specified bucket does not exist: {bucket}", 404)
        upload_id = hashlib.sha256(f"{bucket}/{key}/{datetime.now(UTC).timestamp()}".encode()).hexdigest()[:32]
        (self._uploads / upload_id).mkdir(parents=True)
        return _xml("InitiateMultipartUploadResult", {"Bucket": bucket, "Key": key, "UploadId": upload_id})

    def _upload(self, request: Request, bucket: str, key: str, upload_id: str) -> Response:
        folder = self._uploads / upload_id
        if not _UPLOAD_ID.match(upload_id) or not folder.is_dir():
            raise ApiError("NoSuchUpload", "The specified upload does not exist.", 404)
        if request.method == "PUT":
            number = request.args.get("partNumber", "")
            if not number.isdigit() or not 1 <= int(number) <= 10_000:
                raise ApiError("InvalidArgument", "partNumber must be an integer in [1, 10000]", 400)
            return Response(status=200, headers={"ETag": f'"{_write_part(folder, int(number), body_of(request))}"'})
        if request.method == "DELETE":
            shutil.rmtree(folder)
            return Response(status=204)
        if request.method == "POST":
            numbers = [int(e.text or 0) for e in _parse_xml(request).iter() if e.tag.rsplit("}", 1)[-1] == "PartNumber"]
            parts = [folder / f"{number:05d}" for number in numbers]
            if not parts or not all(part.is_file() for part in parts):
                raise ApiError("InvalidPart", "One or more of the specified parts could not be found.", 400)
            head = self._objects.put_stream(bucket, key, _Joined(parts))
            shutil.rmtree(folder)
            return _xml("CompleteMultipartUploadResult", {"Bucket": bucket, "Key": key, "ETag": f'"{head.etag}"'})
        raise ApiError("NotImplemented", f"{request.method} on an upload is not supported here", 501)


class _Joined(io.RawIOBase):
    """Several files read as one stream."""

    def __init__(self, parts: list[Path]) -> None:
        self._parts = iter(parts)
        self._current: BinaryIO | None = None

    def read(self, size: int = -1) -> bytes:
        while True:
            if self._current is None:
                part = next(self._parts, None)
                if part is None:
                    return b""
                self._current = part.open("rb")
            chunk = self._current.read(size)
            if chunk:
                return chunk
            self._current.close()
            self._current = None


class _AwsChunked(io.RawIOBase):
    """Decodes `aws-chunked` bodies: `<hex size>[;signature]\\r\\n<bytes>\\r\\n`, until size 0; trailers are skipped."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._left = 0
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        if self._ended:
            return b""
        if self._left == 0:
            line = self._source.readline(4096).strip() or self._source.readline(4096).strip()
            try:
                self._left = int(line.split(b";", 1)[0], 16)
            except ValueError as error:
                raise ApiError("IncompleteBody", "The aws-chunked body is damaged.", 400) from error
            if self._left == 0:
                self._ended = True
                while self._source.read(CHUNK):
                    pass
                return b""
        chunk = self._source.read(self._left if size < 0 else min(size, self._left))
        if not chunk:
            raise ApiError("IncompleteBody", "The body ended before its last chunk.", 400)
        self._left -= len(chunk)
        return chunk


def body_of(request: Request) -> BinaryIO:
    """The request's payload as a stream, without the transfer's framing."""
    framed = "aws-chunked" in request.headers.get("Content-Encoding", "") or request.headers.get(
        "x-amz-content-sha256", ""
    ).startswith("STREAMING-")
    stream: BinaryIO = request.stream  # type: ignore[assignment]
    return _AwsChunked(stream) if framed else stream  # type: ignore[return-value]


def _write_part(folder: Path, number: int, body: BinaryIO) -> str:
    draft = folder / f"{number:05d}.new"
    digest = hashlib.md5(usedforsecurity=False)
    with draft.open("wb") as sink:
        while chunk := body.read(CHUNK):
            digest.update(chunk)
            sink.write(chunk)
    draft.replace(folder / f"{number:05d}")
    return digest.hexdigest()


def _metadata(request: Request) -> dict[str, str]:
    return {k[11:].lower(): v for k, v in request.headers.items() if k.lower().startswith("x-amz-meta-")}


def _head_headers(head: ObjectHead) -> dict[str, str]:
    headers = {
        "ETag": f'"{head.etag}"',
        "Last-Modified": formatdate(head.modified, usegmt=True),
        "Content-Type": head.content_type,
        "Accept-Ranges": "bytes",
    }
    return headers | {f"x-amz-meta-{name}": value for name, value in head.metadata.items()}


def _range(header: str | None, size: int) -> tuple[int, int, int]:
    """(start, end, status) of a Range header; end is exclusive."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header or "")
    if match is None or match.group(1) == match.group(2) == "":
        return 0, size, 200
    first, last = match.groups()
    start, end = (max(0, size - int(last)), size) if not first else (int(first), min(size, int(last) + 1) if last else size)
    if start >= end:
        raise ApiError("InvalidRange", "The requested range is not satisfiable", 416)
    return start, end, 206


def _slice(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _parse_xml(request: Request) -> ET.Element:
    body = body_of(request).read(MAX_XML_BYTES + 1)
    if len(body) > MAX_XML_BYTES or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ApiError("MalformedXML", "The XML is too large or declares entities.", 400)
    try:
        return ET.fromstring(body)  # noqa: S314 - bounded, and declarations are refused above
    except ET.ParseError as error:
        raise ApiError("MalformedXML", "The XML you provided was not well-formed.", 400) from error


def _xml(name: str, body: Mapping[str, object], status: int = 200) -> Response:
    root = ET.Element(name, {} if name == "Error" else {"xmlns": XMLNS})
    _fill(root, body)
    return Response(ET.tostring(root, encoding="utf-8", xml_declaration=True), status, content_type="application/xml")


def _fill(element: ET.Element, body: Mapping[str, object]) -> None:
    for name, value in body.items():
        for item in value if isinstance(value, list) else [value]:
            child = ET.SubElement(element, name)
            if isinstance(item, Mapping):
                _fill(child, item)
            else:
                child.text = str(item)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
