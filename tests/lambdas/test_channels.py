"""Every channel is told once: when it is slow, when it fails, and when the function dies at any moment."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts import names
from contracts.errors import ConfigError
from lambdas import aws
from lambdas.channels import KINDS, ChannelError, Delivery, deliver, post_json
from lambdas.run_comment import LABELS
from tests.lambdas.channel_town import ALL, NEWS, REPO, Town, move_in
from tests.lambdas.chat import Chat, Countdown, KilledError, Mortal, chat_server


@pytest.fixture(scope="module")
def server() -> Iterator[Chat]:
    with chat_server() as chat:
        yield chat


@pytest.fixture
def town(server: Chat, monkeypatch: pytest.MonkeyPatch) -> Town:
    return move_in(server, monkeypatch)


ONCE = dict.fromkeys(ALL.split(), 1)


def test_all_channels_are_told_and_name_their_message(town: Town) -> None:
    delivery = town.deliver()

    assert delivery.status == "sent"
    assert {result.channel: result.reference for result in delivery.results} == {
        "github": f"https://github.com/{REPO}/issues/7#issuecomment-9",
        "slack": "1700000000.000001",
        "slack_webhook": "",
        "email": "mail-1",
        "sns": "sns-1",
    }
    assert town.told() == ONCE


def test_the_same_news_are_told_once_and_the_second_call_names_the_same_messages(town: Town) -> None:
    first = town.deliver()

    assert town.deliver(replace(NEWS, text="another wording")) == first
    assert town.told() == ONCE


@pytest.mark.parametrize("other", [{"key": "exec0002"}, {"kind": "training_failed"}])
def test_another_run_or_kind_is_other_news(town: Town, other: dict[str, Any]) -> None:
    town.deliver()
    town.deliver(replace(NEWS, **other))

    assert town.told() == dict.fromkeys(ONCE, 2)


def test_github_is_told_by_a_marked_comment_and_a_label(town: Town) -> None:
    town.deliver()

    [(marker, body)] = town.github.comments.items()
    assert marker == "<!-- issueops:exec0001:training_success -->"
    assert body == (
        "### ✅ The model reached its threshold\n\n`accuracy` is **0.97**.\n\n"
        f"[Status and details](https://github.com/{REPO}/issues/7#issuecomment-1)"
    )
    assert town.github.labels == [names.LABEL_SUCCEEDED]


@pytest.mark.parametrize("key", ["x --> <b>", "a--b", "x" * 300, "zwei\nzeilen"])
def test_no_key_breaks_out_of_the_marker(town: Town, key: str) -> None:
    town.deliver(replace(NEWS, key=key))

    [marker] = town.github.comments
    assert marker.count("--") == 2
    assert marker.count(">") == 1
    assert "\n" not in marker


def test_news_of_a_model_change_no_label(town: Town) -> None:
    town.deliver(replace(NEWS, kind="model_approved"))

    assert town.github.labels == []
    assert set(LABELS) < set(KINDS)


def test_an_email_has_text_and_html_and_a_subject_of_one_line(town: Town) -> None:
    town.deliver(replace(NEWS, title="a\r\nBcc: evil@example.com\x07"))

    [mail] = town.ses.sent
    simple = mail["Content"]["Simple"]
    assert simple["Subject"]["Data"] == f"[{REPO}#7] a Bcc: evil@example.com"
    assert "accuracy is 0.97." in simple["Body"]["Text"]["Data"]
    assert "<code>accuracy</code> is <strong>0.97</strong>." in simple["Body"]["Html"]["Data"]
    assert mail["Destination"] == {"ToAddresses": ["ada@example.com", "bob@example.com"]}


def test_sns_carries_attributes_to_filter_by(town: Town) -> None:
    town.deliver(replace(NEWS, title="承認待ちのモデル"))

    [message] = town.sns.sent
    assert message["Subject"] == f"[{REPO}#7] training success"
    assert message["MessageAttributes"]["kind"] == {"DataType": "String", "StringValue": "training_success"}
    assert message["MessageAttributes"]["repository"]["StringValue"] == REPO
    assert "承認待ちのモデル" in message["Message"]


def test_a_channel_that_wants_some_kinds_only_is_told_those(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUEOPS_EMAIL_KINDS", "error training_failed")
    delivery = town.deliver()

    assert next(r for r in delivery.results if r.channel == "email").status == "skipped"
    assert delivery.status == "sent"
    assert town.told() == ONCE | {"email": 0}


# Failing


def test_a_failing_channel_keeps_no_other_from_being_told_and_is_tried_again_alone(town: Town) -> None:
    town.github.down = True
    town.ses.refusals = [ClientError({"Error": {"Code": "MessageRejected", "Message": "ada@example.com"}}, "SendEmail")]
    delivery = town.deliver()

    assert (delivery.status, delivery.failed) == ("queued", ("github", "email"))
    assert town.told() == ONCE | {"github": 0, "email": 0}
    [message] = town.sqs.sent[names.NOTIFICATIONS_QUEUE]
    assert json.loads(message["MessageBody"])["channels"] == "github email"

    with pytest.raises(ChannelError, match="still not delivered: github: cannot comment"):
        town.again()
    assert town.told() == ONCE | {"github": 0}
    town.github.down = False
    assert town.again().status == "sent"
    assert town.again().status == "sent"
    assert town.told() == ONCE
    assert len(town.sqs.sent[names.NOTIFICATIONS_QUEUE]) == 1


def test_what_aws_says_of_addresses_is_not_repeated(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.ses.refusals = [ClientError({"Error": {"Code": "MessageRejected", "Message": "ada@example.com"}}, "SendEmail")]
    with caplog.at_level(logging.INFO, logger="lambdas"):
        delivery = town.deliver()

    assert "SES did not take the e-mail: MessageRejected." in caplog.text
    assert "ada@example.com" not in caplog.text + repr(delivery)


def test_where_the_queue_is_gone_the_answer_says_failed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "QueueDoesNotExist", "Message": ""}}, "SendMessage")

    town.github.down = True
    monkeypatch.setattr(town.sqs, "send_message", refuse)

    assert town.deliver().status == "failed"


def test_a_channel_with_wrong_settings_fails_alone_and_says_why(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUEOPS_CHANNELS", "github slack emial")
    monkeypatch.delenv("ISSUEOPS_SLACK_CHANNEL")
    delivery = town.deliver()

    assert [result.status for result in delivery.results] == ["sent", "failed", "failed"]
    assert delivery.results[1].detail == "the function's environment lacks ISSUEOPS_SLACK_CHANNEL."
    assert "names 'emial'" in delivery.results[2].detail
    assert delivery.queued


def test_a_channel_that_was_switched_off_meanwhile_is_let_go(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.github.down = True
    town.deliver()
    monkeypatch.setenv("ISSUEOPS_CHANNELS", "email")

    assert town.again() == Delivery()


def test_an_unknown_kind_is_refused_where_it_is_made() -> None:
    with pytest.raises(ConfigError, match="a notification is one of training_success"):
        replace(NEWS, kind="party")


def test_a_long_text_fits_a_message_of_the_queue(town: Town) -> None:
    town.github.down = True
    town.deliver(replace(NEWS, text="𝕏" * 100_000, title="t" * 10_000))

    assert len(town.sqs.sent[names.NOTIFICATIONS_QUEUE][0]["MessageBody"].encode()) < 256 * 1024


# Dying


def killed(town: Town, at: int, *, after: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    """Deliver, and die at the n-th external call; the name of that call, or nothing where there are fewer."""
    counter = Countdown(at, after=after)
    clients = {name: Mortal(client, counter) for name, client in town.clients().items()}
    with monkeypatch.context() as life:
        life.setattr(aws, "client", clients.__getitem__)
        life.setattr("lambdas.channels.slack_message.post_json", counter.around("slack", post_json))
        life.setattr("lambdas.channels.slack_webhook.post_json", counter.around("webhook", post_json))
        services = town.services(Mortal(town.github, counter))
        try:
            deliver(services, NEWS, language="en", clock=town.clock.time)
        except KilledError:
            return counter.killed_at
    return ""


# Behind these calls a channel has been told, and nobody has written that down.
WINDOWS = {"slack": "slack", "webhook": "slack_webhook", "send_email": "email", "publish": "sns"}


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_and_called_again_every_channel_is_told_once(
    town: Town, after: bool, monkeypatch: pytest.MonkeyPatch, server: Chat
) -> None:
    seen: list[str] = []
    for at in range(1, 200):
        fresh = Town(server, secrets=town.secrets)
        server.taken.clear()
        monkeypatch.setattr(aws, "client", fresh.clients().__getitem__)
        call = killed(fresh, at, after=after, monkeypatch=monkeypatch)
        if not call:
            break
        seen.append(call)
        in_window = _in_window(fresh)
        fresh.clock.seconds += 61
        delivery = fresh.deliver()

        assert delivery.status == "sent", call
        assert fresh.told() == ONCE | ({in_window: 2} if in_window else {}), call
        assert fresh.deliver() == delivery
    assert len(seen) > 20
    assert set(WINDOWS) | {"upsert_comment", "set_status_label", "put_object", "get_secret_value"} <= set(seen)


def _in_window(town: Town) -> str:
    """The channel that was told although the ledger does not know it; GitHub knows its own comments."""
    documents = [json.loads(data) for name, data in town.s3.objects.items() if "/notifications/" in name]
    entries = documents[0]["channels"] if documents else {}
    told = [name for name, count in town.told().items() if count and entries.get(name, {}).get("state") != "sent"]
    assert len(told) <= 1
    return told[0] if told and told[0] != "github" else ""


def test_called_again_at_once_github_is_waited_for_and_the_rest_is_left_to_the_queue(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert killed(town, 1, after=False, monkeypatch=monkeypatch) == "get_object"
    assert killed(town, 2, after=True, monkeypatch=monkeypatch) == "put_object"
    delivery = town.deliver()

    assert 5 <= sum(town.clock.slept) < 7
    assert delivery.results[0].status == "sent"
    assert delivery.failed == ("slack", "slack_webhook", "email", "sns")
    assert delivery.status == "queued"
    town.clock.seconds += 60
    assert town.again().status == "sent"
    assert town.told() == ONCE


def test_a_fifo_topic_is_told_once_even_then(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUEOPS_CHANNELS", "sns")
    monkeypatch.setenv("ISSUEOPS_SNS_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:news.fifo")
    assert killed(town, 3, after=True, monkeypatch=monkeypatch) == "publish"
    town.clock.seconds += 61

    assert town.deliver().status == "sent"
    assert len(town.sns.sent) == 1


def test_many_at_the_same_time_tell_every_channel_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    # S3 is atomic; the fake is that under a lock.
    lock, put = threading.Lock(), town.s3.put_object

    def locked(**request: Any) -> Any:
        with lock:
            return put(**request)

    monkeypatch.setattr(town.s3, "put_object", locked)
    with ThreadPoolExecutor(8) as pool:
        deliveries = list(pool.map(lambda _: town.deliver(), range(8)))

    assert town.told() == ONCE
    assert {delivery.status for delivery in deliveries} <= {"sent", "queued"}
    assert all(delivery.reference("github") for delivery in deliveries)
    assert town.again().status == "sent" if town.sqs.sent else True
    assert town.told() == ONCE
