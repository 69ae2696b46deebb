"""The data set an issue asks for: is it there, and what exactly is in it.

Place in the flow: start_execution pins every execution to the fingerprint of the files it saw. One cost: lists the
data set's whole prefix; the contents are trusted to the ETag.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from contracts import names
from contracts.dataset_card import FILE_NAME, MAX_BYTES, DatasetCard, read_dataset_card
from contracts.fields import DATASET_ID
from contracts.findings import Finding, did_you_mean

DATASETS = "datasets/"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of a data set; `key` is relative to the data set's prefix, `size` in bytes."""

    key: str
    etag: str
    size: int


def files_of(s3: Any, bucket: str, dataset_id: str) -> list[DataFile]:
    """The files below datasets/<dataset_id>/; empty where there is no such data set."""
    prefix = f"{DATASETS}{dataset_id}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [
        DataFile(item["Key"].removeprefix(prefix), item["ETag"].strip('"'), int(item["Size"]))
        for page in pages
        for item in page.get("Contents", [])
        if not item["Key"].endswith("/")
    ]


def fingerprint(files: Iterable[DataFile]) -> str:
    """SHA-256 over the sorted (key, ETag, size) of the files; the order of listing does not matter."""
    rows = sorted((f.key, f.etag, f.size) for f in files)
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def dataset_ids(s3: Any, bucket: str) -> list[str]:
    """The data sets there are, sorted."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=DATASETS, Delimiter="/")
    prefixes = [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])]
    return sorted(p.removeprefix(DATASETS).rstrip("/") for p in prefixes)


def unknown_dataset(dataset_id: str, existing: list[str]) -> Finding:
    """The finding that names the nearest data set and the ones there are."""
    shown = ", ".join(existing[:_SHOWN])
    more = f" and {len(existing) - _SHOWN} more" if len(existing) > _SHOWN else ""
    known = f" Data sets: {shown}{more}." if existing else " There is no data set yet."
    hint = did_you_mean(dataset_id, existing) or "."
    return Finding("dataset_id", f"dataset_id '{dataset_id}' does not exist{hint}{known}")


def card_of(s3: Any, bucket: str, dataset_id: str) -> tuple[DatasetCard | None, list[Finding]]:
    """What the data set says of itself in its dataset.yaml, and what is wrong there; None where it has none.

    An id that can be none is asked for nowhere: a key that S3 refuses would keep the issue from ever being answered.
    """
    if DATASET_ID.match(dataset_id) is None:
        return None, []
    try:
        answer = s3.get_object(Bucket=bucket, Key=f"{DATASETS}{dataset_id}/{FILE_NAME}")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        return None, []
    content = answer["Body"].read(MAX_BYTES + 1)
    try:
        return read_dataset_card(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None, [Finding(FILE_NAME, f"{FILE_NAME} of '{dataset_id}' must be UTF-8 text; save it as UTF-8.")]


def no_champion(s3: Any, bucket: str) -> str:
    """The prefix for a model that has no predecessor, with the one object that makes it a valid input."""
    uri = names.no_champion_uri(bucket)
    key = uri.removeprefix(f"s3://{bucket}/") + "none.json"
    s3.put_object(Bucket=bucket, Key=key, Body=b"{}\n", ContentType="application/json")
    return uri
