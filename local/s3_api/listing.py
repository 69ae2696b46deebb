"""ListObjects, both versions: prefix, delimiter, pages.

Place in the flow: `S3Api` routes bucket GETs here. A folder of a million keys costs one look-up when it folds into a
common prefix. One cost: the continuation token is the last entry in Base64, so a client could make one up.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from werkzeug.wrappers import Response

from local.api_errors import ApiError
from local.object_index import after_prefix
from local.object_store import ObjectHead, ObjectStore
from local.s3_api.markup import answer, timestamp

MAX_KEYS = 1000


@dataclass(slots=True)
class Page:
    """Entries in order; `last` is the last one, a key or a common prefix."""

    contents: list[ObjectHead] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: str = ""
    truncated: bool = False

    def __len__(self) -> int:
        return len(self.contents) + len(self.prefixes)


def list_objects(objects: ObjectStore, bucket: str, query: Mapping[str, str]) -> Response:
    """ListObjectsV2, or version 1 where list-type is absent."""
    second = query.get("list-type") == "2"
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after = _start(query) if second else query.get("marker", "")
    limit = _limit(query.get("max-keys", str(MAX_KEYS)))
    page = _collect(objects, bucket, prefix, delimiter=delimiter, after=after, limit=limit)
    url = query.get("encoding-type") == "url"
    encode: Callable[[str], str] = quote if url else str
    body: dict[str, object] = {
        "Name": bucket,
        "Prefix": encode(prefix),
        "MaxKeys": limit,
        "IsTruncated": str(page.truncated).lower(),
        "Contents": [
            {
                "Key": encode(head.key),
                "LastModified": timestamp(head.modified),
                "ETag": f'"{head.etag}"',
                "Size": head.size,
                "StorageClass": "STANDARD",
            }
            for head in page.contents
        ],
        "CommonPrefixes": [{"Prefix": encode(common)} for common in page.prefixes],
    }
    if delimiter:
        body["Delimiter"] = encode(delimiter)
    if url:
        body["EncodingType"] = "url"
    if second:
        body["KeyCount"] = len(page)
        for name in ("start-after", "continuation-token"):
            if name in query:
                text = encode(query[name]) if name == "start-after" else query[name]
                body["".join(part.title() for part in name.split("-"))] = text
        if page.truncated:
            body["NextContinuationToken"] = base64.urlsafe_b64encode(page.last.encode()).decode()
    else:
        body["Marker"] = encode(after)
        if page.truncated:
            body["NextMarker"] = encode(page.last)
    return answer("ListBucketResult", body)


def _collect(objects: ObjectStore, bucket: str, prefix: str, *, delimiter: str, after: str, limit: int) -> Page:
    page = Page()
    start, inclusive, seen = after.encode(), False, after.encode()
    while True:
        batch = objects.page(bucket, prefix, start, inclusive=inclusive, limit=min(MAX_KEYS, limit - len(page)) + 1)
        if not batch:
            return page
        for head in batch:
            cut = head.key.find(delimiter, len(prefix)) if delimiter else -1
            common = head.key[: cut + len(delimiter)] if cut >= 0 else None
            entry = common or head.key
            start, inclusive = head.key.encode(), False
            if entry.encode() > seen:
                if len(page) >= limit:
                    page.truncated = limit > 0
                    return page
                if common is None:
                    page.contents.append(head)
                else:
                    page.prefixes.append(common)
                page.last, seen = entry, entry.encode()
            if common is not None:  # jump over the rest of the folder
                start, inclusive = after_prefix(common.encode()), True
                break


def _start(query: Mapping[str, str]) -> str:
    token = query.get("continuation-token")
    if token is None:
        return query.get("start-after", "")
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ApiError("InvalidArgument", "The continuation token provided is incorrect.", 400) from error


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise ApiError("InvalidArgument", f"max-keys must be an integer in [0, 2147483647], got {text[:20]!r}.", 400)
    return min(int(text), MAX_KEYS)
