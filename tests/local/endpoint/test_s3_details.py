"""What separates S3 from a folder: conditions, checksums, parts, encodings; and what a broken client may send."""

import base64
import hashlib
import http.client
import io
import os
import zlib
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from tests.local.endpoint.conftest import Cloud

BUCKET = "data-bucket"
MIB = 1 << 20
SIGNED = {"Host": "localhost", "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request"}


@pytest.fixture
def s3(cloud):
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def code(call, *args, **kwargs) -> str:
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    return str(caught.value.response["Error"]["Code"])


def raw(cloud, method, path, headers=(), body=b""):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(cloud.endpoint.url).port, timeout=10)
    connection.request(method, path, body, SIGNED | dict(headers))
    response = connection.getresponse()
    return response.status, response.read()


@pytest.mark.parametrize(
    "key", ["a b+c", "日本/é.csv", "a//b", "x/", "..", "a/../b", "%2F", "q?x=1", "#", "&<>'\"", "\x01", "~"]
)
def test_awkward_keys_travel_unchanged(s3, key):
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")

    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"1"
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == [key]
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": key})
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "copy"}]})
    s3.delete_object(Bucket=BUCKET, Key=key)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_a_write_may_insist_on_being_the_first_or_on_the_version_it_read(s3):
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]

    assert code(s3.put_object, Bucket=BUCKET, Key="k", Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"3", IfMatch=etag)
    assert code(s3.put_object, Bucket=BUCKET, Key="k", Body=b"4", IfMatch=etag) == "PreconditionFailed"
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"3"


def test_a_read_may_be_conditional(s3):
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")["ETag"]

    assert code(s3.get_object, Bucket=BUCKET, Key="k", IfNoneMatch=etag) == "304"
    assert code(s3.get_object, Bucket=BUCKET, Key="k", IfMatch='"other"') == "PreconditionFailed"
    assert s3.get_object(Bucket=BUCKET, Key="k", IfMatch=etag)["ContentLength"] == 1


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_is_verified_kept_and_given_back(s3, algorithm):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"hello", ChecksumAlgorithm=algorithm)

    head = s3.head_object(Bucket=BUCKET, Key="k", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"]
    assert s3.get_object(Bucket=BUCKET, Key="k", ChecksumMode="ENABLED")["Body"].read() == b"hello"


def test_bytes_that_do_not_match_their_checksum_are_not_stored(cloud, s3):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    assert b"BadDigest" in raw(cloud, "PUT", f"/{BUCKET}/k", {"Content-MD5": wrong}, b"hello")[1]
    assert code(s3.head_object, Bucket=BUCKET, Key="k") == "404"


def framed(*chunks: bytes, trailer: str = "") -> bytes:
    body = b"".join(b"%x;chunk-signature=00\r\n%s\r\n" % (len(c), c) for c in chunks)
    return body + b"0;chunk-signature=00\r\n" + trailer.encode() + b"\r\n"


def test_a_chunk_signed_body_loses_its_framing_and_its_trailer_is_checked(cloud, s3):
    data = os.urandom(200_000)
    crc = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    headers = {
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(data)),
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    body = framed(data[:65536], data[65536:], trailer=f"x-amz-checksum-crc32:{crc}\r\n")
    assert raw(cloud, "PUT", f"/{BUCKET}/k", headers, body)[0] == 200
    got = s3.get_object(Bucket=BUCKET, Key="k", ChecksumMode="ENABLED")
    assert (got["Body"].read(), got["ChecksumCRC32"], got.get("ContentEncoding")) == (data, crc, None)

    wrong = framed(data, trailer="x-amz-checksum-crc32:AAAAAA==\r\n")
    assert b"BadDigest" in raw(cloud, "PUT", f"/{BUCKET}/k", headers, wrong)[1]
    for broken in (b"zz\r\n", body[:1000], framed(data[:10]), b"-5\r\nabc\r\n"):
        assert b"IncompleteBody" in raw(cloud, "PUT", f"/{BUCKET}/k", headers, broken)[1]
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == data


def test_a_client_that_hangs_up_leaves_nothing(cloud, s3):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(cloud.endpoint.url).port)
    connection.putrequest("PUT", f"/{BUCKET}/k")
    for name, value in {**SIGNED, "Content-Length": "1000"}.items():
        if name != "Host":
            connection.putheader(name, value)
    connection.endheaders(b"only this")
    connection.close()

    assert code(s3.head_object, Bucket=BUCKET, Key="k") == "404"


def test_headers_and_metadata_stay_with_the_object_and_its_copies(s3):
    s3.put_object(
        Bucket=BUCKET, Key="k", Body=b"1", CacheControl="no-store", ContentType="text/csv", Metadata={"A": "b"}
    )
    s3.copy_object(Bucket=BUCKET, Key="kept", CopySource=f"{BUCKET}/k")
    s3.copy_object(Bucket=BUCKET, Key="new", CopySource=f"{BUCKET}/k", MetadataDirective="REPLACE", Metadata={"c": "d"})

    kept, new = (s3.head_object(Bucket=BUCKET, Key=key) for key in ("kept", "new"))
    assert (kept["CacheControl"], kept["ContentType"], kept["Metadata"]) == ("no-store", "text/csv", {"a": "b"})
    assert (new.get("CacheControl"), new["Metadata"]) == (None, {"c": "d"})
    assert code(s3.copy_object, Bucket=BUCKET, Key="k", CopySource=f"{BUCKET}/k") == "InvalidRequest"


def upload(s3, *parts: bytes) -> tuple[dict, list[dict]]:
    place = {"Bucket": BUCKET, "Key": "big"}
    place["UploadId"] = s3.create_multipart_upload(**place, ContentType="text/csv")["UploadId"]
    done = [
        {"PartNumber": n, "ETag": s3.upload_part(**place, PartNumber=n, Body=part)["ETag"]}
        for n, part in enumerate(parts, 1)
    ]
    return place, done


def test_parts_become_one_object_with_the_etag_of_multipart_uploads(s3):
    one, two = os.urandom(5 * MIB), b"tail"
    place, parts = upload(s3, one, two)
    assert [p["Size"] for p in s3.list_parts(**place)["Parts"]] == [5 * MIB, 4]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]] == ["big"]

    etag = s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})["ETag"]

    digests = hashlib.md5(one).digest() + hashlib.md5(two).digest()
    assert etag == f'"{hashlib.md5(digests).hexdigest()}-2"'
    got = s3.get_object(Bucket=BUCKET, Key="big")
    assert (got["Body"].read(), got["ContentType"]) == (one + two, "text/csv")
    assert code(s3.list_parts, **place) == "NoSuchUpload"


def test_parts_that_do_not_fit_are_refused_and_an_upload_can_be_given_up(s3):
    place, parts = upload(s3, b"small", b"tail")

    def complete(chosen):
        return code(s3.complete_multipart_upload, **place, MultipartUpload={"Parts": chosen})

    assert complete(parts) == "EntityTooSmall"
    assert complete(parts[::-1]) == "InvalidPartOrder"
    assert complete([{"PartNumber": 1, "ETag": '"' + "0" * 32 + '"'}]) == "InvalidPart"
    assert complete([{"PartNumber": 1, "ETag": "../../upload.json"}]) == "InvalidPart"
    s3.abort_multipart_upload(**place)
    assert complete(parts) == "NoSuchUpload"
    assert code(s3.abort_multipart_upload, **{**place, "UploadId": ".."}) == "NoSuchUpload"


def test_uploads_and_objects_outlive_the_process(tmp_path):
    first = Cloud(tmp_path / "home")
    client = first.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="k", Body=b"1", Metadata={"a": "b"})
    place, parts = upload(client, b"part")
    first.close()

    second = Cloud(tmp_path / "home")
    client = second.client("s3")
    assert client.head_object(Bucket=BUCKET, Key="k")["Metadata"] == {"a": "b"}
    client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
    assert client.get_object(Bucket=BUCKET, Key="big")["Body"].read() == b"part"
    second.close()


def test_large_copies_go_by_parts(s3):
    body = os.urandom(9 * MIB)
    s3.upload_fileobj(io.BytesIO(body), BUCKET, "large")
    from boto3.s3.transfer import TransferConfig

    s3.copy({"Bucket": BUCKET, "Key": "large"}, BUCKET, "copy", Config=TransferConfig(multipart_threshold=MIB))
    assert s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == body


@pytest.mark.parametrize("version", ["sigv2", "s3v4"])
def test_presigned_addresses_read_and_write_without_credentials(cloud, s3, version):
    client = cloud.client("s3", signature_version="s3" if version == "sigv2" else version)
    place = {"Bucket": BUCKET, "Key": "k.csv"}

    def ask(operation, body=b"", **extra):
        url = urlsplit(client.generate_presigned_url(operation, Params={**place, **extra}))
        connection = http.client.HTTPConnection("localhost", url.port)
        connection.request({"put_object": "PUT", "get_object": "GET"}[operation], f"{url.path}?{url.query}", body)
        return connection.getresponse()

    assert ask("put_object", b"1,2").status == 200
    response = ask("get_object", ResponseContentDisposition="attachment")
    assert (response.read(), response.headers["Content-Disposition"]) == (b"1,2", "attachment")


def test_folders_fold_across_pages_and_versions_of_the_call(s3):
    keys = [f"{folder}/{n}" for folder in "abc" for n in range(4)] + ["d", "e"]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")

    for call in ("list_objects", "list_objects_v2"):
        pages = list(s3.get_paginator(call).paginate(Bucket=BUCKET, Delimiter="/", PaginationConfig={"PageSize": 2}))
        found = [[p["Prefix"] for p in page.get("CommonPrefixes", [])] for page in pages]
        assert found == [["a/", "b/"], ["c/"], []]
        assert [o["Key"] for page in pages for o in page.get("Contents", [])] == ["d", "e"]
    assert s3.list_objects_v2(Bucket=BUCKET, StartAfter="c/3")["KeyCount"] == 2
    assert s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0)["IsTruncated"] is False
    assert code(s3.list_objects_v2, Bucket=BUCKET, ContinuationToken="é") == "InvalidArgument"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/BAD_BUCKET/x", 400),
        ("GET", "/..%2f..%2fetc/passwd", 400),
        ("GET", f"/{BUCKET}/%ff", 400),
        ("GET", f"/{BUCKET}/" + "k" * 1025, 400),
        ("GET", f"/{BUCKET}?max-keys=x", 400),
        ("GET", f"/{BUCKET}?acl", 501),
        ("PATCH", f"/{BUCKET}/x", 501),
        ("POST", f"/{BUCKET}?delete", 400),
        ("PUT", f"/{BUCKET}/x?uploadId=..%2F..&partNumber=1", 404),
    ],
)
def test_a_strange_request_gets_an_answer_in_xml(cloud, s3, method, path, status):
    answered, body = raw(cloud, method, path)
    assert answered == status
    assert b"<Error><Code>" in body


def test_a_bucket_with_objects_is_not_deleted(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
    assert code(s3.delete_bucket, Bucket=BUCKET) == "BucketNotEmpty"
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None


def test_ranged_and_whole_reads_agree_with_slices(s3):
    body = bytes(range(200))
    s3.put_object(Bucket=BUCKET, Key="k", Body=body)
    for text, expected in {"0-0": body[:1], "10-": body[10:], "-7": body[-7:], "190-999": body[190:]}.items():
        assert s3.get_object(Bucket=BUCKET, Key="k", Range=f"bytes={text}")["Body"].read() == expected
    for text in ("200-", "-0"):
        assert code(s3.get_object, Bucket=BUCKET, Key="k", Range=f"bytes={text}") == "InvalidRange"
