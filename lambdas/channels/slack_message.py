"""Channel `slack`: one thread an issue, by the Web API; later news answer the first message.

Place in the flow: the bot token comes from Secrets Manager, the thread's `ts` lies in the issue's record. At least
once: Slack's API has no idempotency key. One cost: a token is read for each message.

Source: Slack Web API, chat.postMessage; rate limits (429 with Retry-After).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from lambdas.channels.channel import Outlet, secret_value
from lambdas.channels.failures import ChannelError
from lambdas.channels.notification import Notification
from lambdas.channels.posting import post_json, refusal
from lambdas.channels.renderings import slack_text
from lambdas.issue_record import IssueRecord

MAX_TEXT = 12_000
_LATER = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"})
_NO_THREAD = frozenset({"thread_not_found", "message_not_found", "invalid_thread_ts", "cannot_reply_to_message"})


class _RefusedError(ChannelError):
    """Slack said ok: false, and why."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Slack answered {code[:60]}.", retry_after=1.0 if code in _LATER else None)
        self.code = code


def send(notification: Notification, outlet: Outlet) -> str:
    """The message's `ts`."""
    settings, records = outlet.settings, outlet.services.records
    repository, number = notification.repository, notification.issue_number
    name = f"slack:{settings.slack_channel}"
    message = {
        "channel": settings.slack_channel,
        "text": slack_text(notification, outlet.language)[:MAX_TEXT],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    token = secret_value(settings.slack_secret, "token")
    thread = records.read(repository, number).threads.get(name, "")
    try:
        ts = _post(settings.slack_api_url, token, {**message, "thread_ts": thread} if thread else message)
    except _RefusedError as error:
        if not thread or error.code not in _NO_THREAD:
            raise
        thread, ts = "", _post(settings.slack_api_url, token, message)
        records.change(repository, number, lambda record: _with_thread(record, name, ts))
    if not thread:
        # Where two first messages meet, the thread of the earlier one stays.
        records.change(repository, number, lambda r: r if r.threads.get(name) else _with_thread(r, name, ts))
    return ts


def _post(api_url: str, token: str, message: Mapping[str, object]) -> str:
    answer = post_json(
        f"{api_url}/chat.postMessage", message, what="Slack", headers={"Authorization": f"Bearer {token}"}
    )
    refused = refusal(answer, "Slack")
    if refused is not None:
        raise refused
    try:
        said: Any = json.loads(answer.text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ChannelError("Slack answered no JSON object.", retry_after=1.0)
    if said.get("ok") is not True:
        raise _RefusedError(str(said.get("error", "no reason")))
    return str(said.get("ts", ""))


def _with_thread(record: IssueRecord, name: str, ts: str) -> IssueRecord:
    return dataclasses.replace(record, threads={**record.threads, name: ts})
