"""A real boto3 client against the file-backed S3."""

from __future__ import annotations

import io
import os

import pytest
from botocore.exceptions import ClientError

BUCKET = "data-bucket"


@pytest.fixture
def s3(cloud):
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def test_an_object_comes_back_as_it_was_put(s3):
    s3.put_object(Bucket=BUCKET, Key="a/b.txt", Body=b"hello", ContentType="text/plain", Metadata={"who": "ada"})

    got = s3.get_object(Bucket=BUCKET, Key="a/b.txt")

    assert got["Body"].read() == b"hello"
    assert got["ContentType"] == "text/plain"
    assert got["Metadata"] == {"who": "ada"}
    assert got["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert s3.head_object(Bucket=BUCKET, Key="a/b.txt")["ContentLength"] == 5


def test_a_stream_of_unknown_length_is_unframed(s3):
    body = os.urandom(300_000)
    s3.upload_fileobj(io.BytesIO(body), BUCKET, "stream.bin")

    assert s3.get_object(Bucket=BUCKET, Key="stream.bin")["Body"].read() == body


def test_a_large_object_goes_in_parts_and_comes_back_in_ranges(s3):
    body = os.urandom(9 * 1024 * 1024)
    s3.upload_fileobj(io.BytesIO(body), BUCKET, "large.bin")
    target = io.BytesIO()
    s3.download_fileobj(BUCKET, "large.bin", target)

    assert target.getvalue() == body
    middle = s3.get_object(Bucket=BUCKET, Key="large.bin", Range="bytes=100-199")
    assert middle["Body"].read() == body[100:200]
    assert middle["ContentRange"] == f"bytes 100-199/{len(body)}"
    assert s3.get_object(Bucket=BUCKET, Key="large.bin", Range="bytes=-10")["Body"].read() == body[-10:]


def test_listing_pages_and_folds_by_delimiter(s3):
    for key in ("a/1", "a/2", "b/1", "c", "d"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")

    folded = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2})

    assert [p["Prefix"] for p in folded["CommonPrefixes"]] == ["a/", "b/"]
    assert [c["Key"] for c in folded["Contents"]] == ["c", "d"]
    assert [c["Key"] for page in pages for c in page["Contents"]] == ["a/1", "a/2", "b/1", "c", "d"]
    assert [c["Key"] for c in s3.list_objects(Bucket=BUCKET, Prefix="a/")["Contents"]] == ["a/1", "a/2"]


def test_copies_and_deletions(s3):
    s3.put_object(Bucket=BUCKET, Key="one", Body=b"1")
    s3.copy_object(Bucket=BUCKET, Key="two", CopySource={"Bucket": BUCKET, "Key": "one"})
    s3.delete_object(Bucket=BUCKET, Key="one")

    assert s3.get_object(Bucket=BUCKET, Key="two")["Body"].read() == b"1"
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "two"}, {"Key": "never"}]})
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    s3.delete_bucket(Bucket=BUCKET)
    assert s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda s3: s3.get_object(Bucket=BUCKET, Key="nope"), "NoSuchKey"),
        (lambda s3: s3.get_object(Bucket="no-such-bucket", Key="x"), "NoSuchBucket"),
        (lambda s3: s3.put_object(Bucket="no-such-bucket", Key="x", Body=b""), "NoSuchBucket"),
        (lambda s3: s3.head_bucket(Bucket="no-such-bucket"), "404"),
        (lambda s3: s3.get_object(Bucket=BUCKET, Key="empty", Range="bytes=5-6"), "InvalidRange"),
    ],
)
def test_errors_carry_the_code_of_the_service(s3, call, code):
    s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    with pytest.raises(ClientError) as caught:
        call(s3)
    assert code_of(caught.value) == code
