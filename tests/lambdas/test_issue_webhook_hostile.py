"""Hostile deliveries: whatever is sent, the answer is a status, nothing unsigned is queued, nothing sent is logged."""

import base64
import copy
import json
import logging
import string

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.operator_commands import parse_comment
from lambdas.detection import may_hold_command
from tests.lambdas.deliveries import (
    SECRET,
    comment_payload,
    delivery,
    gateway_event,
    issue_payload,
    published,
    signature,
    webhook_deployed,
)

EVENTS = ("issues", "issue_comment", "ping", "push", "")
REFUSED = {400, 401, 403, 405, 409, 413, 415}
# caplog is emptied by `knock`, so it may outlive one example.
HARD = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

hostile_text = st.one_of(
    st.text(),
    st.text(st.characters(codec=None)),  # lone surrogates as well
    st.sampled_from(["\ud800", "\x00", "mlops:train", "/help", "{{7*7}}", "a" * 70_000, "\r\nX-Evil: 1", "labeled"]),
)
json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**53, 10**300, -1, 0, float("inf"), float("nan")]),
        st.floats(),
        hostile_text,
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(hostile_text, inner, max_size=4),
    max_leaves=12,
)
payloads = st.sampled_from(
    [
        *[issue_payload(action) for action in ("opened", "labeled", "closed")],
        comment_payload(),
        *published("issues")[:6],
        *published("issue_comment")[:2],
        *published("ping"),
    ]
)
raw_json = st.builds(
    lambda value: json.dumps(value).encode(), json_values
)  # escapes what UTF-8 cannot hold, as a hostile sender would
deep_json = st.builds(
    lambda depth, bricks: bricks[0].encode() * depth + b"0" + bricks[1].encode() * depth,
    st.integers(1, 60_000),
    st.sampled_from([("[", "]"), ('{"issue":', "}"), ('[{"a":', "}]"), ("[", "")]),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A payload in which some members anywhere have another value, or are gone."""
    payload = copy.deepcopy(draw(payloads))
    for _ in range(draw(st.integers(1, 3))):
        node: object = payload
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))  # type: ignore[arg-type]
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = node[key]  # type: ignore[index]
            if isinstance(inner, dict | list) and draw(st.booleans()):
                node = inner
                continue
            if isinstance(node, dict) and draw(st.booleans()):
                del node[key]
            else:
                node[key] = draw(json_values)  # type: ignore[index]
            break
    return json.dumps(payload).encode()


@pytest.fixture(scope="module")
def webhook():
    with webhook_deployed() as webhook:
        yield webhook


@pytest.fixture(autouse=True)
def silence(caplog):
    """Everything is logged, so that a test sees what would be."""
    caplog.set_level(logging.DEBUG)


def knock(webhook, caplog, event):
    """Send, and see that the log holds the one line a delivery has, and nothing of its content."""
    caplog.clear()
    code, answer = webhook.send(event)
    assert code in REFUSED | {200, 202}
    [record] = [record for record in caplog.records if record.name.startswith("lambdas")]
    assert record.exc_info is None
    line = json.loads(record.getMessage())
    assert set(line) == {"delivery", "event", "code", "status", "reason"}
    assert line["reason"] == answer.get("reason", "pong" if code == 200 else "")
    assert len(record.getMessage()) < 400
    return code


@HARD
@given(raw=st.one_of(st.binary(max_size=300), raw_json, mutated(), deep_json), event=st.sampled_from(EVENTS))
@example(raw=b"\xef\xbb\xbf{}", event="issues")
@example(raw=b'{"action":"\\ud800","repository":{"full_name":"\\ud800/x"}}', event="issues")
@example(raw=b"-" * 1000, event="ping")
@example(raw=b"NaN", event="ping")
def test_a_signed_body_of_any_content_gets_an_answer(webhook, caplog, raw, event):
    knock(webhook, caplog, delivery(event, None, raw=raw, encoded=True))


@HARD
@given(raw=st.one_of(st.binary(max_size=300), mutated()), form=st.booleans())
def test_a_signed_form_of_any_content_gets_an_answer(webhook, caplog, raw, form):
    body = b"payload=" + raw if form else raw
    headers = {"content-type": "application/x-www-form-urlencoded"}
    knock(webhook, caplog, delivery("issues", None, raw=body, headers=headers, encoded=True))


@HARD
@given(payload=payloads, secret=st.text(max_size=40), event=st.sampled_from(EVENTS), encoded=st.booleans())
def test_nothing_is_queued_and_nothing_looked_at_without_the_secret(webhook, caplog, payload, secret, event, encoded):
    webhook.sqs.sent.clear()
    forged = delivery(event, payload, secret="x" + secret, encoded=encoded)

    assert knock(webhook, caplog, forged) == 401
    assert webhook.sqs.sent == {}


@HARD
@given(payload=payloads, data=st.data())
def test_one_changed_byte_breaks_the_signature(webhook, caplog, payload, data):
    webhook.sqs.sent.clear()
    raw = bytearray(json.dumps(payload).encode())
    sign = signature(bytes(raw))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))

    event = delivery("issues", None, raw=bytes(raw), headers={"x-hub-signature-256": sign}, encoded=True)
    assert knock(webhook, caplog, event) == 401
    assert webhook.sqs.sent == {}


@HARD
@given(header=hostile_text)
@example(header="sha256=" + "0" * 64)
@example(header="sha256=" + "٠" * 64)
@example(header="sha256=" + "0" * 64 + "\n")
def test_no_header_is_taken_for_a_signature(webhook, caplog, header):
    event = delivery("issues", issue_payload(), headers={"x-hub-signature-256": header})

    assert knock(webhook, caplog, event) == 401


@HARD
@given(
    headers=st.dictionaries(
        st.sampled_from(["X-GitHub-Event", "X-GitHub-Delivery", "Content-Type", "X-Hub-Signature-256", "Evil"]),
        hostile_text,
    )
)
def test_hostile_headers_reach_neither_the_answer_nor_the_log(webhook, caplog, headers):
    raw = json.dumps(issue_payload()).encode()
    event = gateway_event(raw, {"x-hub-signature-256": signature(raw), "content-type": "application/json"} | headers)

    knock(webhook, caplog, event)


@HARD
@given(members=st.dictionaries(
    st.sampled_from(["headers", "body", "isBase64Encoded", "requestContext", "httpMethod"]), json_values
))  # fmt: skip
def test_a_gateway_event_of_any_shape_gets_an_answer(webhook, caplog, members):
    knock(webhook, caplog, delivery("issues", issue_payload()) | members)


@HARD
@given(word=st.text(string.ascii_letters, min_size=12, max_size=20), valid=st.booleans())
def test_no_word_of_a_delivery_and_nothing_of_the_secret_is_ever_logged(webhook, caplog, word, valid):
    payload = comment_payload(f"/retrain {word}=1", user={"login": word, "type": "User"}, issue={"title": word})
    payload |= {"action": "created", word: word}
    event = delivery("issue_comment", payload, secret=SECRET if valid else word)

    knock(webhook, caplog, event)
    assert word not in caplog.text
    assert SECRET not in caplog.text


@HARD
@given(moment=st.one_of(
    st.datetimes().map(lambda m: m.isoformat() + "Z"),
    st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-W01-1T00Z", "20260101T00Z"]),
))  # fmt: skip
def test_every_moment_a_calendar_knows_is_fresh_or_stale(webhook, caplog, moment):
    assert knock(webhook, caplog, delivery("issues", issue_payload(updated_at=moment))) in {202, 400, 409}


@HARD
@given(st.text(st.sampled_from("/helpacct \t\r\n`~<!->x=1"), max_size=60) | hostile_text)
@example("a\r/help")
@example("   /x")
@example("<!-- a -->\n/accept")
def test_a_comment_that_operator_reply_would_answer_is_never_overlooked(text):
    parsed = parse_comment(text)
    if len(text) <= 65_536 and (parsed.commands or parsed.findings):
        assert may_hold_command(text)


def test_looking_for_a_command_takes_time_in_proportion_to_the_text(webhook):
    for text in (" " * 65_000, "\n" * 65_000, "\n   " * 16_000, "/" * 65_000, "\r\n  /" * 13_000 + "1"):
        assert not may_hold_command(text)


def test_a_bomb_of_empty_objects_as_large_as_is_allowed_is_only_a_wrong_payload(webhook, caplog):
    raw = b"[" + b"{}," * 690_000 + b"{}]"

    assert knock(webhook, caplog, delivery("issues", None, raw=raw)) == 400
    assert base64.b64encode(raw)[:8].decode() not in caplog.text
