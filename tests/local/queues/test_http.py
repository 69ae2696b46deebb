"""boto3 cannot tell the local queues from the service: operations, answers and error codes."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from contracts.names import queue_url
from local.queues.messages import attributes_digest
from tests.local.endpoint.conftest import ACCOUNT, REGION, Cloud

ROOT = Path(__file__).parents[3]
FIFO = {"FifoQueue": "true"}
LINE = {"QueueUrl": "lines.fifo", "MessageBody": "x"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    running = Cloud(tmp_path_factory.mktemp("cloud") / "home")
    yield running
    running.close()


@pytest.fixture(scope="module")
def sqs(cloud: Cloud) -> Any:
    return cloud.client("sqs")


@pytest.fixture
def url(sqs: Any) -> Iterator[str]:
    made: str = sqs.create_queue(QueueName="work")["QueueUrl"]
    yield made
    sqs.delete_queue(QueueUrl=made)


@pytest.fixture
def fifo_url(sqs: Any) -> Iterator[str]:
    made: str = sqs.create_queue(QueueName="lines.fifo", Attributes=FIFO)["QueueUrl"]
    yield made
    sqs.delete_queue(QueueUrl=made)


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_the_url_of_the_service_finds_the_queue_by_its_last_part(sqs: Any, url: str) -> None:
    real = queue_url(REGION, ACCOUNT, "work")
    sqs.send_message(QueueUrl=real, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
    assert sqs.get_queue_url(QueueName="work")["QueueUrl"] == url
    assert url.endswith(f"/{ACCOUNT}/work")


def test_a_message_comes_with_its_digests_attributes_and_system_attributes(sqs: Any, url: str) -> None:
    attributes = {
        "reason": {"DataType": "String", "StringValue": "ü"},
        "count": {"DataType": "Number.int", "StringValue": "3"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = sqs.send_message(QueueUrl=url, MessageBody="grüße 🐧", MessageAttributes=attributes)
    message = sqs.receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"], VisibilityTimeout=0
    )["Messages"][0]
    assert message["Body"] == "grüße 🐧"
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60
    some = sqs.receive_message(QueueUrl=url, AttributeNames=["SentTimestamp"], MessageAttributeNames=["co.*", "reason"])
    assert list(some["Messages"][0]["Attributes"]) == ["SentTimestamp"]
    assert list(some["Messages"][0]["MessageAttributes"]) == ["reason"]


def test_the_digest_of_attributes_is_the_one_that_others_compute() -> None:
    attributes = {
        "Population": {"DataType": "Number", "StringValue": "1250800"},
        "City": {"DataType": "String", "StringValue": "Any City"},
    }
    assert attributes_digest(attributes) == "bf1eb494fecc925abadc71de4be9785c"  # moto 5.2


def test_a_fifo_queue_numbers_its_messages_and_drops_repetitions(sqs: Any, fifo_url: str) -> None:
    def send(body: str, key: str) -> Any:
        return sqs.send_message(QueueUrl=fifo_url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=key)

    first, again, second = send("1", "a"), send("1", "a"), send("2", "b")
    assert again["MessageId"] == first["MessageId"]
    assert again["SequenceNumber"] == first["SequenceNumber"] < second["SequenceNumber"]
    found = sqs.receive_message(QueueUrl=fifo_url, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
    assert [(m["Body"], m["Attributes"]["MessageGroupId"]) for m in found] == [("1", "g"), ("2", "g")]


def test_content_names_the_message_where_the_queue_is_set_so(sqs: Any) -> None:
    attributes = FIFO | {"ContentBasedDeduplication": "true"}
    made = sqs.create_queue(QueueName="content.fifo", Attributes=attributes)["QueueUrl"]
    ids = {sqs.send_message(QueueUrl=made, MessageBody="x", MessageGroupId="g")["MessageId"] for _ in range(2)}
    assert len(ids) == 1


def test_batches_are_sent_deleted_and_rested_entry_by_entry(sqs: Any, url: str) -> None:
    sent = sqs.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": str(n), "MessageBody": f"m{n}"} for n in range(3)] + [{"Id": "bad", "MessageBody": "\x00"}],
    )
    assert [entry["Id"] for entry in sent["Successful"]] == ["0", "1", "2"]
    assert [(e["Id"], e["Code"], e["SenderFault"]) for e in sent["Failed"]] == [("bad", "InvalidMessageContents", True)]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    handles = [message["ReceiptHandle"] for message in found]
    rested = sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": handles[2], "VisibilityTimeout": 0}]
    )
    assert rested["Successful"] == [{"Id": "a"}]
    deleted = sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[{"Id": "a", "ReceiptHandle": handles[0]}, {"Id": "b", "ReceiptHandle": "nonsense"}],
    )
    assert deleted["Successful"] == [{"Id": "a"}]
    assert deleted["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url)["Messages"]] == ["m2"]


def test_long_polling_returns_the_moment_a_message_comes_and_empty_handed_in_time(sqs: Any, url: str) -> None:
    before = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert 0.9 < time.monotonic() - before < 3
    sender = threading.Timer(0.2, sqs.send_message, kwargs={"QueueUrl": url, "MessageBody": "there"})
    sender.start()
    before = time.monotonic()
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]["Body"] == "there"
    assert time.monotonic() - before < 5
    sender.join()


def test_attributes_are_set_shown_and_counted(sqs: Any, url: str) -> None:
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert arn == f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5", "RedrivePolicy": policy})
    sqs.send_message(QueueUrl=url, MessageBody="a")
    sqs.send_message(QueueUrl=url, MessageBody="b", DelaySeconds=60)
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "a"
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (shown["VisibilityTimeout"], shown["RedrivePolicy"]) == ("5", policy)
    assert shown["ApproximateNumberOfMessagesDelayed"] == "1"
    in_flight = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert in_flight["Attributes"] == {"ApproximateNumberOfMessagesNotVisible": "1"}
    sqs.purge_queue(QueueUrl=url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_queues_are_listed_in_pages_by_prefix(sqs: Any, url: str) -> None:
    for name in ("list-a", "list-b", "list-c"):
        sqs.create_queue(QueueName=name)
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix="list-", PaginationConfig={"PageSize": 2})
    assert [[u.rsplit("/", 1)[-1] for u in page["QueueUrls"]] for page in pages] == [["list-a", "list-b"], ["list-c"]]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="nobody")


def test_a_queue_that_exists_is_returned_unless_it_is_wanted_otherwise(sqs: Any, url: str) -> None:
    assert sqs.create_queue(QueueName="work", Attributes={"DelaySeconds": "0"})["QueueUrl"] == url
    with pytest.raises(sqs.exceptions.QueueNameExists) as caught:
        sqs.create_queue(QueueName="work", Attributes={"DelaySeconds": "9"})
    assert code_of(caught) == "QueueAlreadyExists"


def test_a_missing_queue_is_the_exception_that_clients_catch(sqs: Any) -> None:
    for call in (
        lambda: sqs.get_queue_url(QueueName="nobody"),
        lambda: sqs.send_message(QueueUrl="http://x/1/nobody", MessageBody="x"),
        lambda: sqs.receive_message(QueueUrl="http://x/1/nobody"),
        lambda: sqs.get_queue_attributes(QueueUrl="http://x/1/nobody", AttributeNames=["All"]),
        lambda: sqs.purge_queue(QueueUrl="http://x/1/nobody"),
    ):
        with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
            call()
        assert code_of(caught) == "AWS.SimpleQueueService.NonExistentQueue"


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("create_queue", {"QueueName": "no spaces"}, "InvalidParameterValue"),
        ("create_queue", {"QueueName": "x" * 81}, "InvalidParameterValue"),
        ("create_queue", {"QueueName": "x.fifo"}, "InvalidParameterValue"),
        ("create_queue", {"QueueName": "x", "Attributes": FIFO}, "InvalidParameterValue"),
        ("create_queue", {"QueueName": "x", "Attributes": {"DelaySeconds": "901"}}, "InvalidAttributeValue"),
        ("create_queue", {"QueueName": "x", "Attributes": {"Colour": "red"}}, "InvalidAttributeName"),
        ("create_queue", {"QueueName": "x", "Attributes": {"RedrivePolicy": "{"}}, "InvalidAttributeValue"),
        (
            "create_queue",
            {"QueueName": "x", "Attributes": {"RedrivePolicy": '{"deadLetterTargetArn": "a:b", "maxReceiveCount": 1}'}},
            "InvalidParameterValue",
        ),
        ("send_message", {"QueueUrl": "work", "MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValue"),
        (
            "send_message",
            {"QueueUrl": "work", "MessageBody": "x", "MessageDeduplicationId": "d"},
            "InvalidParameterValue",
        ),
        ("send_message", {"QueueUrl": "lines.fifo", "MessageBody": "x"}, "MissingParameter"),
        ("send_message", LINE | {"MessageGroupId": "g"}, "InvalidParameterValue"),
        ("send_message", LINE | {"MessageGroupId": "g g", "MessageDeduplicationId": "d"}, "InvalidParameterValue"),
        (
            "send_message",
            {"QueueUrl": "work", "MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Colour"}}},
            "InvalidParameterValue",
        ),
        ("send_message_batch", {"QueueUrl": "work", "Entries": []}, "AWS.SimpleQueueService.EmptyBatchRequest"),
        (
            "send_message_batch",
            {"QueueUrl": "work", "Entries": [{"Id": str(n), "MessageBody": "x"} for n in range(11)]},
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        ),
        (
            "send_message_batch",
            {"QueueUrl": "work", "Entries": [{"Id": "a", "MessageBody": "x"}] * 2},
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        ),
        (
            "send_message_batch",
            {"QueueUrl": "work", "Entries": [{"Id": "a b", "MessageBody": "x"}]},
            "AWS.SimpleQueueService.InvalidBatchEntryId",
        ),
        ("receive_message", {"QueueUrl": "work", "MaxNumberOfMessages": 11}, "InvalidParameterValue"),
        ("receive_message", {"QueueUrl": "work", "WaitTimeSeconds": 21}, "InvalidParameterValue"),
        ("delete_message", {"QueueUrl": "work", "ReceiptHandle": "x"}, "ReceiptHandleIsInvalid"),
        (
            "change_message_visibility",
            {"QueueUrl": "work", "ReceiptHandle": f"1-{'0' * 32}", "VisibilityTimeout": 1},
            "InvalidParameterValue",
        ),
        ("add_permission", {"QueueUrl": "work", "Label": "l", "AWSAccountIds": [], "Actions": []},
         "AWS.SimpleQueueService.UnsupportedOperation"),
    ],
)  # fmt: skip
def test_what_the_service_refuses_is_refused_with_its_code(
    sqs: Any, url: str, fifo_url: str, operation: str, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(sqs, operation)(**arguments)
    assert code_of(caught) == code


def test_a_change_of_what_rests_is_refused_by_its_own_exception(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["ReceiptHandle"]
    with pytest.raises(sqs.exceptions.MessageNotInflight):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=3)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{", b"[" * 100_000, b'{"QueueUrl": 3}', b'{"QueueUrl": "work", "MaxNumberOfMessages": true}',
     b'{"QueueUrl": "work", "MaxNumberOfMessages": "1"}', b'{"QueueUrl": "work", "AttributeNames": "All"}'],
)  # fmt: skip
def test_hostile_bodies_get_a_client_error(cloud: Cloud, url: str, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(cloud.endpoint.url).port)
    connection.request("POST", "/", body, {"Host": "localhost", "X-Amz-Target": "AmazonSQS.ReceiveMessage"})
    response = connection.getresponse()
    assert response.status == 400
    assert json.loads(response.read())["__type"].startswith("com.amazonaws.sqs#")
    connection.close()


def test_the_older_protocol_is_refused_and_not_answered_by_other_queues(cloud: Cloud) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(cloud.endpoint.url).port)
    scope = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sqs/aws4_request"
    connection.request("POST", "/", b"Action=ListQueues", {"Host": "localhost", "Authorization": scope})
    response = connection.getresponse()
    assert response.status == 400
    assert b"JSON protocol" in response.read()
    connection.close()


def test_queues_need_no_moto() -> None:
    code = """
import sys
from pathlib import Path
from tests.local.endpoint.conftest import Cloud
import tempfile
with tempfile.TemporaryDirectory() as folder:
    cloud = Cloud(Path(folder))
    sqs = cloud.client("sqs")
    sqs.send_message(QueueUrl=sqs.create_queue(QueueName="q")["QueueUrl"], MessageBody="x")
    cloud.close()
print("moto" in sys.modules)
"""
    prefix = f"import sys, types; sys.path.insert(0, {str(ROOT)!r}); sys.modules['tests'] = types.ModuleType('tests')\n"
    prefix += f"sys.modules['tests'].__path__ = [{str(ROOT / 'tests')!r}]\n"
    shown = subprocess.run([sys.executable, "-c", prefix + code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "False"
