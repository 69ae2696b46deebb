"""One address for every service; nothing but loopback names is served."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ParamValidationError


def raw(cloud, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(cloud.endpoint.url).port)
    connection.request(method, path, body, headers)
    return connection.getresponse()


def test_the_engine_is_reached_by_operation_name(cloud):
    described = cloud.client("sagemaker").describe_pipeline(PipelineName="mine")

    assert described["PipelineName"] == "mine"
    assert described["CreationTime"].timestamp() == 1.5


def test_an_engine_error_arrives_as_the_client_error_of_that_code(cloud):
    with pytest.raises(ClientError) as caught:
        cloud.client("sagemaker").describe_pipeline(PipelineName="missing")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_request_that_does_not_fit_its_shape_is_refused_by_the_endpoint_too(cloud):
    with pytest.raises(ParamValidationError):
        cloud.client("sagemaker").describe_pipeline()
    with pytest.raises(ClientError, match="Missing required parameter"):
        cloud.client("sagemaker", parameter_validation=False).describe_pipeline()


def test_queues_and_secrets_live_behind_the_same_address(cloud):
    sqs, secrets = cloud.client("sqs"), cloud.client("secretsmanager")
    url = sqs.create_queue(QueueName="callbacks")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    secrets.create_secret(Name="token", SecretString="s")

    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
    assert secrets.get_secret_value(SecretId="token")["SecretString"] == "s"
    assert cloud.client("sts").get_caller_identity()["Account"] == "123456789012"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1:80", ""])
def test_a_foreign_host_name_is_refused(cloud, host):
    assert raw(cloud, "GET", "/", {"Host": host}).status == 403


def test_the_address_is_found_in_the_home_while_it_lives(cloud):
    known = json.loads(cloud.home.endpoint_file.read_text(encoding="utf-8"))

    assert known["url"] == cloud.endpoint.url
    cloud.endpoint.stop()
    assert not cloud.home.endpoint_file.exists()
    cloud.endpoint.start()


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"PipelineName": 3}', b"[" * 100_000])
def test_hostile_bodies_get_a_client_error(cloud, body):
    headers = {"Host": "localhost", "X-Amz-Target": "SageMaker.DescribePipeline"}
    response = raw(cloud, "POST", "/", headers, body)

    assert response.status == 400
    assert json.loads(response.read())["__type"] in ("SerializationException", "ValidationException")


def test_xml_that_declares_entities_is_refused(cloud):
    cloud.objects.create_bucket("bucket")
    response = raw(cloud, "POST", "/bucket?delete", {"Host": "localhost"}, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>")

    assert response.status == 400
