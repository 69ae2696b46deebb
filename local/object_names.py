"""Where an object lies on disk: bucket and key -> a path that cannot leave the store, and reads like an ordinary key.

Place in the flow: pure functions under `ObjectStore`; the index, not the path, remembers the key, so nothing decodes.
One cost: on a file system that ignores case (macOS), two keys that differ in case only share one file.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from local.api_errors import ApiError

KEY_BYTES = 1024
# Leaves room under the usual 255 bytes a name may have.
SEGMENT_BYTES = 200
KEPT_BYTES = 120

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_UNSAFE = re.compile(rb"[^A-Za-z0-9_.=-]")


def check_bucket(bucket: str) -> str:
    """The name, if S3 would accept it.

    Raises:
        ApiError: InvalidBucketName.
    """
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise ApiError("InvalidBucketName", f"The specified bucket is not valid: {bucket[:80]!r}.", 400)
    return bucket


def key_bytes(key: str) -> bytes:
    """The key in UTF-8, whose byte order is S3's listing order.

    Raises:
        ApiError: KeyTooLongError, or InvalidURI where the key is empty or no valid Unicode.
    """
    try:
        encoded = key.encode()
    except UnicodeEncodeError as error:
        raise ApiError("InvalidURI", "Couldn't parse the specified URI: the key is not valid UTF-8.", 400) from error
    if not encoded:
        raise ApiError("InvalidURI", "Couldn't parse the specified URI: the key is empty.", 400)
    if len(encoded) > KEY_BYTES:
        raise ApiError("KeyTooLongError", f"Your key is too long: {len(encoded)} bytes, at most {KEY_BYTES}.", 400)
    return encoded


def object_path(root: Path, bucket: str, key: str) -> Path:
    """The file that holds the object.

    A key may be a prefix of another ("a" and "a/b"), a file may not be a folder. So a folder's name carries an "@"
    where it has a dot, and a file's where it has none: ordinary keys keep their look, and the two never meet.
    """
    *folders, name = (_segment(part) for part in key_bytes(key).split(b"/"))
    path = root / check_bucket(bucket)
    for folder in folders:
        path /= f"{folder}@" if "." in folder else folder
    return path / (name if "." in name else f"{name}@")


def _segment(part: bytes) -> str:
    if not part:
        return "%"
    if part.strip(b".") == b"":  # ".", "..": names with a meaning
        return "%2E" * len(part) if len(part) * 3 <= SEGMENT_BYTES else _shortened("%2E" * len(part), part)
    text = _UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], part).decode("ascii")
    return text if len(text) <= SEGMENT_BYTES else _shortened(text, part)


def _shortened(text: str, part: bytes) -> str:
    # "%~" is no percent-encoding, so a shortened name never equals a full one.
    return f"{text[:KEPT_BYTES]}%~{hashlib.sha256(part).hexdigest()[:40]}"
