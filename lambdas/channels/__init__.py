"""Telling people: the issue, Slack, e-mail, SNS and whatever other packages add.

Place in the flow: `deliver(services, notification, language=…)` by every function that has news. Which channels there
are, a deployment's environment says (`settings`). One cost: functions that import this load every built-in channel.
"""

from lambdas.channels.channel import Channel, Outlet
from lambdas.channels.delivery import deliver, deliver_again
from lambdas.channels.failures import ChannelError
from lambdas.channels.news import (
    issue_url,
    model_notification,
    run_notification,
    stopped_notification,
    where_to_read,
)
from lambdas.channels.notification import KINDS, Delivery, Notification, Result
from lambdas.channels.posting import post_json, refusal
from lambdas.channels.settings import channel_settings

__all__ = [
    "KINDS",
    "Channel",
    "ChannelError",
    "Delivery",
    "Notification",
    "Outlet",
    "Result",
    "channel_settings",
    "deliver",
    "deliver_again",
    "issue_url",
    "model_notification",
    "post_json",
    "refusal",
    "run_notification",
    "stopped_notification",
    "where_to_read",
]
