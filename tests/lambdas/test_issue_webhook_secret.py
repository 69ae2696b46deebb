"""The secret can be rotated without a lost delivery, and forgeries cost Secrets Manager next to nothing."""

import json

import pytest

from contracts.errors import ConfigError
from lambdas.issue_webhook import handler as edge
from lambdas.issue_webhook.signature import KEEP_SECONDS, RETRY_SECONDS, read_secrets, signed_by
from tests.lambdas.deliveries import SECRET, delivery, issue_payload, signature, webhook_deployed
from tests.lambdas.fakes import refused

NEW = "a newer secret"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def webhook():
    with webhook_deployed() as webhook:
        yield webhook


@pytest.fixture
def clock(webhook, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(edge, "time", clock)
    monkeypatch.setenv("ISSUEOPS_WEBHOOK_MAX_AGE_HOURS", "0")
    return clock


def knock(webhook, secret):
    return webhook.send(delivery("issues", issue_payload(), secret=secret))[0]


def test_the_secret_is_asked_for_once_in_a_process(webhook, clock):
    assert [knock(webhook, SECRET) for _ in range(5)] == [202] * 5
    assert webhook.secrets.reads == 1


def test_a_rotated_secret_works_at_once_where_the_old_one_is_known_for_a_minute(webhook, clock):
    knock(webhook, SECRET)
    webhook.secrets.token = NEW
    clock.now += RETRY_SECONDS

    assert knock(webhook, NEW) == 202
    assert knock(webhook, SECRET) == 401
    assert webhook.secrets.reads == 2


def test_a_thousand_forgeries_ask_for_the_secret_once_a_minute(webhook, clock):
    knock(webhook, SECRET)
    for _ in range(1000):
        clock.now += 0.1
        assert knock(webhook, "guessed") == 401

    assert webhook.secrets.reads <= 1 + 100 / RETRY_SECONDS + 1


def test_what_is_no_signature_at_all_never_asks_for_the_secret(webhook):
    for header in (None, "", "sha256=", "sha256=" + "0" * 63, "sha1=" + "0" * 40):
        event = delivery("issues", issue_payload(), headers={"x-hub-signature-256": header})
        assert webhook.send(event)[0] == 401

    assert webhook.secrets.reads == 0


def test_both_secrets_work_while_github_is_being_told_the_new_one(webhook, clock):
    webhook.secrets.token = json.dumps({"secrets": [NEW, SECRET]})

    assert (knock(webhook, SECRET), knock(webhook, NEW), knock(webhook, "guessed")) == (202, 202, 401)


def test_a_secret_that_was_taken_away_is_forgotten_without_a_failed_signature(webhook, clock):
    knock(webhook, SECRET)
    webhook.secrets.token = NEW
    clock.now += KEEP_SECONDS

    assert knock(webhook, SECRET) == 401


def test_secrets_manager_out_of_reach_is_a_failure_not_a_forgery(webhook, clock, monkeypatch, caplog):
    def away(**_):
        raise refused("ThrottlingException", "GetSecretValue")

    monkeypatch.setattr(webhook.secrets, "get_secret_value", away)

    assert knock(webhook, SECRET) == 503
    assert json.loads(caplog.records[0].getMessage())["cause"] == "ThrottlingException"


def test_genuine_deliveries_pass_while_secrets_manager_is_away_and_forgeries_ask_no_more_for_it(
    webhook, clock, monkeypatch
):
    asked = []

    def away(**_):
        asked.append(clock.now)
        raise refused("InternalServiceError", "GetSecretValue")

    knock(webhook, SECRET)
    monkeypatch.setattr(webhook.secrets, "get_secret_value", away)
    clock.now += RETRY_SECONDS

    assert [knock(webhook, "guessed"), knock(webhook, "guessed"), knock(webhook, SECRET)] == [503, 401, 202]
    assert len(asked) == 1


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "{", '{"secret": ""}', '{"secret": " "}', '{"secret": 5}', '{"secrets": []}', '{"secrets": "abc"}',
     '{"secrets": ["good", ""]}', '{"token": "abc"}', "{}", '{"secrets": ["a","b","c","d","e","f"]}', '{"a":' * 5000],
)  # fmt: skip
def test_an_unusable_secret_lets_nobody_in(webhook, caplog, text):
    webhook.secrets.token = text

    assert knock(webhook, "") == 503
    assert knock(webhook, "abc") == 503
    assert webhook.sqs.sent == {}
    with pytest.raises(ConfigError, match="webhook's secret"):
        read_secrets(text)


def test_a_secret_from_a_file_may_end_with_a_line_break():
    assert read_secrets(f"{SECRET}\n") == read_secrets(json.dumps({"secret": SECRET})) == (SECRET.encode(),)


def test_every_secret_is_compared_whichever_matches(monkeypatch):
    compared = []
    monkeypatch.setattr(
        "lambdas.issue_webhook.signature.hmac.compare_digest", lambda a, b: compared.append(a) or a == b
    )

    assert signed_by(b"raw", signature(b"raw"), [SECRET.encode(), b"other", b"third"])
    assert len(compared) == 3
