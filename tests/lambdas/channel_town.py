"""A deployment with every channel, for tests of the channels; time passes where somebody sleeps."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from contracts import names
from contracts.errors import GitHubError
from lambdas import aws
from lambdas.channels import Delivery, Notification, deliver, deliver_again
from lambdas.channels.delivery import Time
from lambdas.edge import Fields
from lambdas.github import PostedComment
from lambdas.services import Services
from lambdas.settings import Settings
from tests.lambdas.chat import Chat, FakeSecretsManager, FakeSes, FakeSns
from tests.lambdas.fakes import FakeS3, FakeSageMaker, FakeSqs

REPO = "octo/models"
ALL = "github slack slack_webhook email sns"
QUEUE = names.queue_url(names.REGION, names.LOCAL_ACCOUNT, names.NOTIFICATIONS_QUEUE)
TOKEN = "xoxb-very-secret"
HOOK = "/services/T000/B000/very-secret"
NEWS = Notification(
    kind="training_success",
    repository=REPO,
    issue_number=7,
    title="✅ The model reached its threshold",
    text="`accuracy` is **0.97**.",
    url=f"https://github.com/{REPO}/issues/7#issuecomment-1",
    key="exec0001",
    fields={"execution_arn": "arn:1"},
)


class FakeGitHub:
    """Comments by their marker, as `GitHub.upsert_comment` keeps them."""

    def __init__(self) -> None:
        self.comments: dict[str, str] = {}
        self.labels: list[str] = []
        self.down = False

    def upsert_comment(self, repository: str, number: int, *, marker: str, body: str) -> PostedComment:
        if self.down:
            raise GitHubError("cannot comment: GitHub answered 502.")
        changed = self.comments.get(marker) != body
        self.comments[marker] = body
        return PostedComment(9, f"https://github.com/{repository}/issues/{number}#issuecomment-9", changed)

    def set_status_label(self, repository: str, number: int, label: str) -> None:
        self.labels.append(label)


@dataclass
class Clock:
    """Time that passes only where somebody sleeps."""

    seconds: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def time(self) -> Time:
        return Time(lambda: self.seconds, self.sleep)


@dataclass
class Town:
    """All channels, and the function's environment."""

    chat: Chat
    clock: Clock = field(default_factory=Clock)
    github: FakeGitHub = field(default_factory=FakeGitHub)
    s3: FakeS3 = field(default_factory=FakeS3)
    sqs: FakeSqs = field(default_factory=FakeSqs)
    ses: FakeSes = field(default_factory=FakeSes)
    sns: FakeSns = field(default_factory=FakeSns)
    secrets: FakeSecretsManager = field(default_factory=lambda: FakeSecretsManager({}))

    def clients(self) -> dict[str, Any]:
        return {
            "sagemaker": FakeSageMaker(),
            "s3": self.s3,
            "sqs": self.sqs,
            "sesv2": self.ses,
            "sns": self.sns,
            "secretsmanager": self.secrets,
        }

    def services(self, github: Any = None) -> Services:
        settings = Settings(
            region=names.REGION,
            bucket="bucket",
            pipeline="p",
            code_uri="",
            github_api_url="https://api.github.com",
            github_token_secret="t",
            language="en",
            notifications_queue_url=QUEUE,
        )
        known: Any = github or self.github
        return Services(settings, known)

    def deliver(self, news: Notification = NEWS) -> Delivery:
        return deliver(self.services(), news, language="en", clock=self.clock.time)

    def again(self) -> Delivery:
        """The queue offers its newest message."""
        body = self.sqs.sent[names.NOTIFICATIONS_QUEUE][-1]["MessageBody"]
        return deliver_again(self.services(), Fields.from_json(body), clock=self.clock.time)

    def told(self) -> dict[str, int]:
        """How often each channel was told."""
        return {
            "github": len(self.github.comments),
            "slack": sum("channel" in message for message in self.chat.taken),
            "slack_webhook": sum("channel" not in message for message in self.chat.taken),
            "email": len(self.ses.sent),
            "sns": len(self.sns.sent),
        }


def environment(chat: Chat) -> dict[str, str]:
    """All channels, switched on."""
    return {
        "ISSUEOPS_CHANNELS": ALL,
        "ISSUEOPS_SLACK_CHANNEL": "C1",
        "ISSUEOPS_SLACK_SECRET": "slack",
        "ISSUEOPS_SLACK_API_URL": f"{chat.url}/api",
        "ISSUEOPS_SLACK_WEBHOOK_SECRET": "hook",
        "ISSUEOPS_EMAIL_FROM": "mlops@example.com",
        "ISSUEOPS_EMAIL_TO": "ada@example.com, bob@example.com",
        "ISSUEOPS_SNS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:news",
    }


def move_in(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A fresh deployment beside a chat that listens."""
    chat.replies, chat.taken, chat.asked = [], [], []
    town = Town(chat)
    town.secrets.secrets = {"slack": TOKEN, "hook": json.dumps({"url": chat.url + HOOK})}
    for name, value in environment(chat).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws, "client", town.clients().__getitem__)
    return town
