"""One address for every service; nothing but loopback names is served."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.local.endpoint.conftest import Cloud

REPOSITORY = Path(__file__).parents[3]
SIGNED = {"Host": "localhost", "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request"}


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
    response = raw(cloud, "POST", "/bucket?delete", SIGNED, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>")

    assert response.status == 400


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_what_a_browser_sends_for_another_site_is_refused(cloud, headers):
    assert raw(cloud, "GET", "/bucket/key", {"Host": "localhost"} | headers).status == 403


def test_a_page_served_from_this_machine_may_ask(cloud):
    cloud.objects.create_bucket("bucket")
    cloud.objects.put_bytes("bucket", "report.html", b"<p>")
    response = raw(cloud, "GET", "/bucket/report.html", {"Host": "localhost:1", "Origin": "http://localhost:3000"})
    assert (response.status, response.read()) == (200, b"<p>")
    assert "Access-Control-Allow-Origin" not in response.headers


def test_an_unsigned_request_reads_objects_but_writes_none(cloud):
    cloud.objects.create_bucket("bucket")
    cloud.objects.put_bytes("bucket", "k", b"1")
    assert raw(cloud, "GET", "/bucket/k", {"Host": "localhost"}).read() == b"1"
    for method in ("PUT", "DELETE", "POST"):
        assert raw(cloud, method, "/bucket/k", {"Host": "localhost"}).status == 403
    assert cloud.objects.read_bytes("bucket", "k") == b"1"


@pytest.mark.parametrize("length", [str(10**12), "9" * 5000])
def test_a_body_beyond_the_bound_is_refused_unread(cloud, length):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(cloud.endpoint.url).port, timeout=5)
    connection.putrequest("POST", "/api/v3/repos")
    connection.putheader("X-Amz-Target", "SageMaker.ListPipelines")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == 413


@pytest.mark.parametrize("length", ["\xb2", "-1", "x", ""])
def test_a_length_that_is_none_counts_as_an_empty_body(cloud, length):
    cloud.objects.create_bucket("bucket")
    assert raw(cloud, "PUT", "/bucket/k", SIGNED | {"Content-Length": length}).status == 200
    target = {"Host": "localhost", "X-Amz-Target": "SageMaker.DescribePipeline", "Content-Length": length}
    assert raw(cloud, "POST", "/", target).status == 400


def test_a_chunked_body_reaches_the_operation(cloud):
    headers = {"Host": "localhost", "X-Amz-Target": "SageMaker.DescribePipeline"}
    response = raw(cloud, "POST", "/", headers, iter([b'{"PipelineName"', b': "mine"}']))
    assert json.loads(response.read())["PipelineName"] == "mine"


def test_paths_of_the_github_api_reach_the_stand_in(tmp_path):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    cloud = Cloud(tmp_path / "home", github_app=app)
    assert raw(cloud, "GET", "/api/v3/repos/a/b", {"Host": "localhost"}).read() == b"/api/v3/repos/a/b"
    assert raw(cloud, "GET", "/api/v33", {"Host": "localhost"}).status == 404
    cloud.close()


def test_the_endpoint_imports_neither_moto_nor_botocore_models():
    code = "import sys, local.endpoint; print([m for m in ('moto', 'flask', 'boto3', 'botocore') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert shown.stdout.strip() == "[]"
