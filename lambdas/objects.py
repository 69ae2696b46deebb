"""Small objects in S3, by URI.

Place in the flow: reports, pictures and metadata of steps are read here. One cost: an object is read whole, so it is
bounded.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

from botocore.exceptions import ClientError

from contracts.errors import ConfigError
from lambdas.aws import error_code

MAX_BYTES = 4 * 1024 * 1024


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key. Raises ConfigError for anything else than s3://BUCKET/KEY."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or not key:
        raise ConfigError(f"an object is named s3://BUCKET/KEY, got '{uri[:200]}'.")
    return bucket, key


def read(s3: Any, uri: str) -> bytes | None:
    """The object, or None where there is none or no URI is known.

    Raises:
        ConfigError: it is larger than a document of ours can be.
    """
    data = _read(s3, uri, MAX_BYTES)
    if data is not None and len(data) > MAX_BYTES:
        raise ConfigError(f"{uri} is larger than {MAX_BYTES} bytes.")
    return data


def read_within(s3: Any, uri: str, limit: int) -> bytes | None:
    """The object, or None where there is none or it is larger than `limit` bytes."""
    data = _read(s3, uri, limit)
    return None if data is None or len(data) > limit else data


def exists(s3: Any, uri: str) -> bool:
    """Whether there is such an object; nothing of it is read."""
    bucket, key = split_uri(uri)
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "NoSuchBucket", "404"):
            return False
        raise
    return True


def _read(s3: Any, uri: str, limit: int) -> bytes | None:
    """The object, at most one byte more than `limit` of it."""
    if not uri:
        return None
    bucket, key = split_uri(uri)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise
    with closing(body):
        data: bytes = body.read(limit + 1)
    return data
