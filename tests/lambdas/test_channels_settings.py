"""Every mistake of the environment is named at once; a channel of another package works like a built-in one."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from lambdas.channels import KINDS, channel_settings
from tests.lambdas.channel_town import NEWS, Town, environment, move_in
from tests.lambdas.chat import Chat, chat_server

MODULE = """
import json
from lambdas.channels import ChannelError, Notification, Outlet, post_json, refusal


def send(notification: Notification, outlet: Outlet) -> str:
    answer = post_json(outlet.environment["PAGER_URL"], {"page": notification.title}, what="the pager")
    refused = refusal(answer, "the pager")
    if refused is not None:
        raise refused
    return json.loads(answer.text)["ts"]


def broken(notification, outlet):
    return {}["token very-secret"]


NOTHING = 7
"""


def test_github_alone_is_told_where_nothing_is_set() -> None:
    for source in ({}, {"ISSUEOPS_CHANNELS": " "}):
        settings = channel_settings(source).checked()
        assert settings.channels == ("github",)
        assert all(settings.wants("github", kind) for kind in KINDS)


def test_everything_that_is_set_is_read() -> None:
    source = environment(Chat("https://slack.example")) | {"ISSUEOPS_SLACK_KINDS": "error, training_failed"}
    settings = channel_settings(source).checked()

    assert settings.email_to == ("ada@example.com", "bob@example.com")
    assert settings.slack_api_url == "https://slack.example/api"
    assert settings.wants("slack", "error")
    assert not settings.wants("slack", "training_success")
    assert settings.wants("email", "training_success")


def test_all_mistakes_are_named_at_once() -> None:
    source = {
        "ISSUEOPS_CHANNELS": "github, slack slack slack_webhook email sns emial ../x",
        "ISSUEOPS_SLACK_API_URL": "http://slack.example",
        "ISSUEOPS_EMAIL_TO": "ada@example.com nobody x@y\x00.example",
        "ISSUEOPS_EMAIL_FROM": "a@b.example\nBcc:",
        "ISSUEOPS_SNS_TOPIC_ARN": "arn:aws:sqs:us-east-1:123456789012:news",
        "ISSUEOPS_GITHUB_KINDS": "eror training_success",
    }
    with pytest.raises(ConfigError) as failure:
        channel_settings(source).checked()

    text = str(failure.value)
    for expected in (
        "lacks ISSUEOPS_SLACK_CHANNEL.",
        "lacks ISSUEOPS_SLACK_SECRET.",
        "ISSUEOPS_SLACK_API_URL must be an https address.",
        "lacks ISSUEOPS_SLACK_WEBHOOK_SECRET.",
        "must hold e-mail addresses",
        "ISSUEOPS_SNS_TOPIC_ARN must read",
        "ISSUEOPS_GITHUB_KINDS names eror; kinds: training_success,",
        "ISSUEOPS_CHANNELS names 'emial'; did you mean 'email'?",
        "ISSUEOPS_CHANNELS names '../x'",
    ):
        assert expected in text
    assert text.count("ISSUEOPS_SLACK_CHANNEL") == 1


def test_more_recipients_than_ses_takes_are_refused() -> None:
    source = {
        "ISSUEOPS_CHANNELS": "email",
        "ISSUEOPS_EMAIL_FROM": "a@b.example",
        "ISSUEOPS_EMAIL_TO": " ".join(f"x{i}@b.example" for i in range(51)),
    }
    with pytest.raises(ConfigError, match="at most 50 addresses, got 51"):
        channel_settings(source).checked()


# A channel of another package


@pytest.fixture
def server() -> Iterator[Chat]:
    with chat_server() as chat:
        yield chat


@pytest.fixture
def town(
    server: Chat, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """A deployment with GitHub and a pager, which an installed package offers."""
    folder = tmp_path / "our_pager-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: our-pager\nVersion: 1.0\n")
    offered = getattr(request, "param", "send")
    (folder / "entry_points.txt").write_text(f"[sagemaker_issueops.channels]\npager = our_pager:{offered}\n")
    (tmp_path / "our_pager.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    town = move_in(server, monkeypatch)
    monkeypatch.setenv("ISSUEOPS_CHANNELS", "github pager")
    monkeypatch.setenv("PAGER_URL", f"{server.url}/page")
    yield town
    sys.modules.pop("our_pager", None)


def test_an_installed_channel_is_told_once_like_a_built_in_one(town: Town) -> None:
    first = town.deliver()

    assert first.status == "sent"
    assert first.reference("pager") == "1700000000.000001"
    assert town.deliver() == first
    assert town.chat.taken == [{"page": NEWS.title}]


def test_an_installed_channel_that_fails_is_tried_again(town: Town) -> None:
    town.chat.replies.append((503, {}, b""))
    assert town.deliver().status == "sent"

    town.chat.replies.append((400, {}, b"bad_page"))
    town.deliver(NEWS.from_markdown("### x\n\ny", kind="error", repository="o/r", issue_number=1, url="", key="k"))
    assert json.loads(town.sqs.sent["issueops-notifications"][0]["MessageBody"])["channels"] == "pager"
    assert town.again().status == "sent"


@pytest.mark.parametrize(
    ("town", "detail"),
    [
        ("broken", "KeyError in our_pager.py:15."),
        ("NOTHING", "entry point our_pager:NOTHING must be a function, got int."),
        ("absent", "AttributeError in "),
    ],
    indirect=["town"],
)
def test_whatever_an_installed_channel_does_the_others_are_told_and_no_secret_is_logged(
    town: Town, detail: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        delivery = town.deliver()

    assert [result.status for result in delivery.results] == ["sent", "failed"]
    assert delivery.results[1].detail.startswith(detail)
    assert "very-secret" not in caplog.text + repr(delivery)


def test_an_installed_channel_may_want_some_kinds_only(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUEOPS_PAGER_KINDS", "error")
    assert [result.status for result in town.deliver().results] == ["sent", "skipped"]
