"""If-Match and its kin, and byte ranges.

Place in the flow: pure functions between an object's head and a request's headers. One cost: of several ranges in one
request none is served; the whole object comes instead, as S3 does.

Source: RFC 9110, sections 13 and 14.
"""

from __future__ import annotations

import re

from werkzeug.datastructures import Headers
from werkzeug.http import parse_date

from local.api_errors import ApiError
from local.object_store import ObjectHead

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)


def check_read(head: ObjectHead, headers: Headers, prefix: str = "") -> bool:
    """False where the client's copy is still good (304).

    Args:
        prefix: "x-amz-copy-source-" for the conditions on a copy's source.

    Raises:
        ApiError: PreconditionFailed.
    """
    modified = int(head.modified)
    match, none_match = headers.get(f"{prefix}If-Match"), headers.get(f"{prefix}If-None-Match")
    if match is not None:
        if not _names(match, head):
            raise _failed()
    elif (moment := parse_date(headers.get(f"{prefix}If-Unmodified-Since"))) and modified > moment.timestamp():
        raise _failed()
    if none_match is not None:
        return not _names(none_match, head)
    moment = parse_date(headers.get(f"{prefix}If-Modified-Since"))
    return moment is None or modified > moment.timestamp()


def check_write(known: ObjectHead | None, headers: Headers) -> None:
    """Let a write happen, or not.

    Raises:
        ApiError: PreconditionFailed, NoSuchKey.
    """
    match, none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if match is not None and known is None:
        raise ApiError("NoSuchKey", "The specified key does not exist.", 404)
    if known is not None and ((match and not _names(match, known)) or (none_match and _names(none_match, known))):
        raise _failed()


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the byte behind the last, or None for the whole object.

    Raises:
        ApiError: InvalidRange.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or found[1] == found[2] == "" or (found[1] and found[2] and int(found[1]) > int(found[2])):
        return None
    if found[1]:
        start, end = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
    else:
        start, end = max(0, size - int(found[2])), size
    if start >= end:
        raise ApiError("InvalidRange", "The requested range is not satisfiable", 416)
    return start, end


def _names(header: str, head: ObjectHead) -> bool:
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")]
    return "*" in tags or head.etag in tags


def _failed() -> ApiError:
    return ApiError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
