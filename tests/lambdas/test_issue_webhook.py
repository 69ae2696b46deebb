"""A genuine delivery becomes work on a queue or is passed over for a reason; anything else is refused."""

import json
import logging
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from botocore.exceptions import EndpointConnectionError

from contracts import names
from contracts.errors import ConfigError
from lambdas.issue_webhook.delivery import MAX_BODY_BYTES
from lambdas.issue_webhook.handler import handler
from lambdas.issue_webhook.settings import load_settings
from tests.lambdas.deliveries import (
    SECRET,
    comment_payload,
    delivery,
    issue_payload,
    moment,
    signature,
    webhook_deployed,
)
from tests.lambdas.fakes import refused
from tests.lambdas.world import REPO

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def webhook():
    with webhook_deployed() as webhook:
        yield webhook


@pytest.fixture
def send(webhook):
    return webhook.send


@pytest.fixture
def queues(webhook):
    return webhook.sqs


# What is taken


@pytest.mark.parametrize("action", ["opened", "labeled", "edited", "reopened", "closed"])
def test_news_of_a_labelled_issue_is_queued(send, queues, action, webhook):
    payload = issue_payload(action)
    assert send(delivery("issues", payload)) == (202, {"status": "queued"})

    (queued,) = webhook.bodies(names.REQUESTS_QUEUE)
    updated = datetime.fromisoformat(queued.pop("updated"))
    assert queued == {"repository": REPO, "issue_number": 7, "action": action}
    assert updated == datetime.fromisoformat(payload["issue"]["updated_at"])
    assert names.COMMENTS_QUEUE not in queues.sent


def test_a_command_is_queued_by_the_id_of_its_comment_only(send, queues, webhook):
    assert send(delivery("issue_comment", comment_payload("Looks good.\r\n\r\n  /accept it is fine"))) == (
        202,
        {"status": "queued"},
    )

    assert webhook.bodies(names.COMMENTS_QUEUE) == [{"repository": REPO, "issue_number": 7, "comment_id": 99}]
    assert "accept" not in json.dumps(queues.sent)


def test_ping_is_answered(send, queues):
    assert send(delivery("ping", {"zen": "Speak like a human.", "hook_id": 1})) == (200, {"status": "pong"})
    assert queues.sent == {}


def test_a_body_the_gateway_encoded_is_verified_as_github_signed_it(send, queues):
    payload = issue_payload(title="ペンギン 🐧")
    raw = json.dumps(payload, ensure_ascii=False).encode()

    assert send(delivery("issues", payload, raw=raw, encoded=True))[0] == 202
    assert send(delivery("issues", payload, raw=raw, encoded=False))[0] == 202


def test_a_form_is_read_as_well(send, webhook):
    raw = urlencode({"payload": json.dumps(issue_payload(title="a&b=c ペ"))}).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}

    assert send(delivery("issues", None, raw=raw, headers=form)) == (202, {"status": "queued"})
    assert len(webhook.bodies(names.REQUESTS_QUEUE)) == 1


def test_events_of_a_rest_api_pass_too(send):
    event = delivery("issues", issue_payload())
    del event["version"], event["requestContext"]
    event["httpMethod"] = "POST"
    event["headers"] = {name.title(): value for name, value in event["headers"].items()}

    assert send(event)[0] == 202


def test_the_largest_comment_github_allows_fits(send):
    text = "/help " + "🐧" * 65_530
    payload = comment_payload(text, issue={"body": text})
    raw = json.dumps(payload, ensure_ascii=False).encode()

    assert send(delivery("issue_comment", payload, raw=raw))[0] == 202
    assert send(delivery("issue_comment", payload))[0] == 202  # the same in ASCII with escapes


def test_the_same_body_again_is_one_message_and_another_body_another(send, webhook):
    payload = issue_payload("edited")
    for body in (payload, payload, payload | {"changes": {"title": {"from": "x"}}}):
        send(delivery("issues", body))

    assert len(webhook.bodies(names.REQUESTS_QUEUE)) == 2


def test_a_command_that_is_delivered_again_is_one_message_whatever_else_changed(send, webhook):
    send(delivery("issue_comment", comment_payload()))
    send(delivery("issue_comment", comment_payload(issue={"title": "renamed"})))

    assert len(webhook.bodies(names.COMMENTS_QUEUE)) == 1


# What is passed over


@pytest.mark.parametrize(
    ("event", "payload", "reason"),
    [
        ("push", {"commits": []}, "the event is not handled"),
        ("push", "anything", "the event is not handled"),
        ("issues", issue_payload("pinned"), "the action is not handled"),
        ("issues", issue_payload("deleted"), "the action is not handled"),
        ("issues", issue_payload(labels=[]), "the issue has none of our labels"),
        ("issues", issue_payload(labels=None), "the issue has none of our labels"),
        ("issues", issue_payload(labels=[{"name": "mlops:training"}]), "the issue has none of our labels"),
        ("issues", issue_payload(labels=[{"name": names.LABEL_FAILED}]), "the issue has none of our labels"),
        ("issues", issue_payload("labeled", label=names.LABEL_RUNNING), "another label"),
        ("issues", issue_payload(pull_request={"url": "https://api.github.com"}), "a pull request"),
        ("issue_comment", comment_payload(action="edited"), "the action is not handled"),
        ("issue_comment", comment_payload(action="deleted"), "the action is not handled"),
        ("issue_comment", comment_payload(issue={"labels": []}), "the issue has none of our labels"),
        ("issue_comment", comment_payload(issue={"pull_request": {}}), "a pull request"),
        ("issue_comment", comment_payload(user={"login": "x", "type": "Bot"}), "written by a bot"),
        ("issue_comment", comment_payload(user={"login": "ci[bot]", "type": "User"}), "written by a bot"),
        ("issue_comment", comment_payload(user=None), "written by a bot"),
        ("issue_comment", comment_payload("Thank you! See a/b and 1 /2."), "no command"),
        ("issue_comment", comment_payload(""), "no command"),
    ],
)
def test_what_does_not_concern_us_is_acknowledged_with_the_reason(send, queues, event, payload, reason):
    assert send(delivery(event, payload)) == (202, {"status": "ignored", "reason": reason})
    assert queues.sent == {}


def test_what_our_own_account_writes_is_no_command(send, queues, monkeypatch):
    monkeypatch.setenv("ISSUEOPS_GITHUB_BOT_LOGIN", "Mona")

    assert send(delivery("issue_comment", comment_payload()))[1]["reason"] == "written by a bot"


def test_a_run_can_be_commanded_and_closed_though_somebody_took_its_label_off(send, queues):
    running = [{"name": names.LABEL_RUNNING}]

    assert send(delivery("issue_comment", comment_payload("/cancel", issue={"labels": running})))[0] == 202
    assert send(delivery("issues", issue_payload("closed", labels=running)))[0] == 202
    assert len(queues.sent) == 2


# What is refused


@pytest.mark.parametrize(
    ("event", "status", "reason"),
    [
        (delivery("issues", issue_payload(), method="GET"), 405, "only POST is allowed"),
        (
            delivery("issues", issue_payload(), headers={"x-hub-signature-256": None}),
            401,
            "the header X-Hub-Signature-256 is missing",
        ),
        (delivery("issues", issue_payload(), secret="guessed"), 401, "the signature does not match"),
        (delivery("issues", issue_payload(), secret=""), 401, "the signature does not match"),
        (
            delivery("issues", issue_payload(), headers={"x-hub-signature-256": "sha1=" + "0" * 40}),
            401,
            "X-Hub-Signature-256 must be sha256= and 64 hexadecimal digits",
        ),
        (
            delivery("issues", issue_payload(), headers={"x-hub-signature-256": "sha256=" + "é" * 64}),
            401,
            "X-Hub-Signature-256 must be sha256= and 64 hexadecimal digits",
        ),
        (delivery("issues", issue_payload(), headers={"x-github-event": None}), 400, "X-GitHub-Event is missing"),
        (delivery("issues", issue_payload(), headers={"content-type": "text/plain"}), 415, "content type"),
        (delivery("issues", issue_payload(), headers={"content-type": None}), 415, "content type"),
        (delivery("issues", None, raw=b""), 400, "not JSON"),
        (delivery("issues", None, raw=b"{"), 400, "not JSON"),
        (delivery("issues", None, raw=b"[" * 200_000), 400, "nested too deeply"),
        (delivery("issues", None, raw=b'{"a":' * 100_000 + b"1" + b"}" * 100_000), 400, "nested too deeply"),
        (delivery("issues", None, raw=b"1" * 10_000), 400, "not JSON"),
        (delivery("issues", None, raw=b"\xff\xfe", encoded=True), 400, "not JSON"),
        (delivery("issues", []), 400, "must be an object"),
        (delivery("issues", issue_payload() | {"action": 1}), 400, "action must be a string"),
        (delivery("issues", issue_payload() | {"issue": []}), 400, "issue must be an object"),
        (delivery("issues", issue_payload(number=True)), 400, "issue.number must be a positive integer"),
        (delivery("issues", issue_payload(number="7")), 400, "issue.number must be a positive integer"),
        (delivery("issues", issue_payload(number=0)), 400, "issue.number must be a positive integer"),
        (delivery("issues", issue_payload(number=2**70)), 400, "issue.number must be a positive integer"),
        (delivery("issues", issue_payload(labels=["mlops:train"])), 400, "issue.labels must be a list of objects"),
        (delivery("issues", issue_payload(labels=[{"name": 1}])), 400, "issue.labels.name must be a string"),
        (delivery("issues", issue_payload(updated_at="yesterday")), 400, "issue.updated_at must be a moment"),
        (delivery("issues", issue_payload(updated_at="2026-01-01")), 400, "with a time zone"),
        (delivery("issues", issue_payload() | {"repository": {"full_name": "a/b/c"}}), 400, "OWNER/NAME"),
        (delivery("issues", issue_payload() | {"repository": {"full_name": "a/b\n"}}), 400, "OWNER/NAME"),
        (delivery("ping", {"repository": {"full_name": "../.."}}), 400, "OWNER/NAME"),
        (delivery("issue_comment", comment_payload(id=None)), 400, "comment.id must be a positive integer"),
        (delivery("issue_comment", comment_payload() | {"comment": None}), 400, "comment must be an object"),
        (delivery("issue_comment", comment_payload(user={"login": "x"})), 400, "comment.user.type must be a string"),
        (delivery("issues", issue_payload(updated_at=moment(hours=73))), 409, "stale"),
        (delivery("issue_comment", comment_payload(created_at=moment(hours=73))), 409, "stale"),
    ],
)
def test_a_delivery_that_cannot_be_right_is_refused_and_logged_without_its_content(
    send, queues, caplog, event, status, reason
):
    caplog.set_level(logging.DEBUG)

    code, answer = send(event)

    assert (code, answer["status"]) == (status, "refused")
    assert reason in answer["reason"]
    assert queues.sent == {}
    [record] = caplog.records
    line = json.loads(record.getMessage())
    assert (line["code"], line["status"], line["reason"]) == (status, "refused", answer["reason"])
    assert line["delivery"] == "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    assert "Penguins" not in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("encoded", [False, True])
def test_an_oversized_body_is_refused_before_anybody_looks_at_its_signature(send, webhook, encoded):
    fitting = delivery("push", None, raw=b"x" * MAX_BODY_BYTES, encoded=encoded)
    larger = delivery("push", None, raw=b"x" * (MAX_BODY_BYTES + 1), encoded=encoded)

    assert send(larger) == (413, {"status": "refused", "reason": "the body is too large"})
    assert webhook.secrets.reads == 0
    assert send(fitting)[0] == 202


def test_characters_count_as_bytes(send):
    assert send(delivery("push", None, raw="é".encode() * (MAX_BODY_BYTES // 2 + 1)))[0] == 413


@pytest.mark.parametrize(("body", "encoded"), [("no base64!", True), ("é", True), ("\ud800", False), (7, False)])
def test_a_broken_wrapping_is_refused(send, body, encoded):
    event = delivery("issues", issue_payload()) | {"body": body, "isBase64Encoded": encoded}

    assert send(event)[0] == 400


@pytest.mark.parametrize(
    "raw", [b"", b"payload=", b"other=1", b"payload={}&payload={}", b"payload=%ff", b"&".join([b"a=1"] * 100)]
)
def test_a_form_without_one_payload_is_refused(send, raw):
    form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}

    assert send(delivery("issues", None, raw=raw, headers=form))[0] == 400


def test_a_method_that_is_refused_is_told_which_is_allowed(webhook):
    answer = handler(delivery("ping", {}, method="PUT"), None)

    assert answer["headers"]["allow"] == "POST"


def test_a_signature_is_of_these_bytes_and_no_others(send, queues):
    event = delivery("issues", issue_payload())
    event["body"] = event["body"].replace(" ", "", 1)

    assert send(event)[0] == 401
    assert queues.sent == {}


def test_only_listed_repositories_are_listened_to_whatever_their_case(send, queues, monkeypatch):
    monkeypatch.setenv("ISSUEOPS_REPOSITORIES", f"some/other, {REPO.upper()}")
    stranger = {"repository": {"full_name": "stranger/models"}}

    assert send(delivery("issues", issue_payload() | stranger))[0] == 403
    assert send(delivery("ping", stranger))[0] == 403
    assert queues.sent == {}
    for name in (REPO, REPO.upper()):
        assert send(delivery("issues", issue_payload() | {"repository": {"full_name": name}}))[0] == 202
    assert send(delivery("ping", {"organization": {}}))[0] == 200


@pytest.mark.parametrize("name", ['a"}\n{"status": "queued"', "<script>", "x" * 10_000, "ａ"])
def test_headers_nobody_vouched_for_are_logged_only_where_they_are_harmless(send, caplog, name):
    forged = {"x-github-delivery": name, "x-github-event": name}

    assert send(delivery("issues", issue_payload(), secret="guessed", headers=forged))[0] == 401
    [record] = caplog.records
    assert record.getMessage().count("\n") == 0
    line = json.loads(record.getMessage())
    assert (line["delivery"], line["event"]) == ("?", "?")


def test_the_age_that_is_too_old_can_be_chosen(send, monkeypatch):
    old = delivery("issues", issue_payload(updated_at=moment(hours=5)))

    monkeypatch.setenv("ISSUEOPS_WEBHOOK_MAX_AGE_HOURS", "4")
    assert send(old)[0] == 409
    monkeypatch.setenv("ISSUEOPS_WEBHOOK_MAX_AGE_HOURS", "0")
    assert send(delivery("issues", issue_payload(updated_at="2011-04-22T13:33:48Z")))[0] == 202


# What is behind the webhook


def test_a_queue_out_of_reach_makes_github_show_a_failure(send, webhook, caplog):
    class Away:
        def send_message(self, **_):
            raise EndpointConnectionError(endpoint_url="https://sqs.example")

    webhook.sqs = Away()

    assert send(delivery("issues", issue_payload())) == (
        503,
        {"status": "refused", "reason": "the queue cannot be reached"},
    )
    assert json.loads(caplog.records[0].getMessage())["cause"] == "EndpointConnectionError"


def test_a_queue_that_denies_access_is_named_by_its_code(send, webhook, caplog):
    class Closed:
        def send_message(self, **_):
            raise refused("AccessDenied", "SendMessage")

    webhook.sqs = Closed()

    assert send(delivery("issue_comment", comment_payload()))[0] == 503
    assert json.loads(caplog.records[0].getMessage())["cause"] == "AccessDenied"


def test_an_incomplete_environment_names_every_variable_that_is_missing_or_wrong():
    with pytest.raises(ConfigError, match=r"ISSUEOPS_WEBHOOK_SECRET, ISSUEOPS_COMMENTS_QUEUE_URL.*MAX_AGE_HOURS must"):
        load_settings({"ISSUEOPS_REQUESTS_QUEUE_URL": "x", "ISSUEOPS_WEBHOOK_MAX_AGE_HOURS": "soon"})


def test_a_cold_start_imports_nothing_heavy_and_takes_less_than_150_ms():
    code = (
        "import json, sys, time\n"
        "started = time.process_time()\n"
        "import lambdas.issue_webhook.handler\n"
        "seconds = time.process_time() - started\n"
        "heavy = ('boto3', 'botocore', 'github', 'requests', 'yaml', 'sagemaker', 'pandas', 'numpy', 'pydantic',\n"
        "         'contracts.messages', 'contracts.operator_commands', 'lambdas.settings', 'lambdas.github')\n"
        "print(json.dumps([seconds, [name for name in heavy if name in sys.modules]]))\n"
    )
    runs = []
    for _ in range(3):
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True, cwd=ROOT
        )
        runs.append(json.loads(done.stdout))

    assert all(heavy == [] for _, heavy in runs)
    assert min(seconds for seconds, _ in runs) < 0.150


def test_the_signature_is_the_one_of_githubs_documentation():
    assert signature(b"Hello, World!", "It's a Secret to Everybody") == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )
