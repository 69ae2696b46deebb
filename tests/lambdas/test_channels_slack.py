"""Slack over real HTTP: threads, limits, refusals; and what never leaves by a log, an error or a redirect."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contracts import names
from lambdas.channels import ChannelError, post_json
from lambdas.channels.posting import MAX_ANSWER, is_safe_address
from lambdas.issue_record import IssueRecord
from tests.lambdas.channel_town import HOOK, NEWS, REPO, TOKEN, Town, move_in
from tests.lambdas.chat import Chat, chat_server

FAILED = replace(NEWS, kind="training_failed")


@pytest.fixture(scope="module")
def server() -> Iterator[Chat]:
    with chat_server() as chat:
        yield chat


@pytest.fixture
def town(server: Chat, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Town:
    town = move_in(server, monkeypatch)
    monkeypatch.setenv("ISSUEOPS_CHANNELS", getattr(request, "param", "slack"))
    return town


webhook = pytest.mark.parametrize("town", ["slack_webhook"], indirect=True)
both = pytest.mark.parametrize("town", ["slack", "slack_webhook"], indirect=True)


def detail(town: Town) -> str:
    """Why the only channel did not take the news."""
    [result] = town.deliver().results
    assert result.status == "failed"
    return result.detail


def test_a_message_goes_to_the_channel_with_the_bot_token(town: Town) -> None:
    delivery = town.deliver()

    [message] = town.chat.taken
    assert message == {
        "channel": "C1",
        "text": (
            "*✅ The model reached its threshold*\n\n`accuracy` is *0.97*.\n\n"
            f"<https://github.com/{REPO}/issues/7#issuecomment-1|{REPO}#7 · Status and details>"
        ),
        "unfurl_links": False,
        "unfurl_media": False,
    }
    [(path, headers)] = town.chat.asked
    assert path == "/api/chat.postMessage"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert delivery.reference("slack") == "1700000000.000001"


def test_later_news_of_an_issue_answer_in_its_thread_and_another_issue_has_its_own(town: Town) -> None:
    town.deliver()
    town.deliver(FAILED)
    town.deliver(replace(NEWS, issue_number=8, key="exec0009"))

    assert [message.get("thread_ts") for message in town.chat.taken] == [None, "1700000000.000001", None]


def test_in_another_channel_there_is_another_thread(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.deliver()
    monkeypatch.setenv("ISSUEOPS_SLACK_CHANNEL", "C2")
    town.deliver(FAILED)

    assert "thread_ts" not in town.chat.taken[1]


def test_the_rest_of_the_record_of_the_issue_is_left_alone(town: Town) -> None:
    records = town.services().records
    records.change(REPO, 7, lambda record: replace(record, comment_id=3, threads={"other": "x"}))
    town.deliver()

    assert records.read(REPO, 7) == IssueRecord(
        REPO, 7, comment_id=3, threads={"other": "x", "slack:C1": "1700000000.000001"}
    )


def test_where_the_thread_was_deleted_a_new_one_begins(town: Town) -> None:
    town.deliver()
    town.chat.refuse("thread_not_found")
    town.deliver(FAILED)
    town.deliver(replace(FAILED, kind="error"))

    assert [message.get("thread_ts") for message in town.chat.taken] == [None, None, "1700000000.000002"]


def test_a_secret_may_be_json(town: Town) -> None:
    town.secrets.secrets["slack"] = json.dumps({"token": TOKEN})
    town.deliver()

    assert town.chat.asked[0][1]["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("secret", ['{"tokn": "x"}', "{", '{"token": 7}', " "])
def test_a_secret_that_holds_no_token_is_named_and_not_shown(town: Town, secret: str) -> None:
    town.secrets.secrets["slack"] = secret

    assert detail(town) == "the secret 'slack' holds no token."


def test_a_secret_that_is_missing_is_named(town: Town) -> None:
    town.secrets.secrets.clear()

    assert detail(town) == "the secret 'slack' cannot be read: ResourceNotFoundException."


# Refused


@pytest.mark.parametrize("code", ["channel_not_found", "invalid_auth", "not_in_channel", "msg_too_long"])
def test_ok_false_is_a_failure_and_is_not_tried_again_at_once(town: Town, code: str) -> None:
    town.chat.refuse(code)

    assert detail(town) == f"Slack answered {code}."
    assert len(town.chat.asked) == 1
    assert len(town.sqs.sent[names.NOTIFICATIONS_QUEUE]) == 1


@both
def test_a_limit_is_waited_for_as_long_as_the_server_says(town: Town) -> None:
    town.chat.refuse("ratelimited", 429, Retry_After="3")
    town.chat.refuse("ratelimited", 429)

    assert town.deliver().status == "sent"
    assert town.clock.slept == [3.0, 1.0]


@both
def test_a_limit_that_lasts_longer_than_our_patience_is_left_to_the_queue(town: Town) -> None:
    town.chat.refuse("ratelimited", 429, Retry_After="30")
    delivery = town.deliver()

    assert delivery.status == "queued"
    assert town.clock.slept == []
    assert town.again().status == "sent"


@both
@pytest.mark.parametrize("after", ["-1", "soon", "99999999999", ""])
def test_a_limit_without_a_sensible_time_costs_a_second(town: Town, after: str) -> None:
    town.chat.refuse("ratelimited", 429, Retry_After=after)

    assert town.deliver().status == "sent"
    assert town.clock.slept == [1.0]


@both
def test_a_server_error_is_tried_three_times(town: Town) -> None:
    for _ in range(3):
        town.chat.replies.append((503, {}, b"<html>"))

    assert "answered 503." in detail(town)
    assert len(town.chat.asked) == 3


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"ok": "true"}', b"[" * 60_000, b"\xff\xfe"])
def test_an_answer_that_is_not_slacks_is_a_failure(town: Town, body: bytes) -> None:
    for _ in range(3):
        town.chat.replies.append((200, {}, body))

    assert "Slack answered" in detail(town)


def test_an_answer_without_end_is_cut(town: Town) -> None:
    town.chat.replies.append((200, {}, b"x" * (MAX_ANSWER + 20_000)))

    assert detail(town) == "Slack answered too much or too slowly."


# Secrets


@both
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(town: Town, status: int) -> None:
    town.chat.replies.append((status, {"Location": f"{town.chat.url}/elsewhere"}, b""))

    assert f"answered {status}." in detail(town)
    assert len(town.chat.asked) == 1
    assert town.chat.taken == []


@webhook
def test_a_webhook_takes_the_text_alone(town: Town) -> None:
    assert town.deliver().status == "sent"

    assert [path for path, _ in town.chat.asked] == [HOOK]
    assert list(town.chat.taken[0]) == ["text"]


@both
def test_neither_token_nor_webhook_is_ever_logged_or_queued(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_SLACK_API_URL", "http://127.0.0.1:9/api")
    town.secrets.secrets["hook"] = f"http://127.0.0.1:9{HOOK}"
    with caplog.at_level(logging.DEBUG):
        delivery = town.deliver()
        with pytest.raises(ChannelError) as failure:
            town.again()

    said = caplog.text + repr(delivery) + str(failure.value) + repr(town.sqs.sent)
    assert "cannot be reached: NewConnectionError." in said
    assert "very-secret" not in said


@webhook
def test_a_webhook_says_why_it_refuses(town: Town) -> None:
    town.chat.replies.append((404, {}, b"no_service"))
    assert detail(town) == "the Slack webhook answered 404 no_service."


@webhook
@pytest.mark.parametrize("url", ["http://10.0.0.8/x", "file:///etc/passwd", "https://u:p@hooks.slack.com/x", "x"])
def test_an_address_that_is_no_https_is_refused_without_being_shown(town: Town, url: str) -> None:
    town.secrets.secrets["hook"] = url

    assert detail(town) == "the Slack webhook must have an https address."


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://slack.com/api", True),
        ("http://localhost:8080/api", True),
        ("http://127.0.0.1:1/", True),
        ("http://slack.com/api", False),
        ("http://localhost.evil.example/", False),
        ("http://127.0.0.1@evil.example/", False),
        ("https://slack.com\\@evil.example/", False),
        ("https://slack.com/\r\nHost: x", False),
        ("ftp://localhost/", False),
        ("https://", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_only_https_is_safe_and_http_on_this_machine(url: str, safe: bool) -> None:
    assert is_safe_address(url) is safe


def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    with pytest.raises(ChannelError, match=r"the server cannot be reached: SSLError\."):
        post_json(f"https://localhost:{server.server_port}/", {}, what="the server")
    thread.join()
    server.server_close()


def self_signed(folder: Path) -> Path:
    """A key and its certificate for localhost, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
