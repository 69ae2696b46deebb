"""A function that dies at any request to GitHub or S3, and is called again: one comment, one label, one commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from contracts import names
from lambdas import aws
from lambdas.history_writer.handler import handler as write_history
from lambdas.notification.handler import handler as notify
from local.github.contents import contents_of
from tests.lambdas.chat import Countdown, KilledError, Mortal
from tests.lambdas.world import PNG, REPO, World, common, whole_report

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


def killed(handler: Handler, event: dict[str, Any], at: int, *, after: bool, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the function died at its n-th call of S3, SageMaker or GitHub (each HTTP request)."""
    counter = Countdown(at, after=after)
    client = aws.client
    with monkeypatch.context() as life:
        life.setattr(aws, "client", lambda name: Mortal(client(name), counter))
        send = requests.Session.send
        life.setattr(requests.Session, "send", counter.around("send", send))
        try:
            handler(event, None)
        except KilledError:
            return True
    return False


def commits(world: World) -> int:
    contents = contents_of(world.github.root, REPO)
    return len(contents.log(contents.resolve(None), None, 1000))


@pytest.mark.parametrize("after", [False, True])
def test_the_news_are_told_once(
    world: World, open_issue: Callable[..., int], after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lambdas.channels.ledger.LEASE_SECONDS", {"github": 0.0})
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=whole_report())
    count, at = 0, 0
    while True:
        at += 1
        number = open_issue()
        event = {**common(number, "arn:execution/abc"), "notification_type": "training_success"}
        died = killed(notify, event, at, after=after, monkeypatch=monkeypatch)
        answer = notify(event, None)

        assert len(world.bodies(number)) == 1
        assert answer["notification_status"] == "sent"
        assert "#issuecomment-" in answer["github_comment_url"]
        assert names.LABEL_SUCCEEDED in world.labels(number)
        if not died:
            break
        count += 1
    assert count > 10


@pytest.mark.parametrize("after", [False, True])
def test_the_history_is_committed_once(
    world: World, started: tuple[int, str], after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=whole_report())
    world.s3.put_object(Bucket="bucket", Key="plots/roc_curve.png", Body=PNG)
    event = {**common(*started), "decision": "registered"}
    write_history({**event, "training_job_name": "first"}, None)
    count, at = 0, 0
    while True:
        at += 1
        before = commits(world)
        run = {**event, "training_job_name": f"killed-{after}-{at}"}
        died = killed(write_history, run, at, after=after, monkeypatch=monkeypatch)
        answer = write_history(run, None)

        assert commits(world) == before + 1
        assert answer["history_status"] == "written"
        if not died:
            break
        count += 1
    assert count > 15
