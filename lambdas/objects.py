"""Small JSON documents in S3, by URI.

Place in the flow: reports and metadata of steps are read here, data preparation settings written. One cost: a
document is read whole, so it is bounded.
"""

from __future__ import annotations

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
    if not uri:
        return None
    bucket, key = split_uri(uri)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise
    data: bytes = body.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{uri} is larger than {MAX_BYTES} bytes.")
    return data
