"""Channel `slack_webhook`: Slack's incoming webhook, or a chat that understands the same (Mattermost, Rocket.Chat).

Place in the flow: the webhook's address is a secret and comes from Secrets Manager. At least once. One cost: a webhook
answers with no `ts`, so there are no threads.

Source: Slack, sending messages using incoming webhooks.
"""

from __future__ import annotations

from lambdas.channels.channel import Outlet, secret_value
from lambdas.channels.notification import Notification
from lambdas.channels.posting import post_json, refusal
from lambdas.channels.renderings import slack_text
from lambdas.channels.slack_message import MAX_TEXT

WHAT = "the Slack webhook"


def send(notification: Notification, outlet: Outlet) -> str:
    """Nothing: a webhook names no message."""
    url = secret_value(outlet.settings.slack_webhook_secret, "url")
    answer = post_json(url, {"text": slack_text(notification, outlet.language)[:MAX_TEXT]}, what=WHAT)
    refused = refusal(answer, WHAT)
    if refused is not None:
        raise refused
    return ""
